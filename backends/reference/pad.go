package reference

import (
	"fmt"
	"math"
	"slices"
)

// pad adds or, with negative numbers, removes elements at both ends of the axes.
func pad(c *call) ([]*array, error) {
	x := c.in[0]
	begins, ends, err := c.padding(x.rank())
	if err != nil {
		return nil, err
	}
	value, err := c.padValue(x)
	if err != nil {
		return nil, err
	}
	mode := c.str("mode", "constant")
	shape := slices.Clone(x.shape)
	for k := range shape {
		shape[k] = max(0, shape[k]+begins[k]+ends[k])
	}
	if _, err := countElements(shape, c.limit); err != nil {
		return nil, err
	}
	index := make([][]int, x.rank())
	for k := range index {
		size := x.shape[k]
		if size == 0 && shape[k] > 0 && mode != "constant" {
			return nil, fmt.Errorf("mode %s cannot fill an empty axis", mode)
		}
		index[k] = make([]int, shape[k])
		for o := range index[k] {
			if index[k][o], err = padIndex(mode, o-begins[k], size); err != nil {
				return nil, err
			}
		}
	}
	return one(picked(c, x, index, value))
}

// padIndex is the element that stands at place i of an axis that was padded; -1 for the constant.
func padIndex(mode string, i, size int) (int, error) {
	if i >= 0 && i < size {
		return i, nil
	}
	switch mode {
	case "constant":
		return -1, nil
	case "edge":
		return min(max(i, 0), size-1), nil
	case "reflect":
		if size == 1 {
			return 0, nil
		}
		period := 2 * (size - 1)
		i = ((i % period) + period) % period
		return min(i, period-i), nil
	case "wrap":
		return ((i % size) + size) % size, nil
	}
	return 0, fmt.Errorf("mode %q is not known", mode)
}

// padding is the number of elements added at both ends of each axis: an attribute up to opset 10, an
// input later, for the axes named or all.
func (c *call) padding(rank int) (begins, ends []int, err error) {
	name := "pads"
	if c.opset < 2 {
		name = "paddings"
	}
	pads, given, err := c.list(1, name)
	if err != nil || !given {
		return nil, nil, fmt.Errorf("pads are absent or not a list")
	}
	axes := counting(rank)
	if list, given, err := c.list(3, ""); err != nil {
		return nil, nil, err
	} else if given {
		if axes, err = axesOf(list, rank); err != nil {
			return nil, nil, err
		}
	}
	if len(pads) != 2*len(axes) {
		return nil, nil, fmt.Errorf("%d pads do not fit %d axes", len(pads), len(axes))
	}
	begins, ends = make([]int, rank), make([]int, rank)
	for k, axis := range axes {
		b, e := pads[k], pads[len(axes)+k]
		if max(b, e) > math.MaxInt32 || min(b, e) < math.MinInt32 {
			return nil, nil, fmt.Errorf("pads %v are out of range", pads)
		}
		begins[axis], ends[axis] = int(b), int(e)
	}
	return begins, ends, nil
}

// padValue is an array of the one element to fill with.
func (c *call) padValue(x *array) (*array, error) {
	if v := c.input(2); v != nil {
		if v.typ != x.typ || v.len() != 1 {
			return nil, fmt.Errorf("constant_value is %s%v, not one element of type %s", v.typ, v.shape, x.typ)
		}
		return v, nil
	}
	v, err := c.make(x.typ, 1)
	if err == nil && x.kind() == floats {
		v.f[0] = c.float("value", 0)
	}
	return v, err
}
