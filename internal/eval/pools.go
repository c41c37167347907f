package eval

import (
	"math"
	"slices"

	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/tensor"
)

// pool computes pools.
func (e evaluation) pool() (*tensor.Tensor, bool) {
	switch e.n.OpType {
	case "MaxUnpool":
		return e.unpool()
	case "MaxPool":
		return e.maxPool()
	case "AveragePool", "LpPool":
		return e.pooled()
	case "GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool":
		return e.global()
	}
	return nil, false
}

// windows are the places of a pool over its first input: for each element of the result the elements that it
// is made of.
type windows struct {
	op.Pool
	shape   []int64 // of the result
	from    []int64 // shape of the input
	strides []int
	first   []int // the pads before the image
	size    []int64
}

// windows reads a pool whose result has a shape that is certain.
func (e evaluation) windows() (windows, bool) {
	x := e.in[0]
	says, err := op.ReadPool(e.n)
	if err != nil || e.shape == nil || x.Rank() != len(says.Kernel)+2 || x.Len() == 0 {
		return windows{}, false
	}
	w := windows{Pool: says, shape: e.shape, from: x.Shape(), strides: stridesOf(x.Shape())}
	count, err := tensor.Count(e.shape)
	taps := 1
	for i, k := range says.Kernel {
		begin, end, ok := says.Pads(i, int(x.Shape()[2+i]))
		if !ok || begin < 0 || end < 0 || k < 1 {
			return windows{}, false
		}
		w.first, w.size = append(w.first, begin), append(w.size, int64(k))
		if taps *= k; taps > op.MaxExtent {
			return windows{}, false
		}
	}
	if err != nil || max(x.Type().ByteSize(count), count) > e.limit || taps > *e.work || count > *e.work/taps || !e.spend(count*taps) {
		return windows{}, false
	}
	return w, true
}

// visit calls f with the place of each element under window i.
func (w windows) visit(i int, f func(at int)) {
	corner, base := make([]int, len(w.Kernel)), 0
	rest := i
	for axis, size := range slices.Backward(w.shape) {
		place := rest % int(size)
		if rest /= int(size); axis >= 2 {
			corner[axis-2] = place*w.Strides[axis-2] - w.first[axis-2]
		} else {
			base += place * w.strides[axis]
		}
	}
	taps, _ := tensor.Count(w.size)
	for tap := range taps {
		at, inside := base, true
		for axis, size := range slices.Backward(w.size) {
			p := corner[axis] + tap%int(size)*w.Dilations[axis]
			tap /= int(size)
			inside = inside && p >= 0 && p < int(w.from[2+axis])
			at += p * w.strides[2+axis]
		}
		if inside {
			f(at)
		}
	}
}

// maxPool takes the largest element under each window, and with it says where that is, the first of equal ones.
func (e evaluation) maxPool() (*tensor.Tensor, bool) {
	x := e.in[0]
	w, ok := e.windows()
	if !ok || e.n.Int("storage_order", 0) != 0 || e.out > 0 && x.Computed() || !x.Finite() {
		return nil, false
	}
	values := x.Float64s()
	count, _ := tensor.Count(w.shape)
	best := make([]int, count)
	for i := range best {
		best[i] = -1
		w.visit(i, func(at int) {
			if best[i] < 0 || values[at] > values[best[i]] {
				best[i] = at
			}
		})
		if best[i] < 0 {
			return nil, false // a window that stands on padding only
		}
	}
	if e.out == 0 {
		return e.moved(x, w.shape, func(i int) int { return best[i] })
	}
	out := make([]int64, count)
	for i, at := range best {
		out[i] = int64(at)
	}
	return integers(tensor.Int64, w.shape, out)
}

// pooled computes AveragePool and LpPool.
func (e evaluation) pooled() (*tensor.Tensor, bool) {
	w, ok := e.windows()
	values, ok2 := e.numbersOf(0)
	norm := e.norm()
	if !ok || !ok2 || norm == nil || w.CeilMode && w.CountIncludePad {
		return nil, false // runtimes do not agree on what of a last window counts that reaches past the pads
	}
	taps, _ := tensor.Count(w.size)
	count, _ := tensor.Count(w.shape)
	out := make([]float64, count)
	for i := range out {
		var under []float64
		w.visit(i, func(at int) { under = append(under, values[at]) })
		if out[i] = norm(under); w.CountIncludePad {
			out[i] = sumOf(under) / float64(taps)
		}
	}
	return floats(e.elem, w.shape, out)
}

// global computes a pool over all of each channel.
func (e evaluation) global() (*tensor.Tensor, bool) {
	x := e.in[0]
	norm := e.norm()
	values, ok := e.numbersOf(0)
	if !ok || norm == nil || x.Rank() < 3 || x.Len() == 0 {
		return nil, false
	}
	inner, _ := tensor.Count(x.Shape()[2:])
	out := make([]float64, len(values)/inner)
	for i := range out {
		row := values[i*inner : (i+1)*inner]
		if out[i] = norm(row); e.n.Is("GlobalMaxPool") {
			out[i] = slices.Max(row)
		}
	}
	shape := slices.Concat(x.Shape()[:2], slices.Repeat([]int64{1}, x.Rank()-2))
	return floats(e.elem, shape, out)
}

func sumOf(list []float64) float64 {
	return total(list, func(v float64) float64 { return v })
}

// norm is what a pool makes of the numbers under a window: (Σ|v|ᵖ)^(1/p) for the attribute p, and for a pool
// without it their mean; nil where it is not certain.
func (e evaluation) norm() func([]float64) float64 {
	if !e.n.Is("LpPool") && !e.n.Is("GlobalLpPool") {
		return func(list []float64) float64 { return sumOf(list) / float64(len(list)) }
	}
	p := float64(e.Int("p"))
	if p < 1 || e.n.Graph().Opset() < 2 {
		return nil
	}
	return func(list []float64) float64 {
		return power(total(list, func(v float64) float64 { return power(math.Abs(v), p) }), 1/p)
	}
}

// unpool puts each number where its index says that a MaxPool took it from, among zeros. Indices count the elements of the smallest
// image that the pool can have had; where another size is asked for, runtimes count otherwise.
func (e evaluation) unpool() (*tensor.Tensor, bool) {
	values, ok1 := e.numbersOf(0)
	places, ok2 := e.integersOf(1)
	x := e.in[0].Shape()
	if !ok1 || !ok2 || len(x) < 3 || !slices.Equal(x, e.in[1].Shape()) {
		return nil, false
	}
	says, err := op.ReadPool(e.n)
	if err != nil || len(says.Kernel) != len(x)-2 {
		return nil, false
	}
	shape := slices.Clone(x)
	for i, k := range says.Kernel {
		shape[2+i] = (x[2+i]-1)*int64(says.Strides[i]) + int64(k-says.Begin[i]-says.End[i])
	}
	if _, given := e.operand(2); given {
		if whole, ok := e.integersOf(2); !ok || !slices.Equal(whole, shape) {
			return nil, false
		}
	}
	count, err := tensor.Count(shape)
	if err != nil || e.elem.ByteSize(count) > e.limit || !e.spend(count) {
		return nil, false
	}
	out := make([]float64, count)
	for i, at := range places {
		if at < 0 || at >= int64(count) {
			return nil, false
		}
		out[at] = values[i]
	}
	return floats(e.elem, shape, out)
}
