package reference

import (
	"fmt"
	"slices"

	"github.com/acdeploy/acdeploy/tensor"
)

// trilu keeps one triangle of every matrix, the diagonal k included.
func trilu(c *call) ([]*array, error) {
	x := c.in[0]
	if x.rank() < 2 {
		return nil, fmt.Errorf("input is %v, not a matrix", x.shape)
	}
	k := 0.0
	if c.input(1) != nil {
		var err error
		if k, err = c.scalar(1); err != nil {
			return nil, err
		}
	}
	y, err := c.make(x.typ, x.shape...)
	if err != nil {
		return nil, err
	}
	rows, columns := x.shape[x.rank()-2], x.shape[x.rank()-1]
	upper := c.int("upper", 1) != 0
	for i := range x.len() {
		row, column := i/columns%rows, i%columns
		if off := float64(column-row) - k; upper && off >= 0 || !upper && off <= 0 {
			y.copyFrom(i, x, i, 1)
		}
	}
	return one(y, nil)
}

// eyeLike is a matrix of the input's shape with ones on the diagonal k.
func eyeLike(c *call) ([]*array, error) {
	x := c.in[0]
	if x.rank() != 2 {
		return nil, fmt.Errorf("input is %v, not a matrix", x.shape)
	}
	y, err := c.make(tensor.Type(c.int("dtype", int64(x.typ))), x.shape...)
	if err != nil {
		return nil, err
	}
	k := c.int("k", 0)
	for row := range x.shape[0] {
		column := int64(row) + k
		if column < 0 || column >= int64(x.shape[1]) {
			continue
		}
		at := row*x.shape[1] + int(column)
		if y.kind() == floats {
			y.f[at] = 1
		} else {
			y.i[at] = 1
		}
	}
	return one(y, nil)
}

// oneHot writes, for every index, a row of off values with one on value, along a new axis. Indices and
// depth of a floating-point type are cut to integers first.
func oneHot(c *call) ([]*array, error) {
	indices, values := c.in[0], c.in[2]
	depth, err := c.scalar(1)
	if err != nil {
		return nil, err
	}
	if indices.kind() == text || values.len() != 2 || depth < 1 || depth > float64(c.limit) {
		return nil, fmt.Errorf("indices are %s, depth is %v, there are %d values", indices.typ, depth, values.len())
	}
	axis, err := axisOf(c.int("axis", -1), indices.rank()+1)
	if err != nil {
		return nil, err
	}
	n := int(depth)
	y, err := c.make(values.typ, slices.Insert(slices.Clone(indices.shape), axis, n)...)
	if err != nil {
		return nil, err
	}
	whole, err := castTo(c, indices, tensor.Int64)
	if err != nil {
		return nil, err
	}
	inner := elements(indices.shape[axis:])
	for k, index := range whole.i {
		if index < 0 {
			index += int64(n)
		}
		for d := range n {
			on := 0
			if int64(d) == index {
				on = 1
			}
			y.copyFrom((k/inner*n+d)*inner+k%inner, values, on, 1)
		}
	}
	return one(y, nil)
}
