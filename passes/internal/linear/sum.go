package linear

import (
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/internal/shapes"
)

// Sum is a node that adds values up, whatever it is called.
type Sum struct {
	Node    *graph.Node
	Addends []Addend
	Divisor int           // of the whole sum: a mean divides by the number of addends
	Helpers []*graph.Node // between the addends and the node, the last one first
}

// Addend is a value and how often it is added and subtracted.
type Addend struct {
	Value       *graph.Value
	Plus, Minus int
}

// Factor is what the i-th addend is multiplied by.
func (s Sum) Factor(i int) float64 {
	return float64(s.Addends[i].Plus-s.Addends[i].Minus) / float64(s.Divisor)
}

// Add counts a value in.
func (s *Sum) Add(v *graph.Value, plus, minus int) {
	i := slices.IndexFunc(s.Addends, func(x Addend) bool { return x.Value == v })
	if i < 0 {
		i = len(s.Addends)
		s.Addends = append(s.Addends, Addend{Value: v})
	}
	s.Addends[i].Plus += plus
	s.Addends[i].Minus += minus
}

// ReadSum returns n as a sum: Add, Sub, Sum, Mean, or a ReduceSum or ReduceMean of what was stacked for it.
func ReadSum(n *graph.Node, known *shapes.Shapes) (Sum, bool) {
	s := Sum{Node: n, Divisor: 1}
	switch {
	case n.NumInputs() == 0 || n.Output(0) == nil:
		return s, false
	case stacks(n):
		return stackedSum(n, known)
	case n.Is("Sum"):
	case n.Is("Mean"):
		s.Divisor = n.NumInputs()
	case (n.Is("Add") || n.Is("Sub")) && n.NumInputs() == 2:
		// Before opset 7 the operands have one shape unless the attribute says that one of them is spread.
		if spreads(n) {
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
			s.Add(v, 0, 1)
		default:
			s.Add(v, 1, 0)
		}
	}
	return s, true
}

// spreads reports whether a sum of an opset before 7 spreads its second operand over the first.
func spreads(n *graph.Node) bool {
	old, ok := op.ReadOldBroadcast(n)
	return ok && old.On
}

// stacks reports whether n may be the end of a sum of what was stacked.
func stacks(n *graph.Node) bool { return n.Is("ReduceSum") || n.Is("ReduceMean") || n.Is("Squeeze") }

// stackedSum reads Unsqueeze of each addend, Concat and a reduction, all along the same new axis, and a Squeeze
// where the reduction keeps it.
func stackedSum(n *graph.Node, known *shapes.Shapes) (Sum, bool) {
	s := Sum{Node: n, Divisor: 1}
	var axes []int64
	take := func(axis int64, ok bool) bool { axes = append(axes, axis); return ok }
	reduce := n
	if n.Is("Squeeze") {
		if reduce = n.Input(0).Producer(); reduce == nil || reduce.Graph() != n.Graph() || !isOnlyUsedBy(n.Input(0), n) || !take(oneAxis(n)) {
			return s, false
		}
		s.Helpers = append(s.Helpers, reduce)
	}
	if !reduce.Is("ReduceSum") && !reduce.Is("ReduceMean") || keepsAxes(reduce) != n.Is("Squeeze") || !take(oneAxis(reduce)) {
		return s, false
	}
	concat := reduce.Input(0).Producer()
	if !concat.Is("Concat") || concat.Graph() != n.Graph() || !isOnlyUsedBy(reduce.Input(0), reduce) {
		return s, false
	}
	said, err := op.Of(concat)
	if err != nil {
		return s, false
	}
	take(said.Int("axis"), true)
	s.Helpers = append(s.Helpers, concat)
	for _, v := range concat.Inputs() {
		unsqueeze := v.Producer()
		if !unsqueeze.Is("Unsqueeze") || unsqueeze.Graph() != n.Graph() || unsqueeze.Input(0) == nil || !isOnlyUsedBy(v, concat) || !take(oneAxis(unsqueeze)) {
			return s, false
		}
		s.Helpers = append(s.Helpers, unsqueeze)
		s.Add(unsqueeze.Input(0), 1, 0)
	}
	if reduce.Is("ReduceMean") {
		s.Divisor = concat.NumInputs()
	}
	return s, len(s.Addends) > 0 && areOneAxis(axes, reduce.Input(0), known)
}

// keepsAxes reports whether the axes that a reduction reduces stay in its result.
func keepsAxes(n *graph.Node) bool {
	said, err := op.Of(n)
	return err == nil && said.Flag("keepdims")
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

// isOnlyUsedBy reports whether n alone uses v, once or more.
func isOnlyUsedBy(v *graph.Value, n *graph.Node) bool {
	for u := range v.Uses() {
		if u.Node != n {
			return false
		}
	}
	return true
}

// oneAxis is the only axis in the list of axes of a node, as it is written.
func oneAxis(n *graph.Node) (int64, bool) {
	said, err := op.Of(n)
	if err != nil {
		return 0, false
	}
	axes, _, err := said.List("axes", op.Constant)
	if err != nil || len(axes) != 1 {
		return 0, false
	}
	return axes[0], true
}

// IsInner reports whether the result of a sum goes into another sum and nowhere else, so that the two
// are one.
func (s Sum) IsInner(known *shapes.Shapes) bool {
	u := s.Node.Output(0).OnlyUse()
	if u == nil || s.Divisor != 1 || u.Node.Graph() != s.Node.Graph() {
		return false
	}
	_, ok := ReadSum(u.Node, known)
	return ok && !stacks(u.Node)
}
