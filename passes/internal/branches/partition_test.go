package branches_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// far are two convolutions whose union is a kernel of 1×17, mostly of zeros, and two that are alike.
func far(b graphtest.Builder, x *graph.Value) *graph.Value {
	left := b.Conv(x, 1, 1, []int64{1, 2}, []int64{0, 17, 0, 0}, 1)
	right := b.Conv(x, 1, 1, []int64{1, 2}, []int64{0, 0, 0, 17}, 1)
	return b.Node("Add", []*graph.Value{left, right})
}

func TestPartition(t *testing.T) {
	for allow, want := range map[bool]int{false: 0, true: 1} {
		b := graphtest.New(17)
		v := far(b, b.Input("x", 1, 1, 6, 40))
		b.Graph.AddOutput(v)
		merges, refusals := read(t, b, v).Merges(allow)
		if len(merges) != want {
			t.Errorf("costlier allowed %v: %d merges", allow, len(merges))
		}
		if !allow && (len(refusals) != 1 || refusals[0].Reason != refusal.Costlier) {
			t.Errorf("refusals %v", refusals)
		}
	}
}

// TestManyBranches goes through the greedy way: more than ten branches that merge into one.
func TestManyBranches(t *testing.T) {
	b := graphtest.New(17)
	x := b.Input("x", 1, 1, 6, 6)
	var parts []*graph.Value
	for range 12 {
		parts = append(parts, b.Conv(x, 1, 1, []int64{3, 3}, []int64{1, 1, 1, 1}, 1))
	}
	v := b.Node("Sum", parts)
	b.Graph.AddOutput(v)
	merges, refusals := read(t, b, v).Merges(false)
	if len(merges) != 1 || len(merges[0].Branches()) != 12 || len(refusals) != 0 {
		t.Errorf("%d merges, refusals %v", len(merges), refusals)
	}
}
