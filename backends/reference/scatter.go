package reference

import (
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
