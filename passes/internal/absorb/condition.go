package absorb

import (
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
	"github.com/acdeploy/acdeploy/passes/internal/emit"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
	"github.com/acdeploy/acdeploy/tensor"
)

// condition says which maps pass an operator f, what becomes of them, and what of the operator:
//
//	forward     f(s·x + t) = s'·f(x) + t'       back is false; s, t are given
//	backward    s·f(x) + t = f(s'·x + t')       back is true
//
// The change of the operator is nil for none.
type condition func(m mapped, back bool) (mapped, func(), *refusal.Refusal)

// stays says that an operator lets a map of this kind not pass: there is no target that can take it in.
func stays(n *graph.Node, why string) *refusal.Refusal {
	return refusal.New(refusal.NoConvolution, "the %s %s is between it and the convolution, and %s", n.OpType, n.Label(), why)
}

const (
	noConstants = "a constant does not pass that"
	noNegatives = "a negative scale does not pass that"
)

// noConstant lets scales pass.
func noConstant(n *graph.Node) condition {
	return func(m mapped, _ bool) (mapped, func(), *refusal.Refusal) {
		if !m.all(func(_, offset float64) bool { return offset == 0 }) {
			return m, nil, stays(n, noConstants)
		}
		return m, nil, nil
	}
}

// rectified lets scales that are not negative pass.
func rectified(n *graph.Node) condition {
	return func(m mapped, _ bool) (mapped, func(), *refusal.Refusal) {
		switch {
		case !m.all(func(_, offset float64) bool { return offset == 0 }):
			return m, nil, stays(n, noConstants)
		case !m.all(func(scale, _ float64) bool { return scale >= 0 }):
			return m, nil, stays(n, noNegatives)
		}
		return m, nil, nil
	}
}

// magnitude lets scales pass an Abs: behind it they are positive.
func magnitude(n *graph.Node) condition {
	return func(m mapped, back bool) (mapped, func(), *refusal.Refusal) {
		if back {
			return rectified(n)(m, back)
		}
		if _, _, why := noConstant(n)(m, back); why != nil {
			return m, nil, why
		}
		return m.with(func(scale, offset float64) (float64, float64) { return max(scale, -scale), offset }), nil, nil
	}
}

// noConstantPadded lets scales pass an average that counts its padding.
func noConstantPadded(n *graph.Node) condition {
	return func(m mapped, _ bool) (mapped, func(), *refusal.Refusal) {
		if !m.all(func(_, offset float64) bool { return offset == 0 }) {
			return m, nil, refusal.New(refusal.PaddingMode, "%s includes its padding in the average, and the constant is not added to the padding; export with count_include_pad=0", n.Label())
		}
		return m, nil, nil
	}
}

// maximum lets maps pass that keep the order of numbers. Where a window may have no number in it, it gives the lowest
// number there is, which only a positive scale leaves as it is.
func maximum(n *graph.Node, meets bool) condition {
	return func(m mapped, _ bool) (mapped, func(), *refusal.Refusal) {
		switch {
		case !m.all(func(scale, _ float64) bool { return scale >= 0 }):
			return m, nil, refusal.New(refusal.Unsupported, "%s takes the maximum, and a negative scale would make that the minimum; it folds if it comes before the pool", n.Label())
		case !meets && !m.all(func(scale, offset float64) bool { return scale > 0 && offset == 0 }):
			return m, nil, refusal.New(refusal.PaddingMode, "a window of %s may lie entirely in the padding; export with pads smaller than the kernel", n.Label())
		}
		return m, nil, nil
	}
}

// extremeOf lets maps pass the maximum or minimum of so many numbers. Of none it is infinite, and a scale of zero makes no number of that.
func extremeOf(n *graph.Node, count int) condition {
	return func(m mapped, back bool) (mapped, func(), *refusal.Refusal) {
		if count < 1 && !m.all(func(scale, _ float64) bool { return scale != 0 }) {
			return m, nil, refusal.New(refusal.Unsupported, "%s may compare no numbers at all, of which a scale of zero makes none; export the model with its sizes", n.Label())
		}
		return maximum(n, true)(m, back)
	}
}

// sumOf lets maps pass a sum of so many numbers, scales alone where it is not known how many.
func sumOf(n *graph.Node, count int) condition {
	return func(m mapped, back bool) (mapped, func(), *refusal.Refusal) {
		if count < 1 {
			return noConstant(n)(m, back)
		}
		return m.with(func(scale, offset float64) (float64, float64) {
			if back {
				return scale, offset / float64(count)
			}
			return scale, float64(offset * float64(count))
		}), nil, nil
	}
}

