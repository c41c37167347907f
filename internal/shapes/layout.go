package shapes

import (
	"math"
	"slices"

	"github.com/acdeploy/acdeploy/tensor"
)

// layout infers operators that move elements.
func (c call) layout() facts {
	x := c.arg(0)
	switch c.n.OpType {
	case "Reshape", "Flatten", "Squeeze", "Unsqueeze":
		f := c.reshape()
		f.elem = x.elem
		if f.ranked && len(f.shape) <= 1 {
			f.ints = x.ints
		}
		return f
	case "Transpose":
		return c.transpose()
	case "Concat":
		return c.concat()
	case "Slice":
		return c.slice()
	case "Pad":
		return c.pad()
	case "Gather":
		return c.gather()
	case "Expand":
		return c.expand()
	case "Tile":
		return c.tile()
	case "Split":
		return c.split()
	case "DepthToSpace", "SpaceToDepth":
		return c.blocks()
	case "Resize", "Upsample":
		return c.resize()
	}
	return c.source()
}

func (c call) transpose() facts {
	x := c.arg(0)
	if !x.ranked {
		return facts{elem: x.elem}
	}
	out := slices.Clone(x.shape)
	perm := c.n.Ints("perm")
	if perm == nil {
		slices.Reverse(out)
		return shaped(x.elem, out)
	}
	if set, ok := axes(perm, len(out)); !ok || len(set) != len(out) {
		return facts{elem: x.elem}
	}
	for i, p := range perm {
		at, _ := axis(p, len(out))
		out[i] = x.shape[at]
	}
	return shaped(x.elem, out)
}

func (c call) concat() facts {
	x := c.arg(0)
	f := facts{elem: x.elem, ints: []Dim{}}
	var out []Dim
	at := 0
	for i, in := range c.in {
		if !in.ranked {
			return facts{elem: x.elem}
		}
		if i == 0 {
			var ok bool
			if at, ok = axis(c.n.Int("axis", 1), len(in.shape)); !ok {
				return facts{elem: x.elem}
			}
			out = slices.Clone(in.shape)
		} else if len(in.shape) != len(out) {
			return facts{elem: x.elem}
		}
		for k, d := range in.shape {
			switch {
			case k == at && i > 0:
				out[k] = c.terms.sum(out[k], d)
			case d.term == nil:
				out[k] = d // sizes off the axis are equal: the number says it
			}
		}
		if in.ints == nil || len(f.ints) > maxInts {
			f.ints = nil
		}
		if f.ints != nil {
			f.ints = append(f.ints, in.ints...)
		}
	}
	f.ranked, f.shape = true, out
	return f
}

func (c call) slice() facts {
	x := c.arg(0)
	starts, given, ok1 := c.listOr("starts", 1)
	ends, _, ok2 := c.listOr("ends", 2)
	where, whereGiven, ok3 := c.listOr("axes", 3)
	steps, stepsGiven, ok4 := c.listOr("steps", 4)
	if !x.ranked {
		return facts{elem: x.elem}
	}
	out := slices.Clone(x.shape)
	if !ok3 {
		for i := range out {
			out[i] = none()
		}
		return shaped(x.elem, out)
	}
	if !whereGiven {
		count := len(starts)
		if !ok1 || !given {
			count = len(out)
		}
		for i := range min(count, len(out)) {
			where = append(where, int64(i))
		}
	}
	if _, ok := axes(where, len(out)); !ok {
		return facts{elem: x.elem}
	}
	known := given && ok1 && ok2 && ok4 && len(starts) == len(where) && len(ends) == len(where) &&
		(!stepsGiven || len(steps) == len(where))
	var f facts
	for i, a := range where {
		at, _ := axis(a, len(out))
		if !known {
			out[at] = none()
			continue
		}
		step := int64(1)
		if stepsGiven {
			step = steps[i]
		}
		out[at] = c.sliced(x.shape[at], starts[i], ends[i], step)
		if x.ints != nil && len(x.shape) == 1 {
			f.ints = cut(x.ints, starts[i], ends[i], step)
		}
	}
	f.elem, f.ranked, f.shape = x.elem, true, out
	return f
}

