package branches_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// TestRefusedMember names a refused branch by its convolution, even where an affine map comes after it.
func TestRefusedMember(t *testing.T) {
	b := graphtest.New(17)
	x := b.Input("x", 1, 1, 6, 6)
	first := b.Conv(x, 1, 1, []int64{3, 3}, []int64{1, 1, 1, 1}, 1)
	second := b.Conv(x, 1, 1, []int64{3, 3}, []int64{0, 0, 0, 0}, 1)
	second.Producer().Name = "cropping"
	v := b.Node("Add", []*graph.Value{first, b.BatchNorm(second, 1, 1, 0, 0, 1)})
	b.Graph.AddOutput(v)
	_, refusals := read(t, b, v).Merges(false)
	if len(refusals) != 1 || !strings.Contains(refusals[0].Node, "cropping") || refusals[0].Reason != refusal.Misaligned {
		t.Errorf("got %+v", refusals)
	}
}

// TestCostOfIdentity counts an identity as a multiply-add of its own: together with the two weights at its sides
// it costs as much as one kernel of three.
func TestCostOfIdentity(t *testing.T) {
	b := graphtest.New(17)
	x := b.Input("x", 1, 1, 6, 6)
	sides := b.Conv(x, 1, 1, []int64{1, 2}, []int64{0, 1, 0, 1}, 4)
	sides.Producer().SetAttr(graph.IntsAttr("dilations", 1, 2))
	v := b.Node("Add", []*graph.Value{sides, x})
	b.Graph.AddOutput(v)
	merges, refusals := read(t, b, v).Merges(false)
	if len(merges) != 1 || len(refusals) != 0 || !slices.Equal(merges[0].Branches(), []string{"1×2", "identity"}) {
		t.Errorf("%v, refusals %v", merges, refusals)
	}
}
