package eval

import (
	"slices"

	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/tensor"
)

// index computes operators that put elements somewhere else.
func (e evaluation) index() (*tensor.Tensor, bool) {
	switch e.n.OpType {
	case "Gather":
		return e.gather()
	case "Trilu":
		return e.triangle()
	case "EyeLike":
		return e.eye()
	case "OneHot":
		return e.oneHot()
	case "GatherElements":
		return e.gatherElements()
	}
	return nil, false
}

// operand is the i-th input, false where it is absent.
func (e evaluation) operand(i int) (*tensor.Tensor, bool) {
	if i >= len(e.in) || e.in[i] == nil {
		return nil, false
	}
	return e.in[i], true
}

// integersOf is the i-th input as integers.
func (e evaluation) integersOf(i int) ([]int64, bool) {
	t, ok := e.operand(i)
	if !ok {
		return nil, false
	}
	return t.Int64s()
}

// wholeOf is the i-th input as integers, or as whole numbers that the file holds.
func (e evaluation) wholeOf(i int) ([]int64, bool) {
	t, ok := e.operand(i)
	if !ok || !t.Type().IsFloat() {
		return e.integersOf(i)
	}
	out := make([]int64, t.Len())
	for k, v := range t.Float64s() {
		if out[k] = int64(v); t.Computed() || float64(out[k]) != v {
			return nil, false
		}
	}
	return out, e.spend(len(out))
}

func (e evaluation) gather() (*tensor.Tensor, bool) {
	data := e.in[0]
	at, ok := e.integersOf(1)
	axis, err := op.GatherAxis(e.n, data.Rank())
	if !ok || err != nil {
		return nil, false
	}
	size := data.Shape()[axis]
	for i, v := range at {
		if v < 0 {
			at[i] += size
		}
		if at[i] < 0 || at[i] >= size {
			return nil, false
		}
	}
	inner, _ := tensor.Count(data.Shape()[axis+1:])
	shape := slices.Concat(data.Shape()[:axis], e.in[1].Shape(), data.Shape()[axis+1:])
	return e.moved(data, shape, func(i int) int {
		row, column := i/inner, i%inner
		return (row/len(at)*int(size)+int(at[row%len(at)]))*inner + column
	})
}

// triangle computes Trilu.
func (e evaluation) triangle() (*tensor.Tensor, bool) {
	x := e.in[0]
	zero, ok := zeroOf(x.Type())
	rank := x.Rank()
	if !ok || rank < 2 {
		return nil, false
	}
	k := int64(0)
	if _, given := e.operand(1); given {
		list, ok := e.integersOf(1)
		if !ok || len(list) != 1 || list[0] > op.MaxExtent || list[0] < -op.MaxExtent {
			return nil, false
		}
		k = list[0]
	}
	upper, columns := e.Flag("upper"), int(x.Shape()[rank-1])
	rows := int(x.Shape()[rank-2])
	return e.chosen([]*tensor.Tensor{x, zero}, x.Shape(), func(i int) (int, int) {
		off := int64(i%columns-i/columns%rows) - k
		if upper && off >= 0 || !upper && off <= 0 {
			return 0, i
		}
		return 1, 0
	})
}

// eye computes EyeLike.
func (e evaluation) eye() (*tensor.Tensor, bool) {
	x := e.in[0]
	typ := e.elem
	k := e.Int("k")
	count := x.Len()
	if x.Rank() != 2 || typ.ByteSize(count) > e.limit || count > e.limit || k > op.MaxExtent || k < -op.MaxExtent {
		return nil, false
	}
	columns := x.Shape()[1]
	ones := make([]int64, count)
	for i := range ones {
		if int64(i)%columns-int64(i)/columns == k {
			ones[i] = 1
		}
	}
	if !typ.IsFloat() {
		return integers(typ, x.Shape(), ones)
	}
	values := make([]float64, count)
	for i, v := range ones {
		values[i] = float64(v)
	}
	return exactly(typ, x.Shape(), values)
}

// oneHot computes OneHot over constant indices.
func (e evaluation) oneHot() (*tensor.Tensor, bool) {
	at, ok1 := e.wholeOf(0)
	depth, ok2 := e.wholeOf(1)
	values, ok3 := e.operand(2)
	if !ok1 || !ok2 || !ok3 || len(depth) != 1 || depth[0] < 1 || depth[0] > int64(e.limit) || values.Len() != 2 {
		return nil, false
	}
	axis, ok := e.Axis(e.in[0].Rank() + 1)
	if !ok {
		return nil, false
	}
	n := int(depth[0])
	shape := slices.Insert(slices.Clone(e.in[0].Shape()), axis, depth[0])
	inner, _ := tensor.Count(shape[axis+1:])
	return e.chosen([]*tensor.Tensor{values}, shape, func(i int) (int, int) {
		hot := at[i/inner/n*inner+i%inner]
		if hot < 0 {
			hot += depth[0]
		}
		if int64(i/inner%n) == hot {
			return 0, 1
		}
		return 0, 0
	})
}

func (e evaluation) gatherElements() (*tensor.Tensor, bool) {
	places, ok := e.alongAxis(e.in[0])
	if !ok {
		return nil, false
	}
	return e.moved(e.in[0], e.in[1].Shape(), func(i int) int { return places[i] })
}

// alongAxis is, for every element of the indices, its place in x with the axis replaced by the index.
func (e evaluation) alongAxis(x *tensor.Tensor) ([]int, bool) {
	at, ok := e.integersOf(1)
	if !ok || e.in[1].Rank() != x.Rank() {
		return nil, false
	}
	axis, ok := e.Axis(x.Rank())
	shape, strides := e.in[1].Shape(), stridesOf(x.Shape())
	if !ok {
		return nil, false
	}
	for i, size := range shape {
		if i != axis && size > x.Shape()[i] {
			return nil, false
		}
	}
	others := slices.Clone(strides)
	others[axis] = 0
	for i, index := range at {
		if index < 0 {
			index += x.Shape()[axis]
		}
		if index < 0 || index >= x.Shape()[axis] {
			return nil, false
		}
		at[i] = index
	}
	out := make([]int, len(at))
	for i := range out {
		out[i] = dot(i, shape, others) + int(at[i])*strides[axis]
	}
	return out, true
}
