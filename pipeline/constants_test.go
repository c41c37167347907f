package pipeline

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/tensor"
)

// TestConstantBytes counts initializers that are used, and Constant nodes, those of sub-graphs too; a run says by how much each pass
// changes that.
func TestConstantBytes(t *testing.T) {
	b := graphtest.New(17)
	x := b.Input("x", 4)
	b.Floats([]int64{100}, 1) // nobody uses it
	y := b.Node("Add", []*graph.Value{x, b.Floats([]int64{4}, 1)})
	s := graphtest.Builder{Graph: b.Graph.NewSubgraph("then")}
	c := s.Node("Constant", nil, graph.TensorAttr("value", tensor.Of([]int64{2}, int64(1), 2)))
	s.Graph.AddOutput(s.Node("Tile", []*graph.Value{y, c}))
	choice := b.Node("If", []*graph.Value{b.Input("cond")}, &graph.Attr{Name: "then_branch", Kind: graph.AttrGraph, Graph: s.Graph})
	b.Graph.AddOutput(choice)
	if got := constantBytes(b.Graph); got != 4*4+2*8 {
		t.Errorf("%d bytes", got)
	}
	grow := passFunc(func(r *Rewriter) error {
		if r.Round() == 1 {
			r.Rewrite("Add", "changed", func() { y.Producer().Input(1).SetData(tensor.Of([]int64{1}, float32(1))) })
		}
		return nil
	})
	result, err := Run(t.Context(), chain(t, 1), []Step{{"none", passFunc(func(*Rewriter) error { return nil })}}, Options{})
	if err != nil || result.Passes[0].ConstantBytes != 0 {
		t.Errorf("%+v, %v", result, err)
	}
	m := graphtest.New(17)
	x, w := m.Input("x", 4), m.Floats([]int64{4}, 1)
	y = m.Node("Add", []*graph.Value{x, w})
	m.Graph.AddOutput(y)
	result, err = Run(t.Context(), m.Graph, []Step{{"grow", grow}}, Options{})
	if err != nil || result.Passes[0].ConstantBytes != -12 {
		t.Errorf("%+v, %v", result, err)
	}
}
