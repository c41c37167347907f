package algebra

import (
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/tensor"
)

// Axis says where the channels of an operator are in a value: on the axis with front axes before it and
// back axes after it. Either is −1 where it is not known.
type Axis struct {
	Front, Back int
	Channels    int // of the operator
}

// LeastRank is the number of axes that the value has at least.
func (v Axis) LeastRank() int { return max(v.Front, 0) + 1 + max(v.Back, 0) }

// Ranked reports whether the value has exactly [Axis.LeastRank] axes.
func (v Axis) Ranked() bool { return v.Front >= 0 && v.Back >= 0 }

// Constant spreads a constant over the channels of the operator; false when it is not one number per
// channel: it has no more axes than the value, all of them 1 but the channel's.
func (v Axis) Constant(t *tensor.Tensor) ([]float64, bool) {
	if t.Rank() > v.LeastRank() || t.Len() == 0 {
		return nil, false
	}
	for axis, size := range t.Shape() {
		if size != 1 && (v.Back < 0 || t.Rank()-1-axis != v.Back || int(size) != v.Channels) {
			return nil, false
		}
	}
	numbers := t.Float64s()
	if len(numbers) == 1 {
		numbers = slices.Repeat(numbers, v.Channels)
	}
	return numbers, true
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
