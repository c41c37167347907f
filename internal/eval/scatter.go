package eval

import (
	"slices"

	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/tensor"
)

// scatter computes operators that write updates into a tensor.
func (e evaluation) scatter() (*tensor.Tensor, bool) {
	switch e.n.OpType {
	case "ScatterND":
		return e.written(e.rowsND)
	case "ScatterElements", "Scatter":
		return e.written(e.elementwise)
	}
	return nil, false
}

// written puts element i of the updates where place says, or combines it with what is there.
func (e evaluation) written(place func(updates *tensor.Tensor) ([]int, bool)) (*tensor.Tensor, bool) {
	x := e.in[0]
	updates, ok := e.operand(2)
	if !ok || !e.spend(x.Len()) || !e.spend(updates.Len()) {
		return nil, false
	}
	places, ok := place(updates)
	if !ok {
		return nil, false
	}
	if !op.Replaces(e.n) {
		return e.combined(x, updates, places)
	}
	from := make([]int, x.Len()) // 0 for the element itself, else 1 + the place among the updates
	for i, at := range places {
		from[at] = 1 + i
	}
	return e.chosen([]*tensor.Tensor{x, updates}, x.Shape(), func(i int) (int, int) {
		if from[i] > 0 {
			return 1, from[i] - 1
		}
		return 0, i
	})
}

// combined adds the updates to what is there, or what else the attribute reduction says.
func (e evaluation) combined(x, updates *tensor.Tensor, places []int) (*tensor.Tensor, bool) {
	operator := ""
	switch e.Str("reduction") {
	case "add":
		operator = "Add"
	case "mul":
		operator = "Mul"
	case "max":
		operator = "Max"
	case "min":
		operator = "Min"
	}
	if operator == "" || x.Type() != updates.Type() || x.ByteSize() > e.limit {
		return nil, false
	}
	if f := floatOp(operator); x.Type().IsFloat() {
		out, by := x.Float64s(), updates.Float64s()
		for i, at := range places {
			out[at] = f(out[at], by[i])
		}
		return floats(x.Type(), x.Shape(), out)
	}
	out, ok1 := x.Int64s()
	by, ok2 := updates.Int64s()
	if !ok1 || !ok2 || x.Type() == tensor.Bool {
		return nil, false
	}
	for i, at := range places {
		var ok bool
		if out[at], ok = intOp(operator, out[at], by[i]); !ok {
			return nil, false
		}
	}
	return integers(x.Type(), x.Shape(), out)
}

// rowsND is the places of a ScatterND: each row of the indices names a part of the tensor.
func (e evaluation) rowsND(updates *tensor.Tensor) ([]int, bool) {
	x := e.in[0]
	at, ok := e.integersOf(1)
	if !ok || e.in[1].Rank() < 1 {
		return nil, false
	}
	list := e.in[1].Shape()
	depth := list[len(list)-1]
	if depth < 1 || depth > int64(x.Rank()) {
		return nil, false
	}
	want := slices.Concat(list[:len(list)-1], x.Shape()[depth:])
	if !slices.Equal(want, updates.Shape()) {
		return nil, false
	}
	size, _ := tensor.Count(x.Shape()[depth:])
	strides := stridesOf(x.Shape())
	places := make([]int, 0, updates.Len())
	for row := 0; row*int(depth) < len(at); row++ {
		base := 0
		for k := range int(depth) {
			index, ok := counted(at[row*int(depth)+k], x.Shape()[k])
			if !ok {
				return nil, false
			}
			base += index * strides[k]
		}
		for k := range size {
			places = append(places, base+k)
		}
	}
	return places, true
}

// elementwise is the places of a ScatterElements: each index stands for the axis of the update at its place.
func (e evaluation) elementwise(updates *tensor.Tensor) ([]int, bool) {
	if !slices.Equal(e.in[1].Shape(), updates.Shape()) {
		return nil, false
	}
	return e.alongAxis(e.in[0])
}

// counted counts an index from the first element: one below zero counts from the end.
func counted(index, size int64) (int, bool) {
	if index < 0 {
		index += size
	}
	return int(index), index >= 0 && index < size
}
