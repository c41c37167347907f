package reference

import (
	"errors"
	"fmt"
	"slices"
)

// scatterND replaces slices of the data: each row of the indices names one by its first indices, the
// updates hold the slices one behind the other.
func scatterND(c *call) ([]*array, error) {
	x, indices, updates := c.in[0], c.in[1], c.in[2]
	if reduction := c.str("reduction", "none"); reduction != "none" {
		return nil, fmt.Errorf("reduction %s is not computed", reduction)
	}
	if indices.kind() != integers || indices.rank() == 0 {
		return nil, fmt.Errorf("indices are %s of rank %d", indices.typ, indices.rank())
	}
	rows, depth := indices.shape[:indices.rank()-1], indices.shape[indices.rank()-1]
	if depth > x.rank() || updates.kind() != x.kind() || !slices.Equal(updates.shape, slices.Concat(rows, x.shape[depth:])) {
		return nil, fmt.Errorf("data is %v, indices are %v, updates %v", x.shape, indices.shape, updates.shape)
	}
	y, err := c.make(x.typ, x.shape...)
	if err != nil {
		return nil, err
	}
	y.copyFrom(0, x, 0, x.len())
	size := elements(x.shape[depth:])
	for row := range elements(rows) {
		place := 0
		for k, index := range indices.i[row*depth : (row+1)*depth] {
			if index < 0 {
				index += int64(x.shape[k])
			}
			if index < 0 || index >= int64(x.shape[k]) {
				return nil, fmt.Errorf("index %d is outside an axis of %d", index, x.shape[k])
			}
			place = place*x.shape[k] + int(index)
		}
		y.copyFrom(place*size, updates, row*size, size)
	}
	return one(y, nil)
}

// scatterElements replaces the elements of the data that the indices name along an axis.
func scatterElements(c *call) ([]*array, error) {
	x, indices, updates := c.in[0], c.in[1], c.in[2]
	if c.str("reduction", "none") != "none" {
		return nil, errors.New("only reduction none is computed")
	}
	axis, err := axisOf(c.int("axis", 0), x.rank())
	if err != nil {
		return nil, err
	}
	if indices.kind() != integers || indices.rank() != x.rank() || !slices.Equal(indices.shape, updates.shape) || x.typ != updates.typ {
		return nil, fmt.Errorf("data is %s%v, indices %s%v, updates %s%v", x.typ, x.shape, indices.typ, indices.shape, updates.typ, updates.shape)
	}
	y, err := c.make(x.typ, x.shape...)
	if err != nil {
		return nil, err
	}
	y.copyFrom(0, x, 0, x.len())
	from, to := rowMajor(indices.shape), rowMajor(x.shape)
	for k, index := range indices.i {
		at, rest := 0, k
		for a, size := range x.shape {
			i := int64(rest / from[a])
			rest %= from[a]
			if a == axis {
				i = index
			}
			if i < 0 {
				i += int64(size)
			}
			if i < 0 || i >= int64(size) {
				return nil, fmt.Errorf("index %d is outside an axis of %d", i, size)
			}
			at += int(i) * to[a]
		}
		y.copyFrom(at, updates, k, 1)
	}
	return one(y, nil)
}
