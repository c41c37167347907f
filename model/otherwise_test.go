package model_test

import (
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/tensor"
)

// TestOtherwise names what a second model computes by another node, from another value, or from other numbers.
func TestOtherwise(t *testing.T) {
	build := func() *graph.Model {
		m := line(t)
		c := m.Graph.Outputs()[0]
		n := graph.NewNode("Mul", c, m.Graph.NewInitializer("w", tensor.Compute(tensor.Float32, []int64{1}, tensor.Vector{1. / 3})))
		n.SetAttr(graph.IntAttr("axis", 1))
		n.TakeOutput(m.Graph.NewValue("d"))
		m.Graph.Append(n)
		m.Graph.SetOutputs(n.Output(0))
		return m
	}
	for name, c := range map[string]struct {
		change func(g *graph.Graph)
		want   []string
	}{
		"nothing":         {func(*graph.Graph) {}, nil},
		"the same, named": {func(g *graph.Graph) { g.Lookup("w").Rename("v") }, nil},
		"as it is stored": {func(g *graph.Graph) { g.Lookup("w").SetData(tensor.Of([]int64{1}, float32(1)/3)) }, nil},
		"another number":  {func(g *graph.Graph) { g.Lookup("w").SetData(tensor.Of([]int64{1}, float32(2))) }, []string{"d"}},
		"another shape":   {func(g *graph.Graph) { g.Lookup("w").SetData(tensor.Of([]int64{}, float32(1)/3)) }, []string{"d"}},
		"another operator": {func(g *graph.Graph) {
			n := graph.NewNode("Neg", g.Lookup("a"))
			n.TakeOutput(g.NewValue("new"))
			g.InsertAfter(n, g.Lookup("a").Producer())
			g.Lookup("b").Producer().SetInput(0, n.Output(0))
		}, []string{"new", "b"}},
		"another attribute": {func(g *graph.Graph) { g.Lookup("d").Producer().SetAttr(graph.IntAttr("axis", 2)) }, []string{"d"}},
	} {
		second := build()
		c.change(second.Graph)
		got, err := model.Otherwise(build(), second)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, %v; want %q", name, got, err, c.want)
		}
	}
}
