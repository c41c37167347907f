package reference

import (
	"fmt"
	"slices"
)

func concat(c *call) ([]*array, error) {
	first := c.in[0]
	def := int64(0)
	if c.opset < 4 {
		def = 1
	}
	axis, err := axisOf(c.int("axis", def), first.rank())
	if err != nil {
		return nil, err
	}
	shape := slices.Clone(first.shape)
	shape[axis] = 0
	for k, a := range c.in {
		if a == nil || a.typ != first.typ || a.rank() != first.rank() {
			return nil, fmt.Errorf("input %d does not fit the first one, %s%v", k, first.typ, first.shape)
		}
		for j, d := range a.shape {
			if j != axis && d != shape[j] {
				return nil, fmt.Errorf("input %d of shape %v does not fit the first one, of shape %v", k, a.shape, first.shape)
			}
		}
		shape[axis] += a.shape[axis]
	}
	y, err := c.make(first.typ, shape...)
	if err != nil || y.len() == 0 {
		return one(y, err)
	}
	at, row := 0, elements(shape[axis:])
	for _, a := range c.in {
		part := elements(a.shape[axis:])
		for r := range elements(shape[:axis]) {
			y.copyFrom(r*row+at, a, r*part, part)
		}
		at += part
	}
	return one(y, nil)
}

// split cuts an axis at the sizes given (an input from opset 13 on, an attribute before), or into
// equal parts of which the last may be smaller.
func split(c *call) ([]*array, error) {
	x := c.in[0]
	axis, err := axisOf(c.int("axis", 0), x.rank())
	if err != nil {
		return nil, err
	}
	sizes, given, err := c.list(1, "split")
	if err != nil {
		return nil, err
	}
	if !given {
		if sizes, err = c.equalParts(x.shape[axis]); err != nil {
			return nil, err
		}
	}
	total := int64(0)
	for _, s := range sizes {
		if s < 0 || s > int64(x.shape[axis]) {
			return nil, fmt.Errorf("sizes %v do not add up to %d", sizes, x.shape[axis])
		}
		total += s
	}
	if total != int64(x.shape[axis]) || len(sizes) < c.outs {
		return nil, fmt.Errorf("sizes %v do not split %d elements into %d outputs", sizes, x.shape[axis], c.outs)
	}
	strides := rowMajor(x.shape)
	out, at := make([]*array, len(sizes)), 0
	for k, s := range sizes {
		shape := slices.Clone(x.shape)
		shape[axis] = int(s)
		out[k] = strided(x, shape, at*strides[axis], strides)
		at += int(s)
	}
	return out, nil
}

func (c *call) equalParts(size int) ([]int64, error) {
	parts := c.node.NumOutputs()
	if n := c.int("num_outputs", int64(parts)); n != int64(parts) {
		return nil, fmt.Errorf("num_outputs is %d, and the node has %d outputs", n, parts)
	}
	if parts == 0 {
		return nil, nil
	}
	each := (size + parts - 1) / parts
	sizes := make([]int64, parts)
	for k := range sizes {
		sizes[k] = int64(max(0, min(each, size-k*each)))
	}
	return sizes, nil
}
