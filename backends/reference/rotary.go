package reference

import (
	"fmt"
	"slices"
)

// rotaryEmbedding turns pairs of channels by angles that depend on the position: all of them, or the first ones.
func rotaryEmbedding(c *call) ([]*array, error) {
	x, ids := c.in[0], c.input(3)
	for k, a := range c.in[:3] {
		if a.kind() != floats {
			return nil, fmt.Errorf("input %d is %s, not floating-point", k, a.typ)
		}
	}
	if ids != nil && (ids.kind() != integers || ids.rank() != 2) {
		return nil, fmt.Errorf("position_ids are %s%v, not integers by batch and position", ids.typ, ids.shape)
	}
	rows, err := headsFirst(x, c.int("num_heads", 0))
	if err != nil {
		return nil, err
	}
	batch, heads, positions, size := rows.shape[0], rows.shape[1], rows.shape[2], rows.shape[3]
	turned := c.int("rotary_embedding_dim", 0)
	if turned == 0 {
		turned = int64(size)
	}
	if turned < 0 || turned%2 != 0 || turned > int64(size) {
		return nil, fmt.Errorf("rotary_embedding_dim %d does not fit heads of %d channels", turned, size)
	}
	half := int(turned / 2)
	angle, err := angles(c.in[1], c.in[2], ids, []int{batch, positions, half})
	if err != nil {
		return nil, err
	}
	y, err := c.make(x.typ, rows.shape...)
	if err != nil {
		return nil, err
	}
	copy(y.f, rows.f)
	step, apart := 1, half
	if c.int("interleaved", 0) != 0 {
		step, apart = 2, 1
	}
	for row := range batch * heads * positions {
		at := angle(row/(heads*positions), row%positions)
		if at < 0 {
			return nil, fmt.Errorf("a position is outside the caches of shape %v", c.in[1].shape)
		}
		for k := range half {
			i := row*size + k*step
			j, cos, sin := i+apart, c.in[1].f[at+k], c.in[2].f[at+k]
			y.f[i], y.f[j] = cos*rows.f[i]-sin*rows.f[j], sin*rows.f[i]+cos*rows.f[j]
		}
	}
	if x.rank() == 3 {
		y = transposed(y, []int{0, 2, 1, 3}).reshaped(x.shape)
	}
	return one(y, nil)
}

// angles finds the row of the caches for a position of an element of the batch: by its id, or where there are none
// each has a row of its own. The row is -1 where there is none.
func angles(cos, sin, ids *array, shape []int) (func(batch, position int) int, error) {
	batch, positions, half := shape[0], shape[1], shape[2]
	switch {
	case !slices.Equal(cos.shape, sin.shape):
	case ids == nil && slices.Equal(cos.shape, shape):
		return func(b, p int) int { return (b*positions + p) * half }, nil
	case ids != nil && slices.Equal(ids.shape, []int{batch, positions}) && cos.rank() == 2 && cos.shape[1] == half:
		return func(b, p int) int {
			if id := ids.i[b*positions+p]; id >= 0 && id < int64(cos.shape[0]) {
				return int(id) * half
			}
			return -1
		}, nil
	}
	return nil, fmt.Errorf("caches of shapes %v and %v do not fit %v", cos.shape, sin.shape, shape)
}
