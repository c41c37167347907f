package tensor

import "math"

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
