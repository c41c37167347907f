package equalize

import (
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/tensor"
)

// chainOf is Gemm, then the given operators, then Gemm, over rows of two numbers. The first channel of the first Gemm is 64 times as
// large as the second.
func chainOf(t *testing.T, ops ...string) *graph.Model {
	t.Helper()
	m := graph.NewModel(8, graph.Opset{Version: 17})
	g := m.Graph
	x, err := g.AddInput("x", graph.Type{Elem: tensor.Float32, Ranked: true, Shape: []tensor.Dim{tensor.Fixed(3), tensor.Fixed(2)}})
	if err != nil {
		t.Fatal(err)
	}
	add := func(name, op string, in ...*graph.Value) {
		n := graph.NewNode(op, in...)
		n.Name = name
		x = g.NewValue(name)
		if err := n.AddOutput(x); err != nil {
			t.Fatal(err)
		}
		g.Append(n)
	}
	add("first", "Gemm", x, g.NewInitializer("w1", tensor.Of([]int64{2, 2}, float32(64), 1, 64, 1)))
	for _, op := range ops {
		add(strings.ToLower(op), op, x)
	}
	add("last", "Gemm", x, g.NewInitializer("w2", tensor.Of([]int64{2, 2}, float32(1), 1, 1, 1)))
	g.AddOutput(x)
	return m
}

func TestMake(t *testing.T) {
	m := chainOf(t, "Relu")
	plan := Make(m.Graph, shapes.Of(m.Graph), false)
	if len(plan.Groups) != 1 || len(plan.Left) != 0 {
		t.Fatalf("%d groups, left %v", len(plan.Groups), plan.Left)
	}
	g := plan.Groups[0]
	if want := "channels equalized between first and last, times 2^-3 to 2^0"; g.Layer != "first" || g.Detail != want {
		t.Errorf("%s: %s", g.Layer, g.Detail)
	}
	apply, why := g.Plan()
	if why != nil {
		t.Fatal(why.Detail)
	}
	apply()
	if again := Make(m.Graph, shapes.Of(m.Graph), false); len(again.Groups) != 0 {
		t.Errorf("a second time: %s", again.Groups[0].Detail)
	}
}

func TestMakeSaysWhatIsLeft(t *testing.T) {
	m := chainOf(t, "Sigmoid")
	plan := Make(m.Graph, shapes.Of(m.Graph), false)
	if len(plan.Groups) != 0 || len(plan.Left) != 1 || plan.Left[0].Layer != "first" || !strings.Contains(plan.Left[0].Why.Detail, "sigmoid") {
		t.Errorf("%d groups, left %+v", len(plan.Groups), plan.Left)
	}
}
