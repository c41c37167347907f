package reference

import (
	"fmt"
	"slices"
)

// scatterND changes slices of the data: each row of the indices names one by its first indices, and the
// updates hold one slice after another.
func scatterND(c *call) ([]*array, error) {
	x, indices, updates := c.in[0], c.in[1], c.in[2]
	put, err := c.scatterReduction(x)
	if err != nil {
		return nil, err
	}
	if indices.kind() != integers || indices.rank() == 0 {
		return nil, fmt.Errorf("indices are %s of rank %d, not integers of rank 1 or more", indices.typ, indices.rank())
	}
	rows, depth := indices.shape[:indices.rank()-1], indices.shape[indices.rank()-1]
	if depth > x.rank() || updates.kind() != x.kind() || !slices.Equal(updates.shape, slices.Concat(rows, x.shape[depth:])) {
		return nil, fmt.Errorf("indices of shape %[2]v and updates of shape %[3]v do not fit data of shape %[1]v", x.shape, indices.shape, updates.shape)
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
		put(y, place*size, updates, row*size, size)
	}
	wrap(y.typ, y.i)
	return one(y, nil)
}

// scatterElements changes the elements of the data that the indices name along an axis.
func scatterElements(c *call) ([]*array, error) {
	x, indices, updates := c.in[0], c.in[1], c.in[2]
	put, err := c.scatterReduction(x)
	if err != nil {
		return nil, err
	}
	axis, err := axisOf(c.int("axis", 0), x.rank())
	if err != nil {
		return nil, err
	}
	if indices.kind() != integers || indices.rank() != x.rank() || !slices.Equal(indices.shape, updates.shape) || x.typ != updates.typ {
		return nil, fmt.Errorf("indices %[3]s%[4]v and updates %[5]s%[6]v do not fit data %[1]s%[2]v", x.typ, x.shape, indices.typ, indices.shape, updates.typ, updates.shape)
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
		put(y, at, updates, k, 1)
	}
	wrap(y.typ, y.i)
	return one(y, nil)
}

// scatterReduction is how n updates, from index src on, change the elements of y from index dst on:
// they take their place, or are added to them, and so on. Updates of one place follow one another.
func (c *call) scatterReduction(x *array) (put func(y *array, dst int, updates *array, src, n int), err error) {
	reduction := c.str("reduction", "none")
	if reduction == "none" {
		return (*array).copyFrom, nil
	}
	op, known := map[string]arithmetic{
		"add": {func(a, b float64) float64 { return a + b }, func(a, b int64) int64 { return a + b }},
		"mul": {func(a, b float64) float64 { return a * b }, func(a, b int64) int64 { return a * b }},
		"max": {func(a, b float64) float64 { return max(a, b) }, func(a, b int64) int64 { return max(a, b) }},
		"min": {func(a, b float64) float64 { return min(a, b) }, func(a, b int64) int64 { return min(a, b) }},
	}[reduction]
	switch {
	case !known:
		return nil, fmt.Errorf("reduction %q is not known", reduction)
	case x.kind() == text:
		return nil, fmt.Errorf("there is no reduction %s of %s", reduction, x.typ)
	case x.kind() == floats:
		return func(y *array, dst int, updates *array, src, n int) {
			for k := range n {
				y.f[dst+k] = op.float(y.f[dst+k], updates.f[src+k])
			}
		}, nil
	}
	return func(y *array, dst int, updates *array, src, n int) {
		for k := range n {
			y.i[dst+k] = op.integer(y.i[dst+k], updates.i[src+k])
		}
	}, nil
}
