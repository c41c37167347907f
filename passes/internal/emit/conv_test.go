package emit_test

import (
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/emit"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
	"github.com/acdeploy/acdeploy/tensor"
)

// wide is a 1×3 convolution of one channel with these numbers.
func wide(bias []float64, numbers ...float64) stencil.Conv {
	return stencil.Conv{
		Weight: tensor.Vector(numbers), Bias: bias, In: 1, Out: 1, Group: 1, Kernel: []int{1, 3},
		Strides: []int{1, 1}, Dilations: []int{1, 1}, Begin: []int{0, 1}, End: []int{0, 1},
	}
}

func TestConvApply(t *testing.T) {
	b := graphtest.New(17)
	v := b.Conv(b.Input("x", 1, 1, 6, 6), 1, 1, []int64{1, 1}, []int64{0, 0, 0, 0}, 1)
	b.Graph.AddOutput(v)
	layer, why := emit.PlanLayer(wide([]float64{7}, 1, 2, 3), v.Producer())
	if why != nil {
		t.Fatal(why.Detail)
	}
	n := v.Producer()
	if n.Input(1).Constant().Len() != 1 {
		t.Fatal("planning changed the graph")
	}
	layer.Apply(n)
	if !slices.Equal(layer.Kernel(), []int{1, 3}) || !slices.Equal(n.Ints("pads"), []int64{0, 1, 0, 1}) ||
		!slices.Equal(n.Input(1).Constant().Float64s(), []float64{1, 2, 3}) || n.Input(2).Constant().Float64s()[0] != 7 {
		t.Errorf("the node has pads %v, weight %v", n.Ints("pads"), n.Input(1).Constant().Float64s())
	}
}

func TestConvBuild(t *testing.T) {
	b := graphtest.New(17)
	x := b.Input("x", 1, 1, 6, 6)
	v := b.Conv(x, 1, 1, []int64{1, 1}, []int64{0, 0, 0, 0}, 1)
	b.Graph.AddOutput(v)
	layer, _ := emit.PlanLayer(wide(nil, 1, 2, 3), v.Producer())
	n := layer.Build(v.Producer(), x, v.Producer())
	old := v.Producer()
	graph.ReplaceAllUses(v, n.Output(0))
	emit.RemoveIfUnused(old)
	if err := b.Graph.Check(); err != nil || b.Graph.Len() != 1 || n.NumInputs() != 2 || n.Name == old.Name {
		t.Errorf("%v, %d nodes, %d inputs, name %q", err, b.Graph.Len(), n.NumInputs(), n.Name)
	}
}

func TestConvOverflow(t *testing.T) {
	if _, why := emit.PlanConv(wide(nil, 1, 1e39, 3), tensor.Float32); why == nil || why.Reason != refusal.Overflow {
		t.Errorf("1e39 in float32 gives %v", why)
	}
}
