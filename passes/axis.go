package passes

import (
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/tensor"
)

// view says where the channels of a host stand in a value: on the axis with front axes before it and
// back axes behind it. Either is −1 where it is not known.
type view struct {
	front, back int
	channels    int // of the host
	// flattened says that the host reads the value with all axes from the channel's on made one: each
	// channel of the value is as many neighbours of the host's.
	flattened bool
}

// in completes the view of a value by what is certain of its sizes.
func (v view) in(value *graph.Value, known *shapes.Shapes) view {
	if v.front >= 0 && v.back >= 0 {
		return v
	}
	rank, ok := known.Rank(value)
	switch {
	case !ok:
	case v.back >= 0 && rank > v.back:
		v.front = rank - 1 - v.back
	case v.front >= 0 && rank > v.front:
		v.back = rank - 1 - v.front
	}
	return v
}

// leastRank is the number of axes that the value has at least.
func (v view) leastRank() int { return max(v.front, 0) + 1 + max(v.back, 0) }

// ranked reports whether the value has exactly leastRank axes.
func (v view) ranked() bool { return v.front >= 0 && v.back >= 0 }

// fits reports whether that many numbers are one per channel of the value.
func (v view) fits(numbers int) bool {
	return numbers == v.channels || v.flattened && numbers > 0 && v.channels%numbers == 0
}

// constant spreads a constant over the channels of the host; false when it is not one number per
// channel: it has no more axes than the value, all of them 1 but the channel's.
func (v view) constant(t *tensor.Tensor) ([]float64, bool) {
	if t.Rank() > v.leastRank() || t.Len() == 0 {
		return nil, false
	}
	for axis, size := range t.Shape() {
		if size != 1 && (v.back < 0 || t.Rank()-1-axis != v.back || !v.fits(int(size))) {
			return nil, false
		}
	}
	return v.spread(t.Float64s()), true
}

// spread repeats numbers until there is one for each channel of the host.
func (v view) spread(numbers []float64) []float64 {
	if numbers == nil || len(numbers) == v.channels {
		return numbers
	}
	each := v.channels / len(numbers)
	out := make([]float64, 0, v.channels)
	for _, x := range numbers {
		out = append(out, slices.Repeat([]float64{x}, each)...)
	}
	return out
}

// affine is [view.spread] of every part of a map.
func (v view) affine(a stencil.Affine) stencil.Affine {
	return stencil.Affine{Scale: v.spread(a.Scale), Center: v.spread(a.Center), Shift: v.spread(a.Shift)}
}

// widens reports whether an element-wise constant may give in, the value that it meets, more channels
// or more axes than in has. v is the view of the result.
func (v view) widens(in *graph.Value, t *tensor.Tensor, known *shapes.Shapes) bool {
	sizes := sizesOf(known, in)
	if t.Len() > 1 {
		at := len(sizes) - 1 - v.back
		if sizes == nil || at < 0 || sizes[at] != int64(t.Len()) {
			return true
		}
	}
	if t.Rank() == 0 || v.ranked() && t.Rank() < v.leastRank() {
		return false
	}
	return len(sizes) < t.Rank()
}

// channelConstant spreads a constant over the channels of an image of the given rank; false when it
// is not one number per channel.
func channelConstant(t *tensor.Tensor, rank, channels int) ([]float64, bool) {
	return view{front: 1, back: rank - 2, channels: channels}.constant(t)
}

// evened is a constant with one element for all along every axis of a map where its elements are equal, and
// the value that it meets is certain to have as many: it stays as it is otherwise.
func evened(t *tensor.Tensor, v *graph.Value, known *shapes.Shapes) *tensor.Tensor {
	sizes := sizesOf(known, v)
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
	return tensor.Compute(t.Type(), shape, stencil.Vector(values))
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
