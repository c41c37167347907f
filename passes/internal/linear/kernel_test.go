package linear_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/passes/internal/linear"
)

func TestKernels(t *testing.T) {
	b := graphtest.New(17)
	first := b.Conv(b.Input("x", 1, 1, 9, 9), 1, 1, []int64{1, 1}, []int64{0, 0, 0, 0}, 1)
	second := b.Conv(first, 1, 1, []int64{1, 3}, []int64{0, 0, 0, 0}, 1)
	third := b.Node("Gemm", []*graph.Value{second, b.Floats([]int64{2, 2}, 1)})
	layers := []*graph.Node{third.Producer(), second.Producer(), first.Producer()}
	if got := linear.Kernels(layers); got != "1×1 → 1×3 → Gemm" {
		t.Errorf("got %q", got)
	}
	if got := linear.KernelSize([]int{3, 1, 5}); got != "3×1×5" {
		t.Errorf("got %q", got)
	}
}
