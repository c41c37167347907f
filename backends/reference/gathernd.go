package reference

import (
	"fmt"
	"slices"

	"github.com/acdeploy/acdeploy/tensor"
)

// gatherND takes slices of the data: each row of the indices names one. The first batch_dims axes of both go
// together.
func gatherND(c *call) ([]*array, error) {
	x, indices := c.in[0], c.in[1]
	batch := int(c.int("batch_dims", 0))
	if indices.kind() != integers || batch < 0 || batch >= min(x.rank(), indices.rank()) || !slices.Equal(x.shape[:batch], indices.shape[:batch]) {
		return nil, fmt.Errorf("indices %s%v do not fit data of shape %v with batch_dims %d", indices.typ, indices.shape, x.shape, batch)
	}
	depth := indices.shape[indices.rank()-1]
	if depth < 1 || batch+depth > x.rank() {
		return nil, fmt.Errorf("indices of shape %v name %d axes of data of shape %v", indices.shape, depth, x.shape)
	}
	lead, named, size := elements(x.shape[:batch]), x.shape[batch:batch+depth], elements(x.shape[batch+depth:])
	y, err := c.make(x.typ, slices.Concat(indices.shape[:indices.rank()-1], x.shape[batch+depth:])...)
	if err != nil || y.len() == 0 {
		return one(y, err)
	}
	rows := len(indices.i) / depth
	for row := range rows {
		place := row / (rows / lead)
		for k, index := range indices.i[row*depth : (row+1)*depth] {
			if index < 0 {
				index += int64(named[k])
			}
			if index < 0 || index >= int64(named[k]) {
				return nil, fmt.Errorf("index %d is outside an axis of %d", index, named[k])
			}
			place = place*named[k] + int(index)
		}
		y.copyFrom(row*size, x, place*size, size)
	}
	return one(y, nil)
}

// compress keeps the slices along an axis, or without one the elements, for which the condition holds.
func compress(c *call) ([]*array, error) {
	x, condition := c.in[0], c.in[1]
	if !c.has("axis") {
		x = x.reshaped([]int{x.len()})
	}
	axis, err := axisOf(c.int("axis", 0), x.rank())
	if err != nil {
		return nil, err
	}
	if condition.typ != tensor.Bool || condition.rank() != 1 || condition.len() > x.shape[axis] {
		return nil, fmt.Errorf("the condition %s%v does not fit an axis of %d", condition.typ, condition.shape, x.shape[axis])
	}
	index := identityIndex(x.shape)
	index[axis] = nil
	for k, v := range condition.i {
		if v != 0 {
			index[axis] = append(index[axis], k)
		}
	}
	return one(picked(c, x, index, nil))
}

// nonZero is where the elements are that are not zero: a column of indices for each.
func nonZero(c *call) ([]*array, error) {
	x := c.in[0]
	if x.kind() == text {
		return nil, fmt.Errorf("input is %s, not numbers", x.typ)
	}
	var found []int
	for k, v := range asFloats(x).f {
		if v != 0 {
			found = append(found, k)
		}
	}
	y, err := c.make(tensor.Int64, x.rank(), len(found))
	if err != nil {
		return nil, err
	}
	steps := rowMajor(x.shape)
	for k, at := range found {
		for axis, step := range steps {
			y.i[axis*len(found)+k] = int64(at / step)
			at %= step
		}
	}
	return one(y, nil)
}

// reverseSequence turns the beginning of each sequence of a batch around.
func reverseSequence(c *call) ([]*array, error) {
	x, lengths := c.in[0], c.in[1]
	batch, time := c.int("batch_axis", 1), c.int("time_axis", 0)
	if x.rank() < 2 || !(batch == 0 && time == 1) && !(batch == 1 && time == 0) {
		return nil, fmt.Errorf("batch_axis %d and time_axis %d do not fit an input of shape %v", batch, time, x.shape)
	}
	if lengths.kind() != integers || lengths.rank() != 1 || lengths.len() != x.shape[batch] {
		return nil, fmt.Errorf("sequence_lens %s%v does not fit a batch of %d", lengths.typ, lengths.shape, x.shape[batch])
	}
	y, err := c.make(x.typ, x.shape...)
	if err != nil || y.len() == 0 {
		return one(y, err)
	}
	size := elements(x.shape[2:])
	for row := range x.shape[0] * x.shape[1] {
		at := []int{row / x.shape[1], row % x.shape[1]}
		length := lengths.i[at[batch]]
		if length < 0 || length > int64(x.shape[time]) {
			return nil, fmt.Errorf("sequence_lens holds %d, and the axis has %d elements", length, x.shape[time])
		}
		if at[time] < int(length) {
			at[time] = int(length) - 1 - at[time]
		}
		y.copyFrom(row*size, x, (at[0]*x.shape[1]+at[1])*size, size)
	}
	return one(y, nil)
}
