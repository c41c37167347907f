package bisect

import (
	"context"
	"testing"

	"github.com/acdeploy/acdeploy/backends/reference"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
	"github.com/acdeploy/acdeploy/verify"
)

// inBranch takes every Abs in a sub-graph for nothing.
type inBranch struct{}

func (inBranch) Run(_ context.Context, r *pipeline.Rewriter) error {
	for g := range r.Graph().All() {
		for n := range g.Nodes() {
			if g.Outer() != nil && n.Is("Abs") && graph.CanReplace(n.Output(0), n.Input(0)) {
				r.Rewrite(n.Label(), "removed", func() { graph.ReplaceAllUses(n.Output(0), n.Input(0)); g.Remove(n) })
			}
		}
	}
	return nil
}

// A wrong rewrite in a sub-graph is found, and the extract has the node that holds the sub-graph.
func TestSearchInASubgraph(t *testing.T) {
	m := graph.NewModel(8, graph.Opset{Version: 17})
	typ := graph.Type{Elem: tensor.Float32, Ranked: true, Shape: []tensor.Dim{tensor.Fixed(4)}}
	x, err := m.Graph.AddInput("x", typ)
	if err != nil {
		t.Fatal(err)
	}
	put := func(g *graph.Graph, op string, in *graph.Value) *graph.Value {
		n := graph.NewNode(op, in)
		n.Name = g.FreshNodeName(op)
		n.TakeOutput(g.NewValue(op))
		n.Output(0).SetType(typ)
		g.Append(n)
		return n.Output(0)
	}
	y := x
	for range 5 {
		y = put(m.Graph, "Sin", y)
	}
	choice := graph.NewNode("If", m.Graph.NewInitializer("always", tensor.Of(nil, true)))
	for _, name := range []string{"then_branch", "else_branch"} {
		body := m.Graph.NewSubgraph(name)
		body.AddOutput(put(body, "Neg", put(body, "Abs", put(body, "Neg", y))))
		choice.SetAttr(&graph.Attr{Name: name, Kind: graph.AttrGraph, Graph: body})
	}
	choice.TakeOutput(m.Graph.NewValue("If"))
	choice.Output(0).SetType(typ)
	m.Graph.Append(choice)
	m.Graph.AddOutput(put(m.Graph, "Sin", choice.Output(0)))
	s := &Search{
		Model: m,
		Steps: func() ([]pipeline.Step, error) { return []pipeline.Step{{Name: "in_branch", Pass: inBranch{}}}, nil },
		Tests: []Test{Proof(verify.ExactBy(reference.OpenPartly), verify.Defaults(), nil)},
	}
	f, err := s.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if f.Pass != "in_branch" || f.Whole {
		t.Errorf("got %+v", f)
	}
	for n := range f.Before.Graph.Nodes() {
		if !n.Is("If") {
			t.Errorf("before: %s", n.Label())
		}
	}
	if n := f.Extract.Graph.Len(); n != 1 {
		t.Errorf("the extract has %d nodes", n)
	}
}
