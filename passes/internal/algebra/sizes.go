package algebra

import (
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/internal/shapes"
)

// SizesOf is the size of each axis of v, −1 where it depends on the inputs, and nil where not even the
// number of axes is certain.
func SizesOf(known *shapes.Shapes, v *graph.Value) []int64 {
	dims, ok := known.Shape(v)
	if !ok {
		return nil
	}
	sizes := make([]int64, len(dims))
	for i, d := range dims {
		sizes[i] = -1
		if n, ok := d.Size(); ok {
			sizes[i] = n
		}
	}
	return sizes
}

// CountSizes is the number of elements, −1 where it is not certain or huge.
func CountSizes(sizes []int64) int64 {
	count := int64(1)
	for _, size := range sizes {
		if size < 0 || size > 1<<31 || count > 1<<31 {
			return -1
		}
		count *= size
	}
	return count
}

// ReshapeTarget is the constant shape that a Reshape asks for, with its −1 and zeros.
func ReshapeTarget(n *graph.Node) ([]int64, bool) {
	says, err := op.ReadReshape(n, op.Constant)
	return says.Sizes, err == nil && len(says.Sizes) > 0 && !slices.ContainsFunc(says.Sizes, func(size int64) bool { return size < -1 })
}
