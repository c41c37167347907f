package shapes

import (
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
)

// typeOf is the type of a value that is known by now.
func (s *Shapes) typeOf(v *graph.Value) op.Type {
	f, _ := s.find(v)
	return f.typ
}

// needs are the values that have to be known before v is inferred: its operands, and what its type depends on over the
// border of a sub-graph.
func (s *Shapes) needs(v *graph.Value) []*graph.Value {
	list := operands(v)
	ask := func(of *graph.Value) op.Type {
		list = append(list, of)
		return op.Type{}
	}
	switch n := v.Producer(); {
	case n == nil:
		s.bodyInput(v, ask)
	case n.Is("If"), n.Is("Loop"), n.Is("Scan"), n.Is("SequenceMap"):
		if node, err := op.Of(n); err == nil {
			node.Type(v.ProducerIndex(), ask)
		}
	}
	return list
}

// bodyInput is the type of an input of a sub-graph, by those of the inputs of the node that the sub-graph belongs to.
func (s *Shapes) bodyInput(v *graph.Value, of func(*graph.Value) op.Type) op.Type {
	if v == nil || !v.IsInput() || v.Graph() == nil {
		return op.Type{}
	}
	owner := s.owner(v.Graph())
	if owner == nil {
		return op.Type{}
	}
	node, err := op.Of(owner)
	if err != nil {
		return op.Type{}
	}
	return node.BodyInput(slices.Index(v.Graph().Inputs(), v), of)
}

// owner is the node that a sub-graph belongs to, nil for a graph that is not one.
func (s *Shapes) owner(g *graph.Graph) *graph.Node {
	if g.Outer() == nil {
		return nil
	}
	n, known := s.owners[g]
	if known && (n == nil || n.Graph() != nil) {
		return n
	}
	s.owners[g] = nil
	for n := range g.Outer().Nodes() {
		for sub := range n.Subgraphs() {
			s.owners[sub] = n
		}
	}
	return s.owners[g]
}
