package reference

import (
	"fmt"
	"slices"
)

// maxUnpool puts elements where their places say that a MaxPool took them from; the others are zero. Places are
// counted in the smallest input that such a MaxPool can have had; output_shape may ask for a larger one.
func maxUnpool(c *call) ([]*array, error) {
	x, at := c.in[0], c.in[1]
	if x.kind() != floats || at.kind() != integers || x.rank() < 3 || !slices.Equal(x.shape, at.shape) {
		return nil, fmt.Errorf("places %s%v do not fit an input %s%v", at.typ, at.shape, x.typ, x.shape)
	}
	shape, err := c.pooledShape()
	if err != nil {
		return nil, err
	}
	count, err := countElements(shape, c.limit)
	if err != nil {
		return nil, err
	}
	whole := shape
	if list, given, err := c.list(2, ""); err != nil {
		return nil, err
	} else if given {
		if whole, err = dims(list); err != nil {
			return nil, err
		}
	}
	if len(whole) != len(shape) {
		return nil, fmt.Errorf("output_shape has %d numbers, and the input has %d axes", len(whole), len(shape))
	}
	y, err := c.make(x.typ, whole...)
	if err != nil {
		return nil, err
	}
	from, to := rowMajor(shape), rowMajor(whole)
	for k, place := range at.i {
		if place < 0 || place >= int64(count) {
			return nil, fmt.Errorf("place %d is outside %d elements", place, count)
		}
		rest, target := int(place), 0
		for axis, step := range from {
			if rest/step >= whole[axis] {
				return nil, fmt.Errorf("place %d is outside the output_shape %v", place, whole)
			}
			target += rest / step * to[axis]
			rest %= step
		}
		y.f[target] = x.f[k]
	}
	return one(y, nil)
}

// pooledShape is the smallest shape that gives the input when it is pooled.
func (c *call) pooledShape() ([]int, error) {
	x := c.in[0]
	n := x.rank() - 2
	kernel, err := c.sizes("kernel_shape", n, 1, 0)
	if err != nil {
		return nil, err
	}
	strides, err := c.sizes("strides", n, 1, 1)
	if err != nil {
		return nil, err
	}
	pads, err := c.sizes("pads", 2*n, 0, 0)
	if err != nil {
		return nil, err
	}
	shape := slices.Clone(x.shape)
	for k := range n {
		shape[2+k] = (x.shape[2+k]-1)*strides[k] + kernel[k] - pads[k] - pads[n+k]
	}
	return shape, nil
}
