package branches_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/passes/internal/branches"
)

// TestPlanGrouped reads a Split, a convolution of each part and a Concat.
func TestPlanGrouped(t *testing.T) {
	b := graphtest.New(17)
	x := b.Input("x", 1, 2, 4)
	split := b.Node("Split", []*graph.Value{x}, graph.IntAttr("axis", 1)).Producer()
	if err := split.AddOutput(b.Graph.NewValue("second")); err != nil {
		t.Fatal(err)
	}
	first := b.Conv(split.Output(0), 1, 1, []int64{1}, []int64{0, 0}, 3)
	second := b.Conv(split.Output(1), 1, 1, []int64{1}, []int64{0, 0}, 4)
	v := b.Node("Concat", []*graph.Value{first, second}, graph.IntAttr("axis", 1))
	b.Graph.AddOutput(v)
	g, why := branches.PlanGrouped(v.Producer(), shapes.Of(b.Graph))
	if why != nil || g == nil {
		t.Fatalf("it is not read: %v", why)
	}
	g.Apply()
	if err := b.Graph.Check(); err != nil || b.Graph.Len() != 1 {
		t.Fatalf("%v, %d nodes are left", err, b.Graph.Len())
	}
	for n := range b.Graph.Nodes() {
		if w := n.Input(1).Constant().Float64s(); n.Int("group", 1) != 2 || w[0] != 3 || w[1] != 4 {
			t.Errorf("%s of %d groups with %v", n.OpType, n.Int("group", 1), w)
		}
	}
}
