package eval

import (
	"slices"

	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/tensor"
)

// move computes operators that move elements.
func (e evaluation) move() (*tensor.Tensor, bool) {
	switch e.n.OpType {
	case "Reshape", "Flatten", "Squeeze", "Unsqueeze":
		if e.shape == nil {
			return nil, false
		}
		t, err := e.in[0].Reshape(e.shape)
		return t, err == nil
	case "Transpose":
		return e.transpose()
	case "Dropout":
		return e.dropout()
	case "Slice":
		return e.slice()
	case "Concat":
		return e.concat()
	case "Split":
		return e.split()
	case "Expand":
		return e.expand()
	case "Tile":
		return e.tile()
	case "Pad":
		return e.pad()
	}
	return nil, false
}

// moved builds a tensor whose element i is element from(i) of source.
func (e evaluation) moved(source *tensor.Tensor, shape []int64, from func(int) int) (*tensor.Tensor, bool) {
	return e.chosen([]*tensor.Tensor{source}, shape, func(i int) (int, int) { return 0, from(i) })
}

// chosen builds a tensor whose element i is an element of one of the sources, which are of one type:
// from says of which, and which.
func (e evaluation) chosen(sources []*tensor.Tensor, shape []int64, from func(int) (source, at int)) (*tensor.Tensor, bool) {
	typ, computed := sources[0].Type(), false
	count, err := tensor.Count(shape)
	if err != nil || typ == tensor.String || typ.Bits() < 8 || typ.ByteSize(count) > e.limit || !e.spend(count) {
		return nil, false
	}
	for _, s := range sources {
		if s.Type() != typ {
			return nil, false
		}
		computed = computed || s.Computed()
	}
	if computed {
		values, out := make([][]float64, len(sources)), make([]float64, count)
		for k, s := range sources {
			if !e.spend(s.Len()) {
				return nil, false
			}
			values[k] = s.Float64s()
		}
		for i := range out {
			k, at := from(i)
			out[i] = values[k][at]
		}
		return floats(typ, shape, out)
	}
	raw := make([][]byte, len(sources))
	for k, s := range sources {
		if raw[k], err = s.Bytes(); err != nil {
			return nil, false
		}
	}
	size := typ.Bits() / 8
	out := make([]byte, 0, count*size)
	for i := range count {
		k, at := from(i)
		out = append(out, raw[k][at*size:(at+1)*size]...)
	}
	t, err := tensor.New(typ, shape, out)
	return t, err == nil
}

// dropout is a Dropout that drops nothing: its input, and that all of it stays.
func (e evaluation) dropout() (*tensor.Tensor, bool) {
	mode, err := op.ReadDropout(e.n, op.Constant)
	x := e.in[0]
	if err != nil || mode != op.DropsNever {
		return nil, false
	}
	if e.out == 0 {
		return x, true
	}
	if e.elem != tensor.Bool || x.Len() > e.limit || !e.spend(x.Len()) {
		return nil, false
	}
	return integers(tensor.Bool, x.Shape(), slices.Repeat([]int64{1}, x.Len()))
}

func (e evaluation) transpose() (*tensor.Tensor, bool) {
	shape := e.in[0].Shape()
	perm, err := op.Permutation(e.n, len(shape))
	if err != nil {
		return nil, false
	}
	strides := stridesOf(shape)
	out, steps := make([]int64, len(shape)), make([]int, len(shape))
	for i, p := range perm {
		out[i], steps[i] = shape[p], strides[p]
	}
	return e.moved(e.in[0], out, func(i int) int { return dot(i, out, steps) })
}

func (e evaluation) slice() (*tensor.Tensor, bool) {
	shape := e.in[0].Shape()
	s, err := op.ReadSlice(e.n, len(shape), op.Constant)
	if err != nil || slices.Contains(s.Steps, 0) {
		return nil, false
	}
	out, strides := slices.Clone(shape), stridesOf(shape)
	base := 0
	for i, axis := range s.Axes {
		first, count := op.Taken(s.Starts[i], s.Ends[i], s.Steps[i], shape[axis])
		base += int(first) * strides[axis]
		if out[axis] = count; count > 1 {
			strides[axis] *= int(s.Steps[i])
		}
	}
	return e.moved(e.in[0], out, func(i int) int { return base + dot(i, out, strides) })
}

func (e evaluation) concat() (*tensor.Tensor, bool) {
	first := e.in[0]
	axis, err := op.ConcatAxis(e.n, first.Rank())
	if err != nil {
		return nil, false
	}
	shape := slices.Clone(first.Shape())
	shape[axis] = 0
	var part, offset []int // by row of the axis: which operand, and how many rows come before it
	for k, t := range e.in {
		if t == nil || t.Rank() != first.Rank() {
			return nil, false
		}
		for i, size := range t.Shape() {
			if i != axis && size != shape[i] {
				return nil, false
			}
		}
		for range t.Shape()[axis] {
			part, offset = append(part, k), append(offset, int(shape[axis]))
			if len(part) > e.limit {
				return nil, false
			}
		}
		shape[axis] += t.Shape()[axis]
	}
	inner, _ := tensor.Count(shape[axis+1:])
	return e.chosen(e.in, shape, func(i int) (int, int) {
		outer, row := i/inner/len(part), i/inner%len(part)
		k := part[row]
		return k, (outer*int(e.in[k].Shape()[axis])+row-offset[row])*inner + i%inner
	})
}

// split computes the part that is asked for.
func (e evaluation) split() (*tensor.Tensor, bool) {
	x := e.in[0]
	shape := slices.Clone(x.Shape())
	says, err := op.ReadSplit(e.n, len(shape), op.Constant)
	if err != nil {
		return nil, false
	}
	start, count, ok := says.Part(e.out, shape[says.Axis])
	if !ok {
		return nil, false
	}
	strides := stridesOf(shape)
	shape[says.Axis] = count
	return e.moved(x, shape, func(i int) int { return int(start)*strides[says.Axis] + dot(i, shape, strides) })
}

func (e evaluation) tile() (*tensor.Tensor, bool) {
	x := e.in[0]
	times, ok := e.integersOf(1)
	if !ok || len(times) != x.Rank() {
		return nil, false
	}
	shape := slices.Clone(x.Shape())
	for i, n := range times {
		size, err := tensor.Count([]int64{shape[i], n}) // alone: an axis of no elements hides how large the others are
		if err != nil {
			return nil, false
		}
		shape[i] = int64(size)
	}
	strides := stridesOf(x.Shape())
	return e.moved(x, shape, func(i int) int {
		at := 0
		for axis, size := range slices.Backward(shape) {
			at += i % int(size) % int(x.Shape()[axis]) * strides[axis]
			i /= int(size)
		}
		return at
	})
}

func (e evaluation) expand() (*tensor.Tensor, bool) {
	want, ok := e.integersOf(1)
	if !ok {
		return nil, false
	}
	shape, ok := op.Broadcast(e.in[0].Shape(), want)
	if !ok {
		return nil, false
	}
	return e.moved(e.in[0], shape, strided(e.in[0].Shape(), shape))
}

func stridesOf(shape []int64) []int {
	out, step := make([]int, len(shape)), 1
	for i, size := range slices.Backward(shape) {
		out[i] = step
		step *= int(size)
	}
	return out
}

// dot is the sum of strides times the indices of element i of a tensor of that shape.
func dot(i int, shape []int64, strides []int) int {
	at := 0
	for axis, size := range slices.Backward(shape) {
		at += i % int(size) * strides[axis]
		i /= int(size)
	}
	return at
}
