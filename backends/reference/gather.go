package reference

import (
	"fmt"
	"slices"
)

// positions resolves indices that may count from the end of an axis.
func positions(indices *array, size int) ([]int, error) {
	if indices.kind() != integers {
		return nil, fmt.Errorf("indices are %s, not integers", indices.typ)
	}
	out := make([]int, len(indices.i))
	for k, i := range indices.i {
		if i < 0 {
			i += int64(size)
		}
		if i < 0 || i >= int64(size) {
			return nil, fmt.Errorf("index %d is outside an axis of %d", indices.i[k], size)
		}
		out[k] = int(i)
	}
	return out, nil
}

// gather replaces an axis by the shape of the indices.
func gather(c *call) ([]*array, error) {
	x, indices := c.in[0], c.in[1]
	axis, err := axisOf(c.int("axis", 0), x.rank())
	if err != nil {
		return nil, err
	}
	index := identityIndex(x.shape)
	if index[axis], err = positions(indices, x.shape[axis]); err != nil {
		return nil, err
	}
	y, err := picked(c, x, index, nil)
	if err != nil {
		return nil, err
	}
	return one(y.reshaped(slices.Concat(x.shape[:axis], indices.shape, x.shape[axis+1:])), nil)
}

// gatherElements takes, for every element of the indices, the element of the data at its place with
// the axis replaced.
func gatherElements(c *call) ([]*array, error) {
	x, indices := c.in[0], c.in[1]
	axis, err := axisOf(c.int("axis", 0), x.rank())
	if err != nil {
		return nil, err
	}
	if indices.rank() != x.rank() {
		return nil, fmt.Errorf("indices of shape %v do not fit data of shape %v", indices.shape, x.shape)
	}
	for k, d := range indices.shape {
		if k != axis && d > x.shape[k] {
			return nil, fmt.Errorf("indices of shape %v do not fit data of shape %v", indices.shape, x.shape)
		}
	}
	at, err := positions(indices, x.shape[axis])
	if err != nil {
		return nil, err
	}
	y, err := c.make(x.typ, indices.shape...)
	if err != nil || y.len() == 0 {
		return one(y, err)
	}
	strides := rowMajor(x.shape)
	others := slices.Clone(strides)
	others[axis] = 0
	n := newNest(indices.shape, others)
	n.rows(func(out int, from []int) {
		for k := range n.inner() {
			y.copyFrom(out+k, x, from[0]+k*n.step(0)+at[out+k]*strides[axis], 1)
		}
	})
	return one(y, nil)
}
