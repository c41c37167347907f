package emit_test

import (
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/emit"
	"github.com/acdeploy/acdeploy/tensor"
)

// TestPlanLayer builds a layer of the kind and the element type of the layer that it is like.
func TestPlanLayer(t *testing.T) {
	for _, kind := range []string{"Conv", "Gemm"} {
		b := graphtest.New(17)
		var x, v *graph.Value
		var plan stencil.Conv
		want := []float64{1, 2, 3}
		if kind == "Conv" {
			x = b.Input("x", 1, 1, 6, 6)
			v, plan = b.Conv(x, 1, 1, []int64{1, 1}, []int64{0, 0, 0, 0}, 1), wide([]float64{7}, want...)
		} else {
			x, want = b.Input("x", 1, 2), want[:2]
			v = b.Node("Gemm", []*graph.Value{x, b.Floats([]int64{2, 1}, 1)})
			plan = stencil.Conv{Weight: tensor.Vector(want), Bias: []float64{7}, In: 2, Out: 1, Group: 1}
		}
		b.Graph.AddOutput(v)
		layer, why := emit.PlanLayer(plan, v.Producer())
		if why != nil {
			t.Fatalf("%s: %s", kind, why.Detail)
		}
		n := layer.Build(v.Producer(), x, v.Producer())
		if !n.Is(kind) || !slices.Equal(slices.Collect(b.Graph.Nodes()), []*graph.Node{n, v.Producer()}) || n.Input(0) != x || n.Input(1).Elem() != tensor.Float32 || n.Output(0) == v {
			t.Errorf("%s: built %s of %v", kind, n.OpType, n.Inputs())
		}
		if !slices.Equal(n.Input(1).Constant().Float64s(), want) || n.Input(2).Constant().Float64s()[0] != 7 {
			t.Errorf("%s: its weight is %v", kind, n.Input(1).Constant().Float64s())
		}
	}
}
