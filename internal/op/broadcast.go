package op

import "github.com/acdeploy/acdeploy/graph"

// OldBroadcast is how Add, Sub, Mul, Div and the like fit their second operand to the first before opset 7.
type OldBroadcast struct {
	On      bool // otherwise the two have one shape
	HasAxis bool
	Axis    int64 // of the first operand, that of the second operand's first axis; without it the last ones meet
}

// SpreadsFreely reports whether the operands of the operators of a graph broadcast as in NumPy, which they do from
// opset 7 on. Before it a node says in its attribute broadcast that the last one spreads, and no other does.
func SpreadsFreely(g *graph.Graph) bool { return g.Opset() >= 7 }

// ReadOldBroadcast reads an element-wise operator of two operands; false from opset 7 on, where operands
// broadcast as in NumPy.
func ReadOldBroadcast(n *graph.Node) (OldBroadcast, bool) {
	if n.Graph() == nil || SpreadsFreely(n.Graph()) {
		return OldBroadcast{}, false
	}
	o, err := Of(n)
	if err != nil {
		return OldBroadcast{}, true
	}
	return OldBroadcast{o.Flag("broadcast"), o.Has("axis"), o.Int("axis")}, true
}

// Broadcast is the common shape of two shapes by the rule of NumPy; false where they have none.
func Broadcast(a, b []int64) ([]int64, bool) {
	if len(a) < len(b) {
		a, b = b, a
	}
	out := append([]int64{}, a...)
	for i, size := range b {
		at := len(a) - len(b) + i
		switch {
		case out[at] == size || size == 1:
		case out[at] == 1:
			out[at] = size
		default:
			return nil, false
		}
	}
	return out, true
}
