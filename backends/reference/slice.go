package reference

import (
	"fmt"
	"slices"
)

// slice takes a range of each axis named: from inputs since opset 10, from attributes before.
func slice(c *call) ([]*array, error) {
	x := c.in[0]
	starts, _, err := c.list(1, "starts")
	if err != nil {
		return nil, err
	}
	ends, _, err := c.list(2, "ends")
	if err != nil {
		return nil, err
	}
	axes, given, err := c.list(3, "axes")
	if err != nil {
		return nil, err
	}
	if !given {
		for k := range starts {
			axes = append(axes, int64(k))
		}
	}
	steps, given, err := c.list(4, "")
	if err != nil {
		return nil, err
	}
	if !given {
		steps = slices.Repeat([]int64{1}, len(starts))
	}
	if len(ends) != len(starts) || len(axes) != len(starts) || len(steps) != len(starts) {
		return nil, fmt.Errorf("starts %v, ends %v, axes %v and steps %v differ in length", starts, ends, axes, steps)
	}
	resolved, err := axesOf(axes, x.rank())
	if err != nil {
		return nil, err
	}
	shape, strides, at := slices.Clone(x.shape), rowMajor(x.shape), 0
	for k, axis := range resolved {
		if steps[k] == 0 {
			return nil, fmt.Errorf("a step is 0")
		}
		first, count, step := sliceRange(starts[k], ends[k], steps[k], int64(x.shape[axis]))
		at += first * strides[axis]
		shape[axis], strides[axis] = count, strides[axis]*step
	}
	return one(strided(x, shape, at, strides), nil)
}

// sliceRange clamps a range to an axis of the size: its first index, its length, and its step, which
// no longer leads outside.
func sliceRange(start, end, step, size int64) (first, count, by int) {
	if size == 0 {
		return 0, 0, 1
	}
	if start < 0 {
		start += size
	}
	if end < 0 {
		end += size
	}
	if step > 0 {
		start, end, step = min(max(start, 0), size), min(max(end, 0), size), min(step, size)
		if end <= start {
			return 0, 0, 1
		}
		return int(start), int((end-start-1)/step + 1), int(step)
	}
	start, end, step = min(max(start, 0), size-1), min(max(end, -1), size-1), max(step, -size)
	if start <= end {
		return 0, 0, 1
	}
	return int(start), int((start-end-1)/-step + 1), int(step)
}
