package passes

import (
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
)

// sum is a node that adds values up, whatever it is called.
type sum struct {
	node     *graph.Node
	summands []summand
	divisor  int           // of the whole sum: a mean divides by the number of summands
	helpers  []*graph.Node // between the summands and the node, the last one first
}

// summand is a value and how often it is added and subtracted.
type summand struct {
	value       *graph.Value
	plus, minus int
}

// factor is what the i-th summand is multiplied by.
func (s sum) factor(i int) float64 {
	return float64(s.summands[i].plus-s.summands[i].minus) / float64(s.divisor)
}

// add counts a value in.
func (s *sum) add(v *graph.Value, plus, minus int) {
	i := slices.IndexFunc(s.summands, func(x summand) bool { return x.value == v })
	if i < 0 {
		i = len(s.summands)
		s.summands = append(s.summands, summand{value: v})
	}
	s.summands[i].plus += plus
	s.summands[i].minus += minus
}

// readSum returns n as a sum: Add, Sub, Sum, Mean, or a ReduceSum or ReduceMean of what was stacked for it.
func readSum(n *graph.Node, known *shapes.Shapes) (sum, bool) {
	s := sum{node: n, divisor: 1}
	switch {
	case n.NumInputs() == 0 || n.Output(0) == nil:
		return s, false
	case stacks(n):
		return stackedSum(n, known)
	case n.Is("Sum"):
	case n.Is("Mean"):
		s.divisor = n.NumInputs()
	case (n.Is("Add") || n.Is("Sub")) && n.NumInputs() == 2:
		// Before opset 7 the operands have one shape unless the attribute says that one of them is spread.
		if n.Graph().Opset() < 7 && n.Int("broadcast", 0) != 0 {
			return s, false
		}
	default:
		return s, false
	}
	for i, v := range n.Inputs() {
		switch {
		case v == nil:
			return s, false
		case i == 1 && n.Is("Sub"):
			s.add(v, 0, 1)
		default:
			s.add(v, 1, 0)
		}
	}
	return s, true
}

// stacks reports whether n may be the end of a sum of what was stacked.
func stacks(n *graph.Node) bool { return n.Is("ReduceSum") || n.Is("ReduceMean") || n.Is("Squeeze") }

// stackedSum reads Unsqueeze of each summand, Concat and a reduction, all along the same new axis, and a Squeeze
// where the reduction keeps it.
func stackedSum(n *graph.Node, known *shapes.Shapes) (sum, bool) {
	s := sum{node: n, divisor: 1}
	var axes []int64
	take := func(axis int64, ok bool) bool { axes = append(axes, axis); return ok }
	reduce := n
	if n.Is("Squeeze") {
		if reduce = n.Input(0).Producer(); reduce == nil || reduce.Graph() != n.Graph() || !usedOnlyBy(n.Input(0), n) || !take(oneAxis(n, 13)) {
			return s, false
		}
		s.helpers = append(s.helpers, reduce)
	}
	since := int64(13)
	if reduce.Is("ReduceMean") {
		since = 18
	}
	keeps := reduce.Int("keepdims", 1) != 0
	if !reduce.Is("ReduceSum") && !reduce.Is("ReduceMean") || keeps != n.Is("Squeeze") || !take(oneAxis(reduce, since)) {
		return s, false
	}
	concat := reduce.Input(0).Producer()
	if !concat.Is("Concat") || concat.Graph() != n.Graph() || concat.Attr("axis") == nil || !usedOnlyBy(reduce.Input(0), reduce) {
		return s, false
	}
	take(concat.Int("axis", 0), true)
	s.helpers = append(s.helpers, concat)
	for _, v := range concat.Inputs() {
		unsqueeze := v.Producer()
		if !unsqueeze.Is("Unsqueeze") || unsqueeze.Graph() != n.Graph() || unsqueeze.Input(0) == nil || !usedOnlyBy(v, concat) || !take(oneAxis(unsqueeze, 13)) {
			return s, false
		}
		s.helpers = append(s.helpers, unsqueeze)
		s.add(unsqueeze.Input(0), 1, 0)
	}
	if reduce.Is("ReduceMean") {
		s.divisor = concat.NumInputs()
	}
	return s, len(s.summands) > 0 && areOneAxis(axes, reduce.Input(0), known)
}

// areOneAxis reports whether numbers of axes, which may count from the end, are one axis of v.
func areOneAxis(axes []int64, v *graph.Value, known *shapes.Shapes) bool {
	rank, ok := known.Rank(v)
	for i, axis := range axes {
		if ok && axis < 0 {
			axes[i] = axis + int64(rank)
		}
	}
	return len(slices.Compact(axes)) == 1
}

// usedOnlyBy reports whether n alone uses v, once or more.
func usedOnlyBy(v *graph.Value, n *graph.Node) bool {
	for u := range v.Uses() {
		if u.Node != n {
			return false
		}
	}
	return true
}

// oneAxis is the only axis of a node that has its axes in an attribute, or from the given opset on in
// its second input.
func oneAxis(n *graph.Node, since int64) (int64, bool) {
	axes := n.Ints("axes")
	if n.Graph().Opset() >= since {
		var ok bool
		if axes, ok = algebra.ConstantInts(n.Input(1)); !ok {
			return 0, false
		}
	}
	if len(axes) != 1 {
		return 0, false
	}
	return axes[0], true
}

// isInner reports whether the result of a sum goes into another sum and nowhere else, so that the two
// are one.
func (s sum) isInner(known *shapes.Shapes) bool {
	u := s.node.Output(0).OnlyUse()
	if u == nil || s.divisor != 1 || u.Node.Graph() != s.node.Graph() {
		return false
	}
	_, ok := readSum(u.Node, known)
	return ok && !stacks(u.Node)
}
