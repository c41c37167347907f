package passes

import (
	"slices"

	"github.com/acdeploy/acdeploy/passes/internal/algebra"
	"github.com/acdeploy/acdeploy/tensor"
)

// moved builds a tensor whose element i is element from(i) of source.
func (e evaluator) moved(source *tensor.Tensor, shape []int64, from func(int) int) (*tensor.Tensor, bool) {
	return e.chosen([]*tensor.Tensor{source}, shape, func(i int) (int, int) { return 0, from(i) })
}

// chosen builds a tensor whose element i is an element of one of the sources, which are of one type:
// from says of which, and which.
func (e evaluator) chosen(sources []*tensor.Tensor, shape []int64, from func(int) (source, at int)) (*tensor.Tensor, bool) {
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

func (e evaluator) reshape() (*tensor.Tensor, bool) {
	shape, ok := e.newShape()
	if !ok {
		return nil, false
	}
	t, err := e.in[0].Reshape(shape)
	return t, err == nil
}

// newShape is the shape that Reshape, Flatten, Squeeze or Unsqueeze gives its input.
func (e evaluator) newShape() ([]int64, bool) {
	shape := e.in[0].Shape()
	switch {
	case e.n.Is("Reshape"):
		return e.reshaped(shape)
	case e.n.Is("Flatten"):
		axis := e.n.Int("axis", 1)
		if axis < 0 {
			axis += int64(len(shape))
		}
		if axis < 0 || axis > int64(len(shape)) {
			return nil, false
		}
		rows, _ := tensor.Count(shape[:axis])
		columns, _ := tensor.Count(shape[axis:])
		return []int64{int64(rows), int64(columns)}, true
	case e.n.Is("Squeeze"):
		axes, given, ok := e.axes(len(shape))
		if !ok {
			return nil, false
		}
		out := []int64{}
		for i, size := range shape {
			if drop := !given && size == 1 || slices.Contains(axes, int64(i)); !drop {
				out = append(out, size)
			} else if size != 1 {
				return nil, false
			}
		}
		return out, true
	}
	count := len(e.n.Ints("axes"))
	if len(e.in) > 1 && e.in[1] != nil {
		count = e.in[1].Len()
	}
	axes, given, ok := e.axes(len(shape) + count)
	if !ok || !given {
		return nil, false
	}
	out, rest := []int64{}, shape
	for i := range len(shape) + count {
		if slices.Contains(axes, int64(i)) {
			out = append(out, 1)
		} else if len(rest) > 0 {
			out, rest = append(out, rest[0]), rest[1:]
		}
	}
	return out, len(rest) == 0
}

// axes is the list of axes of Squeeze and Unsqueeze: an attribute, from opset 13 on an input.
func (e evaluator) axes(rank int) (axes []int64, given, ok bool) {
	axes = slices.Clone(e.n.Ints("axes"))
	if len(e.in) > 1 && e.in[1] != nil {
		if axes != nil {
			return nil, false, false // said twice
		}
		if axes, ok = e.in[1].Int64s(); !ok || e.in[1].Rank() > 1 {
			return nil, false, false
		}
	}
	for i, a := range axes {
		if a < 0 {
			axes[i] += int64(rank)
		}
		if axes[i] < 0 || axes[i] >= int64(rank) || slices.Contains(axes[:i], axes[i]) {
			return nil, false, false
		}
	}
	return axes, axes != nil, true
}

func (e evaluator) reshaped(shape []int64) ([]int64, bool) {
	if len(e.in) < 2 || e.in[1] == nil {
		return nil, false
	}
	want, ok := e.in[1].Int64s()
	if !ok {
		return nil, false
	}
	out := slices.Clone(want)
	known, open := int64(1), -1
	for i, size := range want {
		switch {
		case size == 0 && e.n.Int("allowzero", 0) == 0:
			if i >= len(shape) {
				return nil, false
			}
			out[i] = shape[i]
		case size == -1 && open < 0:
			open = i
			continue
		case size < 0:
			return nil, false
		}
		known *= out[i]
	}
	if open >= 0 {
		if known == 0 {
			return nil, false
		}
		out[open] = int64(e.in[0].Len()) / known
	}
	return out, true
}

func (e evaluator) transpose() (*tensor.Tensor, bool) {
	shape := e.in[0].Shape()
	perm := e.n.Ints("perm")
	if perm == nil {
		for i := range shape {
			perm = append(perm, int64(len(shape)-1-i))
		}
	}
	if sorted := slices.Sorted(slices.Values(perm)); len(perm) != len(shape) {
		return nil, false
	} else {
		for i, p := range sorted {
			if p != int64(i) {
				return nil, false
			}
		}
	}
	strides := stridesOf(shape)
	out, steps := make([]int64, len(shape)), make([]int, len(shape))
	for i, p := range perm {
		out[i], steps[i] = shape[p], strides[p]
	}
	return e.moved(e.in[0], out, func(i int) int { return dot(i, out, steps) })
}

func (e evaluator) slice() (*tensor.Tensor, bool) {
	shape := e.in[0].Shape()
	starts, ends, axes, steps, why := algebra.SliceOperands(e.n, len(shape))
	if why != nil {
		return nil, false
	}
	out, strides := slices.Clone(shape), stridesOf(shape)
	base := 0
	for i, axis := range axes {
		step := int64(1)
		if steps != nil {
			step = steps[i]
		}
		if axis < 0 || axis >= int64(len(shape)) || step == 0 || slices.Contains(axes[:i], axis) {
			return nil, false
		}
		step = min(max(step, -shape[axis]-1), shape[axis]+1) // longer ones leave the axis all the same
		first, count := sliced(starts[i], ends[i], step, shape[axis])
		out[axis] = count
		base += int(first) * strides[axis]
		strides[axis] *= int(step)
	}
	return e.moved(e.in[0], out, func(i int) int { return base + dot(i, out, strides) })
}

// sliced is where a slice of an axis begins, and how many positions it takes.
func sliced(start, end, step, size int64) (first, count int64) {
	if step > 0 {
		first, end = clampAxis(start, size), clampAxis(end, size)
		return first, max(end-first+step-1, 0) / step
	}
	if start < 0 {
		start += size
	}
	if end < 0 {
		end += size
	}
	first, end = min(max(start, 0), size-1), min(max(end, -1), size-1)
	return first, max(first-end-step-1, 0) / -step
}

func (e evaluator) gather() (*tensor.Tensor, bool) {
	data := e.in[0]
	if len(e.in) < 2 || e.in[1] == nil || data.Rank() == 0 {
		return nil, false
	}
	at, ok := e.in[1].Int64s()
	axis := e.n.Int("axis", 0)
	if axis < 0 {
		axis += int64(data.Rank())
	}
	if !ok || axis < 0 || axis >= int64(data.Rank()) {
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

func (e evaluator) concat() (*tensor.Tensor, bool) {
	first := e.in[0]
	axis := e.n.Int("axis", 0)
	if axis < 0 {
		axis += int64(first.Rank())
	}
	if axis < 0 || axis >= int64(first.Rank()) {
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
			if i != int(axis) && size != shape[i] {
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

func (e evaluator) expand() (*tensor.Tensor, bool) {
	if len(e.in) < 2 || e.in[1] == nil {
		return nil, false
	}
	want, ok := e.in[1].Int64s()
	if !ok {
		return nil, false
	}
	shape, ok := broadcast(e.in[0].Shape(), want)
	if !ok {
		return nil, false
	}
	return e.moved(e.in[0], shape, strided(e.in[0].Shape(), shape))
}

// fill is ConstantOfShape: zeros of type float, or the one element of its attribute.
func (e evaluator) fill() (*tensor.Tensor, bool) {
	shape, ok := e.in[0].Int64s()
	if !ok {
		return nil, false
	}
	value := tensor.Of([]int64{1}, float32(0))
	if a := e.n.Attr("value"); a != nil {
		if value = a.Tensor; value == nil || value.Len() != 1 || value.Type().Bits() < 8 {
			return nil, false
		}
	}
	return e.moved(value, shape, func(int) int { return 0 })
}

// sequence is Range over int64.
func (e evaluator) sequence() (*tensor.Tensor, bool) {
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
