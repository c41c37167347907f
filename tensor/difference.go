package tensor

import (
	"bytes"
	"fmt"
	"math"
	"slices"
)

// Difference is how far two lists of numbers are apart. Two NaNs are the same number here, and so are two
// equal infinities. The zero value is that of empty lists.
type Difference struct {
	MaxAbs float64 // the largest difference of two finite numbers
	Scale  float64 // the largest magnitude of a finite number that was wanted
	Alike  int     // pairs of the same NaN or infinity
	Unlike int     // pairs of which one is not finite and the other something else
}

// Add compares two lists of the same length, and keeps what earlier ones differed by.
func (d *Difference) Add(want, got []float64) {
	for i, w := range want {
		g := got[i]
		finite := math.Abs(w) <= math.MaxFloat64
		if finite {
			d.Scale = max(d.Scale, math.Abs(w))
		}
		switch {
		case finite && math.Abs(g) <= math.MaxFloat64:
			d.MaxAbs = max(d.MaxAbs, math.Abs(w-g))
		case w == g || w != w && g != g:
			d.Alike++
		default:
			d.Unlike++
		}
	}
}

// AddTensors compares two tensors of one type and shape. Floating-point numbers may be apart. Elements of any other
// type are the same or not, also where float64 cannot tell two integers apart. The error says which types or shapes
// are not the same, or that a recipe cannot be computed.
func (d *Difference) AddTensors(want, got *Tensor) error {
	switch {
	case want.Type() != got.Type() || !slices.Equal(want.Shape(), got.Shape()):
		return fmt.Errorf("%s[%s] cannot be compared with %s[%s]", got.Type(), FormatShape(got.Shape()), want.Type(), FormatShape(want.Shape()))
	case want.Type() == String:
		if !slices.Equal(want.Strings(), got.Strings()) {
			d.Unlike++
		}
		return nil
	case !want.Type().IsFloat() && !want.Type().IsInteger() && want.Type() != Bool:
		return d.addBytes(want, got)
	}
	var these Difference
	these.Add(want.Numbers(), got.Numbers())
	d.MaxAbs, d.Scale = max(d.MaxAbs, these.MaxAbs), max(d.Scale, these.Scale)
	d.Alike, d.Unlike = d.Alike+these.Alike, d.Unlike+these.Unlike
	if !want.Type().IsFloat() && these.MaxAbs == 0 {
		return d.addBytes(want, got)
	}
	return nil
}

// addBytes compares elements bit by bit.
func (d *Difference) addBytes(want, got *Tensor) error {
	w, err := want.Bytes()
	if err != nil {
		return err
	}
	g, err := got.Bytes()
	if err != nil {
		return err
	}
	if !bytes.Equal(w, g) {
		d.Unlike++
	}
	return nil
}

// Relative is the largest difference relative to [Difference.Scale]. It is infinite where one list is
// finite and the other is not, and where something else than zero stands for zeros alone.
func (d Difference) Relative() float64 {
	switch {
	case d.Unlike > 0:
		return math.Inf(1)
	case d.MaxAbs == 0:
		return 0
	}
	return d.MaxAbs / d.Scale
}
