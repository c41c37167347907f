package algebra_test

import (
	"math"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

func TestParameter(t *testing.T) {
	b := graphtest.New(17)
	x := b.Input("x", 2)
	for reason, v := range map[string]*graph.Value{
		"": b.Floats([]int64{2}, 1), refusal.GraphInput: x, refusal.ElementType: b.Ints(1, 2), refusal.NonFinite: b.Floats([]int64{1}, float32(math.Inf(1))),
		refusal.NotConstant: b.Node("Relu", []*graph.Value{x}), refusal.Quantized: b.Node("DequantizeLinear", []*graph.Value{x, b.Floats(nil, 1)}),
	} {
		n := b.Node("Mul", []*graph.Value{x, v}).Producer()
		_, why := algebra.Parameter(n, 1, "weight")
		if got := ""; why != nil {
			if got = why.Reason; got != reason {
				t.Errorf("want %q, got %q", reason, got)
			}
		} else if reason != "" {
			t.Errorf("%q is taken", reason)
		}
	}
}