// sliced is the length of start:end:step of an axis of size x.
func (c call) sliced(x Dim, start, end, step int64) Dim {
	if step <= 0 || step > limit {
		if size, ok := x.Size(); ok && step < 0 && step > -limit {
			return Fixed(int64(len(backward(size, start, end, step))))
		}
		return none()
	}
	var kept Dim
	size, ok := x.Size()
	toEnd := end >= math.MaxInt32
	switch {
	case ok:
		kept = Fixed(max(bound(end, size)-bound(start, size), 0))
	case start >= 0 && toEnd:
		kept = plus(x, -start)
	case start >= 0 && end < 0:
		kept = plus(plus(x, end), -start)
	default:
		return none()
	}
	return c.terms.quotient(plus(c.terms.atLeastZero(kept), step-1), step)
}

// bound resolves a position that may count from the end, and moves it inside.
func bound(at, size int64) int64 {
	if at < 0 {
		at += size
	}
	return min(max(at, 0), size)
}

// backward lists the positions that a slice with a negative step takes, for axes that are short.
func backward(size, start, end, step int64) []int {
	var at []int
	if size > 1<<16 || size <= 0 {
		return nil
	}
	if start < 0 {
		start += size
	}
	if end < 0 {
		end = max(end+size, -1)
	}
	for i := min(start, size-1); i > end && i >= 0; i += step {
		at = append(at, int(i))
	}
	return at
}

// cut takes start:end:step of a list; nil for negative steps.
func cut(list []Dim, start, end, step int64) []Dim {
	if step < 1 || step > limit {
		return nil
	}
	size := int64(len(list))
	out := []Dim{}
	for i := bound(start, size); i < bound(end, size); i += step {
		out = append(out, list[i])
	}
	return out
}

func (c call) pad() facts {
	x := c.arg(0)
	if !x.ranked {
		return facts{elem: x.elem}
	}
	name, at := "pads", 1
	if c.n.Attr("paddings") != nil {
		name = "paddings"
	}
	pads, given, ok := c.listOr(name, at)
	where, whereGiven, axesOK := c.listOr("axes", 3)
	if !whereGiven {
		for i := range x.shape {
			where = append(where, int64(i))
		}
	}
	out := slices.Clone(x.shape)
	_, fit := axes(where, len(out))
	if !ok || !axesOK || !given || !fit || len(pads) != 2*len(where) {
		for i := range out {
			out[i] = none()
		}
		return shaped(x.elem, out)
	}
	for i, a := range where {
		k, _ := axis(a, len(out))
		out[k] = plus(plus(out[k], pads[i]), pads[len(where)+i])
	}
	return shaped(x.elem, out)
}

func (c call) gather() facts {
	x, at := c.arg(0), c.arg(1)
	if !x.ranked || !at.ranked {
		return facts{elem: x.elem}
	}
	k, ok := axis(c.n.Int("axis", 0), len(x.shape))
	if !ok {
		return facts{elem: x.elem}
	}
	f := shaped(x.elem, slices.Concat(x.shape[:k], at.shape, x.shape[k+1:]))
	if indices, ok := c.list(1); ok && x.ints != nil && len(x.shape) == 1 && len(at.shape) <= 1 {
		f.ints = make([]Dim, len(indices))
		for i, index := range indices {
			if index < 0 {
				index += int64(len(x.ints))
			}
			if index < 0 || index >= int64(len(x.ints)) {
				return facts{elem: x.elem}
			}
			f.ints[i] = x.ints[index]
		}
	}
	return f
}

func (c call) expand() facts {
	x, to := c.arg(0), c.arg(1)
	if !x.ranked || to.ints == nil || slices.ContainsFunc(to.ints, negative) {
		return facts{elem: x.elem}
	}
	f := shaped(x.elem, broadcast(x.shape, to.ints))
	for i, d := range f.shape {
		if !positive(d) {
			f.shape[i] = none()
		}
	}
	if len(x.ints) == 1 && len(f.shape) == 1 {
		if n, ok := f.shape[0].Size(); ok && n >= 0 && n <= maxInts {
			f.ints = slices.Repeat(x.ints, int(n))
		}
	}
	return f
}

