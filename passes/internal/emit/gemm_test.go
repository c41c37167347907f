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

func TestGemmApply(t *testing.T) {
	b := graphtest.New(6)
	x := b.Input("x", 1, 2)
	v := b.Node("Gemm", []*graph.Value{x, b.Floats([]int64{2, 1}, 1)}, graph.FloatAttr("alpha", 3))
	b.Graph.AddOutput(v)
	n := v.Producer()
	layer, why := emit.PlanLayer(stencil.Conv{Weight: tensor.Vector{4, 5}, Bias: []float64{6}, In: 2, Out: 1, Group: 1}, n)
	if why != nil {
		t.Fatal(why.Detail)
	}
	layer.Apply(n)
	if !slices.Equal(layer.Kernel(), []int{1, 2}) || n.Int("transB", 0) != 1 || n.Float("alpha", 1) != 1 || n.Int("broadcast", 0) != 1 ||
		!slices.Equal(n.Input(1).Constant().Float64s(), []float64{4, 5}) || n.Input(2).Constant().Float64s()[0] != 6 {
		t.Errorf("the node is %v of %v", n.Attrs(), n.Input(1).Constant().Float64s())
	}
}
