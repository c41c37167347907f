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
		t, err := e.in[0].Reshape(e.shape)
		return t, err == nil
	case "Transpose":
		return e.transpose()
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
	case "ConstantOfShape":
		return e.fill()
	case "Range":
		return e.sequence()
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
		if n < 0 || n > int64(e.limit) {
			return nil, false
		}
		shape[i] *= n
		if _, err := tensor.Count(shape); err != nil {
			return nil, false
		}
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

// pad computes a Pad with a constant value and no negative pads.
func (e evaluation) pad() (*tensor.Tensor, bool) {
	x := e.in[0]
	pads, err := op.ReadPad(e.n, x.Rank(), op.Constant)
	value, given := zeroOf(x.Type())
	v, number := op.PadValue(e.n)
	if v != nil {
		value, given = v.Constant(), true
	}
	if err != nil || pads.Mode != "constant" || number != 0 || !given {
		return nil, false
	}
	shape := slices.Clone(x.Shape())
	for i := range shape {
		if pads.Begin[i] < 0 || pads.End[i] < 0 {
			return nil, false
		}
		shape[i] += pads.Begin[i] + pads.End[i]
	}
	if value.Len() != 1 {
		return nil, false
	}
	strides := stridesOf(x.Shape())
	return e.chosen([]*tensor.Tensor{x, value}, shape, func(i int) (int, int) {
		at := 0
		for axis, size := range slices.Backward(shape) {
			p := i%int(size) - int(pads.Begin[axis])
			if p < 0 || p >= int(x.Shape()[axis]) {
				return 1, 0
			}
			at += p * strides[axis]
			i /= int(size)
		}
		return 0, at
	})
}

// zeroOf is a zero of a type.
func zeroOf(typ tensor.Type) (*tensor.Tensor, bool) {
	t, err := tensor.New(typ, nil, make([]byte, typ.ByteSize(1)))
	return t, err == nil
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

// fill is ConstantOfShape: zeros of type float, or the one element of its attribute.
func (e evaluation) fill() (*tensor.Tensor, bool) {
	value := tensor.Of([]int64{1}, float32(0))
	if e.Has("value") {
		if value = e.Tensor("value"); value == nil || value.Len() != 1 || value.Type().Bits() < 8 {
			return nil, false
		}
	}
	return e.moved(value, e.shape, func(int) int { return 0 })
}

// sequence is Range over int64.
func (e evaluation) sequence() (*tensor.Tensor, bool) {
	var p [3]int64
	for i := range p {
		if len(e.in) != 3 || e.in[i] == nil || e.in[i].Type() != tensor.Int64 || e.in[i].Len() != 1 {
			return nil, false
		}
		v, _ := e.in[i].Int64s()
		p[i] = v[0]
	}
	if p[2] == 0 {
		return nil, false
	}
	n := max((p[1]-p[0]+p[2]-sign(p[2]))/p[2], 0)
	if n > int64(e.limit/8) {
		return nil, false
	}
	out := make([]int64, n)
	for i := range out {
		out[i] = p[0] + int64(i)*p[2]
	}
	return tensor.Of([]int64{n}, out...), true
}

func sign(v int64) int64 {
	if v < 0 {
		return -1
	}
	return 1
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
