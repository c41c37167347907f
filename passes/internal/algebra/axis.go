package algebra

import (
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/tensor"
)

// Axis says where the channels of an operator are in a value: on the axis with front axes before it and
// back axes after it. Either is −1 where it is not known.
type Axis struct {
	Front, Back int
	Channels    int // of the operator
	// Flattened says that the operator reads the value with all axes from the channel's on made one: each
	// channel of the value is as many neighbours of the operator's.
	Flattened bool
}

// In completes the axis in a value by what is certain of its sizes.
func (v Axis) In(value *graph.Value, known *shapes.Shapes) Axis {
	if v.Front >= 0 && v.Back >= 0 {
		return v
	}
	rank, ok := known.Rank(value)
	switch {
	case !ok:
	case v.Back >= 0 && rank > v.Back:
		v.Front = rank - 1 - v.Back
	case v.Front >= 0 && rank > v.Front:
		v.Back = rank - 1 - v.Front
	}
	return v
}

// LeastRank is the number of axes that the value has at least.
func (v Axis) LeastRank() int { return max(v.Front, 0) + 1 + max(v.Back, 0) }

// Ranked reports whether the value has exactly [Axis.LeastRank] axes.
func (v Axis) Ranked() bool { return v.Front >= 0 && v.Back >= 0 }

// Fits reports whether that many numbers are one per channel of the value.
func (v Axis) Fits(numbers int) bool {
	return numbers == v.Channels || v.Flattened && numbers > 0 && v.Channels%numbers == 0
}

// Constant spreads a constant over the channels of the operator; false when it is not one number per
// channel: it has no more axes than the value, all of them 1 but the channel's.
func (v Axis) Constant(t *tensor.Tensor) ([]float64, bool) {
	if t.Rank() > v.LeastRank() || t.Len() == 0 {
		return nil, false
	}
	for axis, size := range t.Shape() {
		if size != 1 && (v.Back < 0 || t.Rank()-1-axis != v.Back || !v.Fits(int(size))) {
			return nil, false
		}
	}
	return v.spread(t.Float64s()), true
}

// spread repeats numbers until there is one for each channel of the operator.
func (v Axis) spread(numbers []float64) []float64 {
	if numbers == nil || len(numbers) == v.Channels {
		return numbers
	}
	each := v.Channels / len(numbers)
	out := make([]float64, 0, v.Channels)
	for _, x := range numbers {
		out = append(out, slices.Repeat([]float64{x}, each)...)
	}
	return out
}

// Affine is [Axis.spread] of every part of a map.
func (v Axis) Affine(a stencil.Affine) stencil.Affine {
	return stencil.Affine{Scale: v.spread(a.Scale), Center: v.spread(a.Center), Shift: v.spread(a.Shift)}
}

// Widens reports whether an element-wise constant may give in, the value that it meets, more channels
// or more axes than in has. v is the axis in the result.
func (v Axis) Widens(in *graph.Value, t *tensor.Tensor, known *shapes.Shapes) bool {
	sizes := SizesOf(known, in)
	if t.Len() > 1 {
		at := len(sizes) - 1 - v.Back
		if sizes == nil || at < 0 || sizes[at] != int64(t.Len()) {
			return true
		}
	}
	if t.Rank() == 0 || v.Ranked() && t.Rank() < v.LeastRank() {
		return false
	}
	return len(sizes) < t.Rank()
}

// ChannelConstant spreads a constant over the channels of an image of the given rank; false when it
// is not one number per channel.
func ChannelConstant(t *tensor.Tensor, rank, channels int) ([]float64, bool) {
	return Axis{Front: 1, Back: rank - 2, Channels: channels}.Constant(t)
}

// Collapsed is a constant with one element for all along every axis of a map where its elements are equal, and
// the value that it meets is certain to have as many: it stays as it is otherwise.
func Collapsed(t *tensor.Tensor, v *graph.Value, known *shapes.Shapes) *tensor.Tensor {
	sizes := SizesOf(known, v)
	if len(sizes) < t.Rank() || !isMap(t) {
		return t
	}
	sizes = sizes[len(sizes)-t.Rank():]
	values, shape := t.Float64s(), slices.Clone(t.Shape())
	inner := 1
	for axis, size := range slices.Backward(t.Shape()) {
		if size == sizes[axis] {
			if once, ok := oncePer(values, int(size), inner); ok {
				values, shape[axis] = once, 1
				continue
			}
		}
		inner *= int(size)
	}
	return tensor.Compute(t.Type(), shape, tensor.Vector(values))
}

// isMap reports whether more than one axis has more than one element.
func isMap(t *tensor.Tensor) bool {
	count := 0
	for _, size := range t.Shape() {
		if size != 1 {
			count++
		}
	}
	return count > 1 && t.Len() > 0
}

// oncePer takes one of every run of so many numbers, so far apart; false where they are not equal.
func oncePer(values []float64, size, apart int) ([]float64, bool) {
	out := make([]float64, 0, len(values)/size)
	for first := range values {
		if first/apart%size != 0 {
			continue
		}
		for i := range size {
			if values[first+i*apart] != values[first] {
				return nil, false
			}
		}
		out = append(out, values[first])
	}
	return out, true
}
