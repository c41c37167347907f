package external

import (
	"math"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

func TestSameBytes(t *testing.T) {
	words := func(w ...string) *tensor.Tensor {
		s, err := tensor.NewStrings([]int64{int64(len(w))}, w)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	one := tensor.Of([]int64{2}, float32(1), float32(math.NaN()))
	for name, c := range map[string]struct {
		a, b *tensor.Tensor
		same bool
	}{
		"the same, not numbers":    {one, tensor.Of([]int64{2}, float32(1), float32(math.NaN())), true},
		"zero and minus zero":      {tensor.Of(nil, float32(0)), tensor.Of(nil, float32(math.Copysign(0, -1))), false},
		"another shape":            {one, tensor.Of([]int64{1, 2}, float32(1), float32(math.NaN())), false},
		"words":                    {words("a"), words("a"), true},
		"other words":              {words("a"), words("b"), false},
		"nothing that is a tensor": {one, nil, false},
	} {
		if same, err := sameBytes(c.a, c.b); err != nil || same != c.same {
			t.Errorf("%s: %t, %v", name, same, err)
		}
	}
}

// TestInitializers leaves out a name that two graphs of a model have: nobody knows which of them came back.
func TestInitializers(t *testing.T) {
	m := graph.NewModel(8, graph.Opset{Version: 17})
	m.Graph.NewInitializer("a", tensor.Of(nil, float32(1)))
	m.Graph.NewInitializer("b", tensor.Of(nil, float32(1)))
	choose := graph.NewNode("If", m.Graph.NewInitializer("c", tensor.Of[bool](nil, true)))
	for _, name := range []string{"then_branch", "else_branch"} {
		sub := m.Graph.NewSubgraph(name)
		if _, err := sub.AddInitializer("b", tensor.Of(nil, float32(2))); err != nil {
			t.Fatal(err)
		}
		choose.SetAttr(&graph.Attr{Name: name, Kind: graph.AttrGraph, Graph: sub})
	}
	m.Graph.Append(choose)
	known := initializers(m)
	if known["a"] == nil || known["c"] == nil || known["b"] != nil {
		t.Errorf("got %v", known)
	}
}
