package absorb

import (
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// maxBetween bounds how many nodes may be between a map and its target.
const maxBetween = 8

// path is the way from a map to the target that can take it in.
type path struct {
	target  target
	after   bool          // the target comes after the node
	between []*graph.Node // the one next to the target comes first
	axis    algebra.Axis  // of what the node reads, or of its result where the target comes after it
}

// pathBefore finds the target that the operand comes from, if no other node uses what is between.
func (m Map) pathBefore() (path, *refusal.Refusal) {
	operand := m.Node.Input(m.Operand)
	v := operand
	var p path
	for range maxBetween + 1 {
		before := v.Producer()
		if before == nil {
			break
		}
		t, why := readTarget(before, m.Node, m.Known)
		if t != nil || why != nil {
			if shared := usedHere(v, m.Node); shared != nil {
				return path{}, shared
			}
			if why != nil {
				return path{}, why
			}
			p.target = t
			return m.follow(p, t.result(), axisAfter, operand)
		}
		if quantizes(before) {
			return path{}, refusal.New(refusal.Quantized, "%q comes from %s, which rounds to integers; fuse the model before it is quantized", v.Name(), before.Label())
		}
		if !propagates(before) || usedHere(v, m.Node) != nil {
			break
		}
		p.between = append([]*graph.Node{before}, p.between...)
		v = before.Input(0)
	}
	return path{}, refusal.New(refusal.NoConvolution, "%q does not come from a convolution or a product with a constant matrix", operand.Name())
}

// pathAfter finds the target that alone reads what the node computes.
func (m Map) pathAfter() (path, *refusal.Refusal) {
	result := m.Node.Output(0)
	p := path{after: true}
	v := result
	for range maxBetween + 1 {
		use := mainUse(v)
		if use == nil || use.Node.Graph() != m.Node.Graph() {
			break
		}
		next := use.Node
		if readsImage(next, use.Index) && !next.Is("Add") {
			t, why := readTarget(next, m.Node, m.Known)
			if why != nil {
				return path{}, why
			}
			if t != nil {
				p.target = t
				return m.follow(p, t.operand(), axisBefore, result)
			}
		}
		if quantizes(next) {
			return path{}, refusal.New(refusal.Quantized, "%q goes into %s, which rounds to integers; fuse the model before it is quantized", v.Name(), next.Label())
		}
		if use.Index != 0 || !propagates(next) {
			break
		}
		p.between = append([]*graph.Node{next}, p.between...)
		v = next.Output(0)
	}
	return path{}, refusal.New(refusal.NoConvolution, "%q does not go into exactly one convolution or product with a constant matrix", result.Name())
}

// redefine says of the values between the target and the map's node that they are mapped from now on, or are no
// longer. What the map computes of its operand is nowhere any more where the target takes it in later.
func (p path) redefine(node *graph.Node, operand *graph.Value) {
	for _, n := range p.between {
		if p.after {
			n.Output(0).Redefine()
		} else {
			n.Input(0).Redefine()
		}
	}
	if p.after {
		node.Output(0).Redefine()
	} else {
		operand.Redefine()
	}
}

// follow follows the channels from the target over the nodes between.
func (m Map) follow(p path, v algebra.Axis, over func(*graph.Node, algebra.Axis, *shapes.Shapes) (algebra.Axis, *refusal.Refusal), value *graph.Value) (path, *refusal.Refusal) {
	for _, n := range p.between {
		var why *refusal.Refusal
		if v, why = over(n, v, m.Known); why != nil {
			return path{}, why
		}
	}
	p.axis = v.In(value, m.Known)
	return p, nil
}
