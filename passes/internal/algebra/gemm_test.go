package algebra_test

import (
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

func TestReadGemm(t *testing.T) {
	b := graphtest.New(17)
	x := b.Input("x", 1, 2)
	n := b.Node("Gemm", []*graph.Value{x, b.Floats([]int64{3, 2}, 1), b.Floats([]int64{1}, 5)}, graph.IntAttr("transB", 1), graph.FloatAttr("beta", 2)).Producer()
	g, why := algebra.ReadGemm(n)
	if why != nil || g.Product.In != 2 || g.Product.Out != 3 || g.Alpha != 1 || g.Front != 1 || !slices.Equal(g.Bias, []float64{10, 10, 10}) {
		t.Errorf("got %+v, %v", g, why)
	}
	column := b.Node("Gemm", []*graph.Value{x, b.Floats([]int64{2, 3}, 1), b.Floats([]int64{3, 1}, 5)}).Producer()
	if _, why := algebra.ReadGemm(column); why == nil || why.Reason != refusal.NotChannel {
		t.Errorf("a bias that is a column gives %v", why)
	}
}
