package model_test

import (
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/tensor"
)

// line is x ─▶ a ─▶ b ─▶ c, each the Relu of the one before it; c is the output.
func line(t *testing.T) *graph.Model {
	t.Helper()
	m := graph.NewModel(8, graph.Opset{Version: 17})
	v, err := m.Graph.AddInput("x", graph.Type{Elem: tensor.Float32})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a", "b", "c"} {
		n := graph.NewNode("Relu", v)
		v = m.Graph.NewValue(name)
		n.TakeOutput(v)
		m.Graph.Append(n)
	}
	m.Graph.AddOutput(v)
	return m
}

func outputNames(m *graph.Model) []string {
	var names []string
	for _, v := range m.Graph.Outputs() {
		names = append(names, v.Name())
	}
	return names
}

func TestViewAt(t *testing.T) {
	for name, c := range map[string]struct {
		change func(g *graph.Graph)
		want   []string // outputs of the view
		lost   int
	}{
		"an inner value":        {func(g *graph.Graph) { g.SetOutputs(g.Lookup("a")) }, []string{"a"}, 0},
		"two, in another order": {func(g *graph.Graph) { g.SetOutputs(g.Lookup("c"), g.Lookup("a")) }, []string{"c", "a"}, 0},
		"another name":          {func(g *graph.Graph) { g.Lookup("c").Rename("scores") }, []string{"scores"}, 0},
		"the name of another": {func(g *graph.Graph) {
			g.Lookup("a").Rename("old")
			g.Lookup("c").Rename("a")
		}, []string{"a"}, 0},
		"an input": {func(g *graph.Graph) { g.SetOutputs(g.Lookup("x")) }, []string{"x"}, 0},
		"a new value": {func(g *graph.Graph) {
			n := graph.NewNode("Neg", g.Lookup("c"))
			n.TakeOutput(g.NewValue("new"))
			g.Append(n)
			g.AddOutput(n.Output(0))
		}, []string{"c"}, 1},
		"a value that means something else": {func(g *graph.Graph) { g.Lookup("c").Redefine() }, nil, 1},
	} {
		first := line(t)
		second := first.Clone()
		c.change(second.Graph)
		view, err := model.ViewAt(first, second, nil, (*graph.Value).Origin)
		if err != nil {
			t.Fatal(err)
		}
		if got := outputNames(view.Model); !slices.Equal(got, c.want) || len(view.Lost) != c.lost {
			t.Errorf("%s: outputs %q, %d lost; want %q, %d", name, got, len(view.Lost), c.want, c.lost)
		}
		for i, v := range second.Graph.Outputs() {
			if c.lost == 0 && view.Origin(v) != view.Model.Graph.Outputs()[i] {
				t.Errorf("%s: the origin of %q is not output %d of the view", name, v.Name(), i)
			}
		}
		if got := outputNames(first); !slices.Equal(got, []string{"c"}) {
			t.Errorf("%s: the first model has outputs %q", name, got)
		}
		if err := view.Model.Graph.Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
