package algebra_test

import (
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

func TestReadPad(t *testing.T) {
	b := graphtest.New(17)
	x := b.Input("x", 1, 2, 5)
	if begin, end, why := algebra.ReadPad(b.Node("Pad", []*graph.Value{x, b.Ints(0, 0, 1, 0, 0, -2)}).Producer(), 3); why != nil || !slices.Equal(begin, []int{1}) || !slices.Equal(end, []int{-2}) {
		t.Errorf("got %v, %v, %v", begin, end, why)
	}
	for name, v := range map[string]*graph.Value{
		"channels": b.Node("Pad", []*graph.Value{x, b.Ints(0, 1, 0, 0, 0, 0)}),
		"batch":    b.Node("Pad", []*graph.Value{x, b.Ints(1, 0, 0, 0, 0, 0)}),
		"ones":     b.Node("Pad", []*graph.Value{x, b.Ints(0, 0, 1, 0, 0, 0), b.Floats(nil, 1)}),
		"mirrored": b.Node("Pad", []*graph.Value{x, b.Ints(0, 0, 1, 0, 0, 0)}, graph.StringAttr("mode", "reflect")),
	} {
		if _, _, why := algebra.ReadPad(v.Producer(), 3); why == nil || why.Reason != refusal.PaddingMode {
			t.Errorf("%s: %v", name, why)
		}
	}
}
