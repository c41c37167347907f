package reference

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// TestIf runs a branch that captures a value which nothing else reads.
func TestIf(t *testing.T) {
	m := graph.NewModel(8, graph.Opset{Version: 16})
	x, err := m.Graph.AddInput("x", graph.Type{Elem: tensor.Float32})
	if err != nil {
		t.Fatal(err)
	}
	cond, err := m.Graph.AddInput("cond", graph.Type{Elem: tensor.Bool})
	if err != nil {
		t.Fatal(err)
	}
	hidden := appended(t, m.Graph, "Neg", nil, x)
	sub := func(op string) *graph.Graph {
		g := m.Graph.NewSubgraph(op)
		g.AddOutput(appended(t, g, op, nil, hidden, g.NewInitializer("two", tensor.Of([]int64{1}, float32(2)))))
		return g
	}
	y := appended(t, m.Graph, "If", []*graph.Attr{
		{Name: "then_branch", Kind: graph.AttrGraph, Graph: sub("Add")},
		{Name: "else_branch", Kind: graph.AttrGraph, Graph: sub("Mul")},
	}, cond)
	m.Graph.AddOutput(y)
	s, err := OpenGraph(m)
	if err != nil {
		t.Fatal(err)
	}
	for which, want := range map[bool][]float64{true: {-1, -3}, false: {-6, -10}} {
		out, err := s.Run(context.Background(), tensor.Map{
			"x": tensor.Of([]int64{2}, float32(3), 5), "cond": tensor.Of([]int64{}, which),
		})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, out[y.Name()].Float64s()); diff != "" {
			t.Errorf("%t: %s", which, diff)
		}
	}
}
