package tensor

import (
	"io"
	"math"
)

// Recipe computes the elements of a tensor in float64, one row (an index of the first axis) at a
// time, so that no reader needs the whole tensor at once. A [Tensor] of numbers is itself a Recipe.
//
// Implementations compute in a fixed order and write float64(a*b)+c where they would write a*b+c:
// the compiler may fuse the latter on some machines, and files must not depend on the machine.
type Recipe interface {
	// Row writes the elements of one row to dst, which has exactly their number. Several goroutines may read rows at once.
	Row(dst []float64, row int)
	// MaxAbs is an upper bound of the magnitudes; +Inf or NaN if any element may not be finite.
	MaxAbs() float64
}

var (
	_ Recipe = (*Tensor)(nil)
	_ Recipe = Vector(nil)
)

// Vector is a recipe over numbers that are already there, in row-major order: a bias, say.
type Vector []float64

// Row copies one row.
func (v Vector) Row(dst []float64, row int) { copy(dst, v[row*len(dst):]) }

// MaxAbs is the largest magnitude, NaN if a number is not one.
func (v Vector) MaxAbs() float64 {
	top := 0.0
	for _, x := range v {
		top = max(top, math.Abs(x))
	}
	return top
}

// Row writes the elements of one row to dst, unrounded. It panics when t holds strings or a type
// that is narrower than a byte.
func (t *Tensor) Row(dst []float64, row int) {
	if r := t.recipe(); r != nil {
		r.Row(dst, row)
		return
	}
	t.widen(dst, row*len(dst))
}

// MaxAbs is the largest magnitude among the elements (an upper bound for a recipe); NaN or +Inf when
// one of them is not finite, and for types that are not numbers.
func (t *Tensor) MaxAbs() float64 {
	if known := t.maxAbs.Load(); known != 0 {
		return math.Float64frombits(^known)
	}
	var top float64
	if r := t.recipe(); r != nil {
		top = r.MaxAbs()
	} else {
		top = t.scanMaxAbs()
	}
	t.maxAbs.Store(^math.Float64bits(top))
	return top
}

// Finite reports whether every element is known to be a finite number.
func (t *Tensor) Finite() bool { return t.MaxAbs() <= math.MaxFloat64 }

// Rows is the number of rows and the number of elements in each. Where there are no elements there are no rows: a file
// may name any number of them.
func (t *Tensor) Rows() (n, width int) {
	switch {
	case t.count == 0:
		return 0, 0
	case len(t.shape) == 0:
		return 1, 1
	}
	n = int(t.shape[0])
	return n, t.count / n
}

// Float64s returns all elements as float64, unrounded. It panics where [Tensor.Row] does.
func (t *Tensor) Float64s() []float64 {
	out := make([]float64, t.count)
	n, width := t.Rows()
	for r := range n {
		t.Row(out[r*width:(r+1)*width], r)
	}
	return out
}

// Numbers is [Tensor.Float64s] without a copy where t is a [Vector]. The caller must not change it.
func (t *Tensor) Numbers() []float64 {
	if v, ok := t.recipe().(Vector); ok {
		return v[:t.count:t.count]
	}
	return t.Float64s()
}

// Bytes returns the elements as little-endian bytes, rounded once when t is a recipe. Otherwise they
// alias the tensor and must not be changed. It fails when a result overflows the element type.
func (t *Tensor) Bytes() ([]byte, error) {
	if t.recipe() == nil {
		t.tell(len(t.raw))
		return t.raw, nil
	}
	buf := make(sliceWriter, 0, t.ByteSize())
	if _, err := t.WriteTo(&buf); err != nil {
		return nil, err
	}
	return buf, nil
}

// Settled is t itself, or where t is a recipe of at most so many elements, a tensor of what it computes. The recipe and what it reads are
// needed no more then. [Tensor.MaxAbs] stays what it is.
func (t *Tensor) Settled(most int) *Tensor {
	if _, already := t.recipe().(Vector); t.recipe() == nil || already || t.count > most {
		return t
	}
	c := Compute(t.typ, t.shape, Vector(t.Float64s()))
	c.maxAbs.Store(^math.Float64bits(t.MaxAbs()))
	return c
}

// Fits reports whether every element, rounded, is a finite number of the element type.
func (t *Tensor) Fits() bool {
	if t.recipe() == nil || t.MaxAbs() <= t.typ.MaxFinite() {
		return true
	}
	_, err := t.WriteTo(io.Discard)
	return err == nil
}

type sliceWriter []byte

func (s *sliceWriter) Write(p []byte) (int, error) {
	*s = append(*s, p...)
	return len(p), nil
}

// flat reads a recipe of one shape as rows of another.
type flat struct{ of *Tensor }

func (f flat) MaxAbs() float64 { return f.of.MaxAbs() }

func (f flat) Row(dst []float64, row int) {
	n, width := f.of.Rows()
	if n == 0 || width == 0 {
		return
	}
	if width == len(dst) {
		f.of.Row(dst, row)
		return
	}
	start := row * len(dst)
	buf := make([]float64, width)
	for done := 0; done < len(dst); {
		at := start + done
		f.of.Row(buf, at/width)
		done += copy(dst[done:], buf[at%width:])
	}
}
