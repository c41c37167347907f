package graph_test

import (
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// negated is a model of Neg nodes in a row, an If among them whose branches are one each, and a constant w that is added.
func negated(t *testing.T, w *tensor.Tensor, names ...string) *graph.Model {
	t.Helper()
	m := graph.NewModel(8, graph.Opset{Version: 17})
	v, err := m.Graph.AddInput("x", graph.Type{Elem: tensor.Float32, Ranked: true, Shape: []tensor.Dim{tensor.Fixed(3)}})
	if err != nil {
		t.Fatal(err)
	}
	add := func(g *graph.Graph, op, name string, inputs ...*graph.Value) *graph.Value {
		n := graph.NewNode(op, inputs...)
		n.TakeOutput(g.NewValue(name))
		g.Append(n)
		return n.Output(0)
	}
	for _, name := range names {
		v = add(m.Graph, "Neg", name, v)
	}
	branch := func(name string) *graph.Graph {
		g := m.Graph.NewSubgraph(name)
		g.AddOutput(add(g, "Neg", "inside_"+name, v))
		return g
	}
	choose := graph.NewNode("If", m.Graph.NewInitializer("yes", tensor.Of[bool](nil, true)))
	choose.SetAttr(&graph.Attr{Name: "then_branch", Kind: graph.AttrGraph, Graph: branch("then")})
	choose.SetAttr(&graph.Attr{Name: "else_branch", Kind: graph.AttrGraph, Graph: branch("else")})
	choose.TakeOutput(m.Graph.NewValue("chosen"))
	m.Graph.Append(choose)
	m.Graph.AddOutput(add(m.Graph, "Add", "y", choose.Output(0), m.Graph.NewInitializer("w", w)))
	return m
}

// TestBecome makes a clone what another model is: whoever holds the graph has the other's nodes, and values of the same names keep their
// origins, those in sub-graphs too.
func TestBecome(t *testing.T) {
	w := tensor.Of([]int64{3}, float32(1), 2, 3)
	original := negated(t, w, "a", "b")
	m := original.Clone()
	g, edits := m.Graph, m.Graph.Edits()
	gone := g.Lookup("b")
	m.Become(negated(t, w, "a"))
	if err := m.Check(); err != nil {
		t.Fatal(err)
	}
	if m.Graph != g || g.Model() != m || g.Edits() == edits {
		t.Error("the graph is another one, or knows nothing of a change")
	}
	if g.Lookup("b") != nil || gone.Graph() != nil {
		t.Error("a value is still there")
	}
	for sub := range g.All() {
		if sub.Model() != m {
			t.Errorf("graph %q is of another model", sub.Name)
		}
		if sub != g && sub.Outer() != g {
			t.Errorf("graph %q is in another graph", sub.Name)
		}
	}
	for _, name := range []string{"x", "a", "chosen", "y"} {
		if v := g.Lookup(name); v.Origin() != original.Graph.Lookup(name) {
			t.Errorf("%s has the origin %v", name, v.Origin())
		}
	}
	inside := slices.Collect(g.Lookup("chosen").Producer().Subgraphs())[0].Outputs()[0]
	if inside.Origin() == nil || inside.Origin().Name() != "inside_then" || inside.Origin().Graph().Model() != original {
		t.Errorf("a value of a sub-graph has the origin %v", inside.Origin())
	}
	again := graph.NewNode("Neg", g.Lookup("a")) // it can be worked with as before
	again.TakeOutput(g.NewValue("b"))
	g.InsertAfter(again, g.Lookup("a").Producer())
	g.SetOutputs(again.Output(0))
	if err := m.Check(); err != nil {
		t.Error(err)
	}
}

// TestBecomeOtherNumbers gives a constant that was folded no origin where the one of its name has other numbers.
func TestBecomeOtherNumbers(t *testing.T) {
	for name, other := range map[string]bool{"the same tensor": false, "another": true} {
		folded := tensor.Of([]int64{3}, float32(1), 2, 3)
		original := negated(t, folded, "a", "b")
		m := original.Clone()
		graph.ReplaceAllUses(m.Graph.Lookup("b"), m.Graph.NewInitializer("folded", folded))
		came := negated(t, folded, "a")
		if other {
			folded = tensor.Of([]int64{3}, float32(1), 2, 4)
		}
		came.Graph.NewInitializer("folded", folded)
		m.Become(came)
		if got := m.Graph.Lookup("folded").Origin(); (got == nil) != other {
			t.Errorf("%s: it has the origin %v", name, got)
		}
	}
}
