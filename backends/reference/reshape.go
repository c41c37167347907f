package reference

import (
	"fmt"
	"math"
	"slices"

	"github.com/acdeploy/acdeploy/tensor"
)

// dims checks that the numbers of a list can be dimensions.
func dims(list []int64) ([]int, error) {
	out := make([]int, len(list))
	for k, d := range list {
		if d < 0 || d > math.MaxInt32 {
			return nil, fmt.Errorf("shape %v holds %d", list, d)
		}
		out[k] = int(d)
	}
	return out, nil
}

// reshape gives the elements another shape: 0 keeps a dimension (unless allowzero), one -1 takes what
// is left.
func reshape(c *call) ([]*array, error) {
	x := c.in[0]
	list, given, err := c.list(1, "shape")
	if err != nil || !given {
		return nil, fmt.Errorf("the shape is absent or not a list")
	}
	list = slices.Clone(list)
	open := -1
	for k, d := range list {
		switch {
		case d == 0 && c.int("allowzero", 0) == 0:
			if k >= x.rank() {
				return nil, fmt.Errorf("shape %v keeps axis %d of %v", list, k, x.shape)
			}
			list[k] = int64(x.shape[k])
		case d == -1 && open < 0:
			open, list[k] = k, 1
		}
	}
	shape, err := dims(list)
	if err != nil {
		return nil, err
	}
	n, err := countElements(shape, c.limit)
	if err != nil {
		return nil, err
	}
	if open >= 0 && n > 0 {
		shape[open] = x.len() / n
		n *= shape[open]
	}
	if n != x.len() {
		return nil, fmt.Errorf("%d elements of %v do not fit %v", x.len(), x.shape, list)
	}
	return one(x.reshaped(shape), nil)
}

func flatten(c *call) ([]*array, error) {
	x := c.in[0]
	axis := c.int("axis", 1)
	if axis < 0 {
		axis += int64(x.rank())
	}
	if axis < 0 || axis > int64(x.rank()) {
		return nil, fmt.Errorf("axis %d is outside rank %d", axis, x.rank())
	}
	return one(x.reshaped([]int{elements(x.shape[:axis]), elements(x.shape[axis:])}), nil)
}

func squeeze(c *call) ([]*array, error) {
	x := c.in[0]
	axes, given, err := c.axes(x)
	if err != nil {
		return nil, err
	}
	var shape []int
	for k, d := range x.shape {
		drop := slices.Contains(axes, k) || !given && d == 1
		if drop && d != 1 {
			return nil, fmt.Errorf("axis %d of %v is not 1", k, x.shape)
		}
		if !drop {
			shape = append(shape, d)
		}
	}
	return one(x.reshaped(shape), nil)
}

func unsqueeze(c *call) ([]*array, error) {
	x := c.in[0]
	list, _, err := c.list(1, "axes")
	if err != nil {
		return nil, err
	}
	axes, err := axesOf(list, x.rank()+len(list))
	if err != nil {
		return nil, err
	}
	shape, rest := make([]int, x.rank()+len(axes)), x.shape
	for k := range shape {
		if slices.Contains(axes, k) {
			shape[k] = 1
			continue
		}
		shape[k], rest = rest[0], rest[1:]
	}
	return one(x.reshaped(shape), nil)
}

func expand(c *call) ([]*array, error) {
	x := c.in[0]
	list, _, err := c.list(1, "")
	if err != nil {
		return nil, err
	}
	want, err := dims(list)
	if err != nil {
		return nil, err
	}
	shape, err := broadcast(x.shape, want)
	if err != nil {
		return nil, err
	}
	if _, err := countElements(shape, c.limit); err != nil {
		return nil, err
	}
	return one(strided(x, shape, 0, spread(x.shape, shape)), nil)
}

func tile(c *call) ([]*array, error) {
	x := c.in[0]
	list, _, err := c.list(1, "")
	if err != nil {
		return nil, err
	}
	repeats, err := dims(list)
	if err != nil {
		return nil, err
	}
	if len(repeats) != x.rank() {
		return nil, fmt.Errorf("repeats %v do not fit %v", repeats, x.shape)
	}
	shape := slices.Clone(x.shape)
	for k, r := range repeats {
		shape[k] = x.shape[k] * r
	}
	if _, err := countElements(shape, c.limit); err != nil {
		return nil, err
	}
	index := make([][]int, x.rank())
	for k, r := range repeats {
		index[k] = slices.Repeat(counting(x.shape[k]), r)
	}
	return one(picked(c, x, index, nil))
}

// shapeOf is the shape of the input between start and end.
func shapeOf(c *call) ([]*array, error) {
	x := c.in[0]
	rank := int64(x.rank())
	clamp := func(v int64) int64 {
		if v < 0 {
			v += rank
		}
		return min(max(v, 0), rank)
	}
	start, end := clamp(c.int("start", 0)), clamp(c.int("end", rank))
	var out []int64
	for k := start; k < end; k++ {
		out = append(out, int64(x.shape[k]))
	}
	return one(int64Array(out), nil)
}

func sizeOf(c *call) ([]*array, error) {
	return one(&array{typ: tensor.Int64, i: []int64{int64(c.in[0].len())}}, nil)
}
