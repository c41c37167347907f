package reference

import (
	"fmt"
	"slices"

	"github.com/acdeploy/acdeploy/tensor"
)

// topK is the k largest or smallest elements along an axis, the best first, and where they stood. Of equal
// elements the one that stands first wins. NaN counts as larger than every number.
func topK(c *call) ([]*array, error) {
	x := c.in[0]
	if x.kind() == text {
		return nil, fmt.Errorf("input is %s, not numbers", x.typ)
	}
	axis, err := axisOf(c.int("axis", -1), x.rank())
	if err != nil {
		return nil, err
	}
	k, err := c.count(1, "k", x.shape[axis])
	if err != nil {
		return nil, err
	}
	order := lastly(x.rank(), []int{axis})
	rows := transposed(x, order)
	shape := slices.Clone(rows.shape)
	shape[len(shape)-1] = k
	values, err := c.make(x.typ, shape...)
	if err != nil {
		return nil, err
	}
	places, err := c.make(tensor.Int64, shape...)
	if err != nil {
		return nil, err
	}
	if places.len() > 0 {
		largest := c.int("largest", 1) != 0
		if x.kind() == floats {
			eachTop(rows.f, x.shape[axis], k, largest, compareFloats, values.f, places.i)
		} else {
			eachTop(rows.i, x.shape[axis], k, largest, compareIntegers, values.i, places.i)
		}
	}
	return []*array{transposed(values, inverse(order)), transposed(places, inverse(order))}, nil
}

// count is how many elements an input, or in older operator sets an attribute, asks for: at most limit.
func (c *call) count(input int, attr string, limit int) (int, error) {
	list, given, err := c.list(input, "")
	if err != nil {
		return 0, err
	}
	if !given && c.has(attr) {
		list = []int64{c.int(attr, 0)}
	}
	if len(list) != 1 {
		return 0, fmt.Errorf("%s is %v, not one number", attr, list)
	}
	if list[0] < 0 || list[0] > int64(limit) {
		return 0, fmt.Errorf("%s is %d, and the axis has %d elements", attr, list[0], limit)
	}
	return int(list[0]), nil
}

// eachTop writes the best k elements of each row of size elements, and their places.
func eachTop[E any](x []E, size, k int, largest bool, compare func(a, b E) int, values []E, places []int64) {
	parallel(len(x)/size, 1+grain/(8*size), func(lo, hi int) {
		for r := lo; r < hi; r++ {
			row := x[r*size : (r+1)*size]
			at := counting(size)
			slices.SortStableFunc(at, func(i, j int) int {
				if largest {
					i, j = j, i
				}
				return compare(row[i], row[j])
			})
			for n, i := range at[:k] {
				values[r*k+n], places[r*k+n] = row[i], int64(i)
			}
		}
	})
}

// compareFloats orders numbers; NaN comes after all of them.
func compareFloats(a, b float64) int {
	switch {
	case a < b, b != b && a == a:
		return -1
	case a > b, a != a && b == b:
		return 1
	}
	return 0
}

func compareIntegers(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
