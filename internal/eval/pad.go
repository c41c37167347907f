package eval

import (
	"slices"

	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/tensor"
)

// pad computes a Pad: of a constant value, or of elements of the tensor itself.
func (e evaluation) pad() (*tensor.Tensor, bool) {
	x := e.in[0]
	says, err := op.ReadPad(e.n, x.Rank(), op.Constant)
	if err != nil {
		return nil, false
	}
	source, ok := padSource(says.Mode)
	value, given := e.padValue()
	if !ok || !given {
		return nil, false
	}
	shape := slices.Clone(x.Shape())
	for i, size := range x.Shape() {
		if says.Mode != "constant" && !padsItself(says.Mode, size, says.Begin[i], says.End[i]) {
			return nil, false
		}
		if shape[i] += says.Begin[i] + says.End[i]; shape[i] < 0 {
			return nil, false
		}
	}
	strides := stridesOf(x.Shape())
	return e.chosen([]*tensor.Tensor{x, value}, shape, func(i int) (int, int) {
		at := 0
		for axis, size := range slices.Backward(shape) {
			p := source(i%int(size)-int(says.Begin[axis]), int(x.Shape()[axis]))
			if p < 0 {
				return 1, 0
			}
			at += p * strides[axis]
			i /= int(size)
		}
		return 0, at
	})
}

// padSource is, for a place along an axis of a size, the element that stands there, below 0 for the value.
func padSource(mode string) (func(p, size int) int, bool) {
	switch mode {
	case "constant":
		return func(p, size int) int {
			if p >= size {
				return -1
			}
			return p
		}, true
	case "edge":
		return func(p, size int) int { return min(max(p, 0), size-1) }, true
	case "wrap":
		return func(p, size int) int { return (p%size + size) % size }, true
	case "reflect":
		return func(p, size int) int {
			if p < 0 {
				return -p
			}
			return min(p, 2*(size-1)-p)
		}, true
	}
	return nil, false
}

// padsItself reports whether an axis of that size can be padded with elements of its own. What else than the
// nearest ones runtimes take differs, and so does what they take where the other end is cropped.
func padsItself(mode string, size, begin, end int64) bool {
	most := max(begin, end)
	switch {
	case begin < 0 || end < 0:
		return false
	case mode == "reflect":
		return most < size
	case mode == "wrap":
		return most <= size && size > 0
	}
	return size > 0 || most == 0
}

// padValue is what a Pad fills with where it fills with one value.
func (e evaluation) padValue() (*tensor.Tensor, bool) {
	typ := e.in[0].Type()
	v, number := op.PadValue(e.n)
	switch {
	case v != nil:
		t := v.Constant()
		return t, t != nil && t.Len() == 1
	case number != 0:
		return exactly(typ, nil, []float64{number})
	}
	return zeroOf(typ)
}

// zeroOf is a zero of a type.
func zeroOf(typ tensor.Type) (*tensor.Tensor, bool) {
	t, err := tensor.New(typ, nil, make([]byte, typ.ByteSize(1)))
	return t, err == nil
}
