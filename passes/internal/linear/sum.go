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

	places map[*graph.Value]int // of the values among the addends
}

// Addend is a value and how often it is added and subtracted.
type Addend struct {
	Value       *graph.Value
	Plus, Minus int
	Uses        int // of the value that these are: fewer where a node between the two is added several times
}

// Factor is what the i-th addend is multiplied by.
func (s Sum) Factor(i int) float64 {
	return float64(s.Addends[i].Plus-s.Addends[i].Minus) / float64(s.Divisor)
}

// Add counts a value in.
func (s *Sum) Add(v *graph.Value, plus, minus int) {
	i := s.place(v)
	if i == len(s.Addends) {
		s.Addends = append(s.Addends, Addend{Value: v})
	}
	s.Addends[i].Plus += plus
	s.Addends[i].Minus += minus
	s.Addends[i].Uses += plus + minus
}

// Join counts in an addend of another sum.
func (s *Sum) Join(x Addend) {
	s.Add(x.Value, x.Plus, x.Minus)
	s.Addends[s.place(x.Value)].Uses += x.Uses - x.Plus - x.Minus
}

// place is where a value is among the addends, or where it goes. A short sum is searched, a long one has an index.
func (s *Sum) place(v *graph.Value) int {
	const short = 8
	if len(s.Addends) < short {
		if i := slices.IndexFunc(s.Addends, func(x Addend) bool { return x.Value == v }); i >= 0 {
			return i
		}
		return len(s.Addends)
	}
	if s.places == nil {
		s.places = make(map[*graph.Value]int, 2*short)
		for i, x := range s.Addends {
			s.places[x.Value] = i
		}
	}
	i, known := s.places[v]
	if !known {
		i = len(s.Addends)
		s.places[v] = i
	}
	return i
}

// ReadSum returns n as a sum: Add, Sub, Sum, Mean, or a ReduceSum or ReduceMean of what was stacked for it.
func ReadSum(n *graph.Node, known *shapes.Shapes) (Sum, bool) {
	s := Sum{Node: n, Divisor: 1}
	switch {
	case n.NumInputs() > 0 && n.Output(0) != nil && stacks(n):
		return stackedSum(n, known)
	case !isSum(n):
		return s, false
	case n.Is("Mean"):
		s.Divisor = n.NumInputs()
	}
	for i, v := range n.Inputs() {
		if i == 1 && n.Is("Sub") {
			s.Add(v, 0, 1)
		} else {
			s.Add(v, 1, 0)
		}
	}
	return s, true
}

// isSum reports whether n is an Add, Sub, Sum or Mean of values that are all there. It looks at no single one of
// them, since each of many addends may ask for it.
func isSum(n *graph.Node) bool {
	switch {
	case n.NumInputs() == 0 || n.Output(0) == nil || n.AbsentInputs() > 0:
		return false
	case n.Is("Sum"), n.Is("Mean"):
		return true
	}
	// Before opset 7 the operands have one shape unless the attribute says that one of them is spread.
	return (n.Is("Add") || n.Is("Sub")) && n.NumInputs() == 2 && !spreads(n)
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
	seen := map[*graph.Value]bool{}
	for _, v := range concat.Inputs() {
		unsqueeze := v.Producer()
		if !unsqueeze.Is("Unsqueeze") || unsqueeze.Graph() != n.Graph() || unsqueeze.Input(0) == nil || !isOnlyUsedBy(v, concat) || !take(oneAxis(unsqueeze)) {
			return s, false
		}
		s.Helpers = append(s.Helpers, unsqueeze)
		x := Addend{Value: unsqueeze.Input(0), Plus: 1, Uses: 1}
		if seen[v] {
			x.Uses = 0
		}
		seen[v] = true
		s.Join(x)
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
func (s Sum) IsInner() bool {
	u := s.Node.Output(0).OnlyUse()
	return u != nil && s.Divisor == 1 && u.Node.Graph() == s.Node.Graph() && isSum(u.Node)
}
