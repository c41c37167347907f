package eval

import (
	"slices"

	"github.com/acdeploy/acdeploy/tensor"
)

// selection computes operators that keep some of the elements, or put them in another order.
func (e evaluation) selection() (*tensor.Tensor, bool) {
	switch e.n.OpType {
	case "Compress":
		return e.compress()
	case "NonZero":
		return e.nonZero()
	case "GatherND":
		return e.gatherND()
	case "ReverseSequence":
		return e.reverseSequence()
	case "DepthToSpace":
		return e.depthToSpace()
	case "SpaceToDepth":
		return e.spaceToDepth()
	}
	return nil, false
}

// compress keeps the elements, or the slices along an axis, for which the condition holds.
func (e evaluation) compress() (*tensor.Tensor, bool) {
	x := e.in[0]
	keep, ok := e.integersOf(1)
	l, axis := lines{1, x.Len(), 1}, -1
	if e.Has("axis") {
		if axis, ok = e.Axis(x.Rank()); !ok {
			return nil, false
		}
		l = linesOf(x.Shape(), axis)
	}
	if !ok || len(keep) > l.length {
		return nil, false
	}
	var kept []int
	for k, holds := range keep {
		if holds != 0 {
			kept = append(kept, k)
		}
	}
	shape := []int64{int64(len(kept))}
	if axis >= 0 {
		shape = slices.Clone(x.Shape())
		shape[axis] = int64(len(kept))
	}
	to := lines{l.outer, len(kept), l.inner}
	return e.moved(x, shape, func(i int) int { return l.at(to.of(i), kept[i/l.inner%len(kept)]) })
}

// nonZero lists the indices of the elements that are not zero, those of an axis in a row.
func (e evaluation) nonZero() (*tensor.Tensor, bool) {
	x := e.in[0]
	shape := x.Shape()
	if !e.constantAround(x, signOf) || len(shape) == 0 || x.Len()*len(shape)*8 > e.limit || !e.spend(x.Len()*len(shape)) || x.Type().Bits() < 8 || !x.Type().IsFloat() && !x.Type().IsInteger() && x.Type() != tensor.Bool {
		return nil, false
	}
	var places []int
	for i, v := range x.Float64s() {
		if v != 0 {
			places = append(places, i)
		}
	}
	out := make([]int64, len(places)*len(shape))
	for k, at := range places {
		for axis, size := range slices.Backward(shape) {
			out[axis*len(places)+k] = int64(at % int(size))
			at /= int(size)
		}
	}
	return integers(tensor.Int64, []int64{int64(len(shape)), int64(len(places))}, out)
}

// gatherND takes for each row of the indices the part of the tensor that it names.
func (e evaluation) gatherND() (*tensor.Tensor, bool) {
	x := e.in[0]
	at, ok := e.integersOf(1)
	batch := int(e.n.Int("batch_dims", 0))
	if !ok || batch < 0 || e.in[1].Rank() <= batch || x.Rank() <= batch {
		return nil, false
	}
	list := e.in[1].Shape()
	rows := list[:len(list)-1]
	depth := int(list[len(list)-1])
	if depth < 1 || batch+depth > x.Rank() || !slices.Equal(list[:batch], x.Shape()[:batch]) {
		return nil, false
	}
	each, _ := tensor.Count(rows[batch:]) // rows of one batch
	size, _ := tensor.Count(x.Shape()[batch+depth:])
	whole, _ := tensor.Count(x.Shape()[batch:])
	strides := stridesOf(x.Shape())[batch:]
	base := make([]int, len(at)/depth)
	for row := range base {
		base[row] = row / max(each, 1) * whole
		for k := range depth {
			index, ok := counted(at[row*depth+k], x.Shape()[batch+k])
			if !ok {
				return nil, false
			}
			base[row] += index * strides[k]
		}
	}
	shape := slices.Concat(rows, x.Shape()[batch+depth:])
	return e.moved(x, shape, func(i int) int { return base[i/size] + i%size })
}

// reverseSequence turns the first elements of each sequence of a batch round.
func (e evaluation) reverseSequence() (*tensor.Tensor, bool) {
	x := e.in[0]
	lengths, ok := e.integersOf(1)
	time, batch := e.Int("time_axis"), e.Int("batch_axis")
	if !ok || x.Rank() < 2 || time+batch != 1 || time < 0 || batch < 0 || int64(len(lengths)) != x.Shape()[batch] {
		return nil, false
	}
	inner, _ := tensor.Count(x.Shape()[2:])
	second := int(x.Shape()[1])
	for _, n := range lengths {
		if n < 0 || n > x.Shape()[time] {
			return nil, false
		}
	}
	return e.moved(x, x.Shape(), func(i int) int {
		a, b := i/inner/second, i/inner%second
		if time == 0 {
			if n := int(lengths[b]); a < n {
				a = n - 1 - a
			}
		} else if n := int(lengths[a]); b < n {
			b = n - 1 - b
		}
		return (a*second+b)*inner + i%inner
	})
}

// depthToSpace makes a square of pixels of channels: of those that are a stride apart, or in mode CRD of
// neighbours.
func (e evaluation) depthToSpace() (*tensor.Tensor, bool) {
	x, b := e.in[0].Shape(), e.Int("blocksize")
	if len(x) != 4 || b < 1 || b > 1<<10 || x[1]%(b*b) != 0 {
		return nil, false
	}
	channels := x[1] / (b * b)
	strides := stridesOf(x)
	shape := []int64{x[0], channels, x[2] * b, x[3] * b}
	block, channel := channels, int64(1) // of how many channels the next of a block, and the next channel, is away
	if mode := e.n.Str("mode", "DCR"); mode == "CRD" {
		block, channel = 1, b*b
	} else if mode != "DCR" {
		return nil, false
	}
	return e.moved(e.in[0], shape, func(i int) int {
		n, c, h, w := fourth(i, shape)
		at := (h%b*b+w%b)*block + c*channel
		return int(n)*strides[0] + int(at)*strides[1] + int(h/b)*strides[2] + int(w/b)
	})
}

// spaceToDepth makes channels of a square of pixels.
func (e evaluation) spaceToDepth() (*tensor.Tensor, bool) {
	x, b := e.in[0].Shape(), e.Int("blocksize")
	if len(x) != 4 || b < 1 || b > 1<<10 || x[2]%b != 0 || x[3]%b != 0 {
		return nil, false
	}
	strides := stridesOf(x)
	shape := []int64{x[0], x[1] * b * b, x[2] / b, x[3] / b}
	return e.moved(e.in[0], shape, func(i int) int {
		n, c, h, w := fourth(i, shape)
		place := c / x[1]
		return int(n)*strides[0] + int(c%x[1])*strides[1] + int(h*b+place/b)*strides[2] + int(w*b+place%b)
	})
}

// fourth is the four indices of element i.
func fourth(i int, shape []int64) (n, c, h, w int64) {
	at := int64(i)
	w, at = at%shape[3], at/shape[3]
	h, at = at%shape[2], at/shape[2]
	return at / shape[1], at % shape[1], h, w
}
