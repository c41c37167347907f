package passes

import (
	"slices"

	"github.com/acdeploy/acdeploy/graph"
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

// readSum returns n as a sum: Add, Sub, Sum, Mean, or a ReduceSum that adds up what was stacked for it.
func readSum(n *graph.Node) (sum, bool) {
	s := sum{node: n, divisor: 1}
	switch {
	case n.NumInputs() == 0 || n.Output(0) == nil:
		return s, false
	case n.Is("ReduceSum"):
		return stackedSum(n)
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

// stackedSum reads Unsqueeze of each summand, Concat and ReduceSum, all along the same new axis.
func stackedSum(n *graph.Node) (sum, bool) {
	s := sum{node: n, divisor: 1}
	concat := n.Input(0).Producer()
	if !concat.Is("Concat") || concat.Graph() != n.Graph() || n.Int("keepdims", 1) != 0 || !usedOnlyBy(n.Input(0), n) {
		return s, false
	}
	axis, ok := oneAxis(n, 13)
	if !ok || axis != concat.Int("axis", 0) || concat.Attr("axis") == nil {
		return s, false
	}
	s.helpers = []*graph.Node{concat}
	for _, v := range concat.Inputs() {
		unsqueeze := v.Producer()
		if !unsqueeze.Is("Unsqueeze") || unsqueeze.Graph() != n.Graph() || unsqueeze.Input(0) == nil || !usedOnlyBy(v, concat) {
			return s, false
		}
		if at, ok := oneAxis(unsqueeze, 13); !ok || at != axis {
			return s, false
		}
		s.helpers = append(s.helpers, unsqueeze)
		s.add(unsqueeze.Input(0), 1, 0)
	}
	return s, len(s.summands) > 0
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
		if axes, ok = constantInts(n.Input(1)); !ok {
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
func (s sum) isInner() bool {
	u := s.node.Output(0).OnlyUse()
	if u == nil || s.divisor != 1 || u.Node.Graph() != s.node.Graph() {
		return false
	}
	_, ok := readSum(u.Node)
	return ok && !u.Node.Is("ReduceSum")
}