// padsWith lets maps pass a Pad of some axes with a constant. Where that becomes another one, all along the axes have one map.
func padsWith(n *graph.Node, number float64, axes []int) condition {
	return func(m mapped, back bool) (mapped, func(), *refusal.Refusal) {
		next, first, same := number, true, true
		m.all(func(scale, offset float64) bool {
			now := float64(scale*number) + offset
			if !back {
				if same = same && scale != 0; !same {
					return false
				}
				now = (number - offset) / scale
			}
			same = same && (first || now == next)
			next, first = now, false
			return true
		})
		edit, ok := setNumber(n, 2, "value", number, next)
		if next != number {
			same = same && m.open == closed && !slices.ContainsFunc(axes, func(axis int) bool { return m.period[axis] > 1 })
		}
		if !same || !ok {
			return m, nil, refusal.New(refusal.PaddingMode, "%s pads with %g, and no one number would do after the fold; it folds if the padding comes before the constant", n.Label(), number)
		}
		return m, edit, nil
	}
}

// move lets one map with a positive scale pass a Clip, whose bounds go with it.
func (c clip) move(m mapped, back bool) (mapped, func(), *refusal.Refusal) {
	scale, offset, ok := m.one()
	if !ok || scale <= 0 {
		return m, nil, stays(c.Node, "only one positive scale and one constant for all numbers pass that")
	}
	var edits []func()
	for i, bound := range c.bound {
		next := float64(bound*scale) + offset
		if !back {
			next = (bound - offset) / scale
		}
		edit, ok := setNumber(c.Node, c.input[i], c.attr[i], bound, next)
		if !ok {
			return m, nil, stays(c.Node, "its bounds would not be exact")
		}
		if edit != nil {
			edits = append(edits, edit)
		}
	}
	return m, func() {
		for _, edit := range edits {
			edit()
		}
	}, nil
}

// setNumber gives a node another number, in an input or else in an attribute, which holds numbers of float32 only. The
// change is nil where the number stays; false where the node cannot hold it.
func setNumber(n *graph.Node, input int, attr string, now, next float64) (func(), bool) {
	if now == next {
		return nil, true
	}
	if v := n.Input(max(input, 0)); input >= 0 && v != nil {
		t, why := algebra.Parameter(n, input, attr)
		if why != nil {
			return nil, false
		}
		made, why := emit.Bias(t.Type(), []float64{next}, t.Shape()...)
		return func() { emit.SetParameter(n, input, v.Name(), made) }, why == nil
	}
	if float64(float32(next)) != next || n.Graph().Opset() >= 11 {
		return nil, false
	}
	return func() { n.SetAttr(graph.FloatAttr(attr, float32(next))) }, true
}

// constantOf is a constant after the map of each of its numbers has changed it. It takes the size of the labels on an
// axis where it had one element for all.
func constantOf(t *tensor.Tensor, m mapped, give func(x, scale, offset float64) float64) (*tensor.Tensor, *refusal.Refusal) {
	rank := max(t.Rank(), len(m.period))
	shape, old := make([]int64, rank), make([]int, rank)
	sizes := make([]int, rank)
	for i := range shape {
		shape[i], old[i] = 1, 1
		if at := i - rank + t.Rank(); at >= 0 {
			shape[i], old[i] = t.Shape()[at], int(t.Shape()[at])
		}
		if at := i - rank + len(m.period); at >= 0 && m.period[at] > 1 && shape[i] == 1 {
			size := m.sizes[at].number()
			if size < 1 {
				return nil, cannotBeFollowed("a constant")
			}
			shape[i] = int64(size)
		}
		sizes[i] = int(shape[i])
	}
	for len(shape) > t.Rank() && shape[0] == 1 {
		shape = shape[1:]
	}
	numbers := t.Float64s()
	made, ok := table(nil, sizes, func(index []int) int {
		flat := 0
		for i, n := range old {
			flat = flat*n + index[i]%max(n, 1)
		}
		return flat
	})
	if !ok {
		return nil, refusal.New(refusal.Unsupported, "a constant would become too large; it stays as it is")
	}
	out := make([]float64, len(made.at))
	place := 0
	_, _ = table(nil, sizes, func(index []int) int {
		scale, offset := m.of(m.get(index[rank-len(m.period):]))
		out[place] = give(numbers[made.at[place]], scale, offset)
		place++
		return 0
	})
	return emit.Bias(t.Type(), out, shape...)
}
