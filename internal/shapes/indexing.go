package shapes

import (
	"slices"

	"github.com/acdeploy/acdeploy/internal/op"
)

func (c call) gather() facts {
	x, at := c.arg(0), c.arg(1)
	if !x.ranked || !at.ranked {
		return facts{}
	}
	k, err := op.GatherAxis(c.n, len(x.shape))
	if err != nil {
		return facts{}
	}
	f := shaped(slices.Concat(x.shape[:k], at.shape, x.shape[k+1:]))
	if indices, ok := c.ints(c.n.Input(1)); ok && x.ints != nil && len(x.shape) == 1 && len(at.shape) <= 1 {
		f.ints = make([]Dim, len(indices))
		for i, index := range indices {
			if index < 0 {
				index += int64(len(x.ints))
			}
			if index < 0 || index >= int64(len(x.ints)) {
				return facts{}
			}
			f.ints[i] = x.ints[index]
		}
	}
	return f
}

// oneHot infers OneHot, which adds an axis.
func (c call) oneHot() facts {
	x := c.arg(0)
	axis, ok := c.Axis(len(x.shape) + 1)
	if !x.ranked || !ok {
		return facts{}
	}
	size := none()
	if depth, ok := c.ints(c.n.Input(1)); ok && len(depth) == 1 {
		size = Fixed(depth[0])
	}
	return shaped(slices.Insert(slices.Clone(x.shape), axis, size))
}
