package linear_test

import (
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/passes/internal/linear"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

func TestGemmIsALayer(t *testing.T) {
	b := graphtest.New(17)
	x := b.Input("x", 1, 2)
	v := b.Node("Gemm", []*graph.Value{x, b.Floats([]int64{2, 3}, 1, 2, 3, 4, 5, 6), b.Floats([]int64{3}, 7)},
		graph.FloatAttr("alpha", 2), graph.FloatAttr("beta", 3))
	b.Graph.AddOutput(v)
	row, bias, now := kernel(t, b, x, v)
	if !slices.Equal(row, []float64{2, 8}) || !slices.Equal(bias, []float64{21, 21, 21}) || now != 6 {
		t.Errorf("row %v, bias %v, cost %d", row, bias, now)
	}
}

func TestTransposedOperand(t *testing.T) {
	b := graphtest.New(17)
	x := b.Input("x", 2, 1)
	v := b.Node("Gemm", []*graph.Value{x, b.Floats([]int64{2, 3}, 1)}, graph.IntAttr("transA", 1))
	b.Graph.AddOutput(v)
	found := linear.NewReader(b.Graph, shapes.Of(b.Graph), nil).Read(linear.View{Value: v}, linear.MaxDepth)
	if found.Why == nil || found.Why.Reason != refusal.Misaligned {
		t.Errorf("got %v", found.Why)
	}
}