func (c call) tile() facts {
	x := c.arg(0)
	if !x.ranked {
		return facts{elem: x.elem}
	}
	out := slices.Clone(x.shape)
	times := c.arg(1).ints
	for i := range out {
		if len(times) != len(out) || !positive(times[i]) {
			out[i] = none()
			continue
		}
		out[i] = c.terms.product(out[i], times[i])
	}
	return shaped(x.elem, out)
}

// split infers the result of Split that is asked for.
func (c call) split() facts {
	x := c.arg(0)
	if !x.ranked {
		return facts{elem: x.elem}
	}
	out := slices.Clone(x.shape)
	k, ok := axis(c.n.Int("axis", 0), len(out))
	if !ok {
		return facts{elem: x.elem}
	}
	sizes, given, ok := c.listOr("split", 1)
	at, parts := int64(c.out.ProducerIndex()), c.n.Int("num_outputs", int64(c.n.NumOutputs()))
	size, known := out[k].Size()
	switch {
	case given && ok && at < int64(len(sizes)):
		out[k] = Fixed(sizes[at])
	case given || !known || parts < 1 || parts > limit:
		out[k] = none()
	default:
		// The parts are equal but for the last, which may be smaller.
		part := (size + parts - 1) / parts
		out[k] = Fixed(min(part, max(size-at*part, 0)))
	}
	return shaped(x.elem, out)
}

// blocks infers DepthToSpace and SpaceToDepth.
func (c call) blocks() facts {
	x := c.arg(0)
	size := c.n.Int("blocksize", 0)
	if len(x.shape) != 4 || size < 1 || size > 1<<20 {
		return facts{elem: x.elem}
	}
	out := slices.Clone(x.shape)
	if c.n.OpType == "DepthToSpace" {
		out[1] = c.terms.quotient(out[1], size*size)
		out[2], out[3] = c.terms.times(out[2], size), c.terms.times(out[3], size)
	} else {
		out[1] = c.terms.times(out[1], size*size)
		out[2], out[3] = c.terms.quotient(out[2], size), c.terms.quotient(out[3], size)
	}
	return shaped(x.elem, out)
}

// resize infers sizes from constant scales or sizes.
func (c call) resize() facts {
	x := c.arg(0)
	if !x.ranked {
		return facts{elem: x.elem}
	}
	out := slices.Clone(x.shape)
	for i := range out {
		out[i] = none()
	}
	if c.n.Attr("axes") != nil || c.n.Str("keep_aspect_ratio_policy", "stretch") != "stretch" {
		return shaped(x.elem, out)
	}
	at := 2
	if c.n.OpType == "Upsample" || c.n.Graph().Opset() < 11 {
		at = 1
	}
	if sizes := c.arg(3).ints; at == 2 && len(sizes) == len(out) {
		for i, d := range sizes {
			if positive(d) {
				out[i] = d
			}
		}
		return shaped(x.elem, out)
	}
	scales := c.n.Input(at).Constant()
	var factors []float64
	switch {
	case scales != nil && scales.Type() == tensor.Float32 && scales.Len() == len(out):
		factors = scales.Float64s()
	case c.n.Attr("scales") != nil && len(c.n.Attr("scales").Floats) == len(out):
		for _, f := range c.n.Attr("scales").Floats {
			factors = append(factors, float64(f))
		}
	}
	for i, f := range factors {
		out[i] = c.scaled(x.shape[i], f)
	}
	return shaped(x.elem, out)
}

// scaled is ⌊x·f⌋ where no rounding in between can change it: f is an integer, or the product is exact
// in float32.
func (c call) scaled(x Dim, f float64) Dim {
	if f == math.Trunc(f) && f >= 1 && f < 1<<20 {
		return c.terms.times(x, int64(f))
	}
	size, ok := x.Size()
	p := float64(size) * f
	if !ok || size < 0 || size >= 1<<24 || !(f > 0) || p >= 1<<24 || float64(float32(p)) != p {
		return none()
	}
	return Fixed(int64(p))
}
