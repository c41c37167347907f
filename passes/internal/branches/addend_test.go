package branches_test

import (
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// TestKinds calls a branch by its kernels, by its operator where it has none, and identity where it is the
// value itself.
func TestKinds(t *testing.T) {
	b := graphtest.New(17)
	x := b.Input("x", 1, 1, 6, 6)
	square := b.Conv(x, 1, 1, []int64{3, 3}, []int64{1, 1, 1, 1}, 1)
	norm := b.BatchNorm(x, 1, 1, 2, 0, 1)
	v := b.Node("Sum", []*graph.Value{square, norm, x})
	b.Graph.AddOutput(v)
	merges, refusals := read(t, b, v).Merges(false)
	if len(merges) != 1 || len(refusals) != 0 {
		t.Fatalf("%d merges, refusals %v", len(merges), refusals)
	}
	if got, want := merges[0].Branches(), []string{"3×3", "BatchNormalization", "identity"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestUnreadAlone says nothing of a branch that could not merge with another anyway.
func TestUnreadAlone(t *testing.T) {
	b := graphtest.New(17)
	x, y := b.Input("x", 1, 1, 6, 6), b.Input("y", 1, 1, 6, 6)
	v := b.Node("Add", []*graph.Value{b.Conv(y, 1, 1, []int64{3, 3}, []int64{1, 1, 1, 1}, 1), b.BatchNorm(x, 1, 1, 0, 0, -1)})
	b.Graph.AddOutput(v)
	if got := read(t, b, v).Unread(); len(got) != 0 {
		t.Errorf("got %v", got)
	}
}

func TestUnread(t *testing.T) {
	b := graphtest.New(17)
	x := b.Input("x", 1, 1, 6, 6)
	v := b.Node("Add", []*graph.Value{b.Conv(x, 1, 1, []int64{3, 3}, []int64{1, 1, 1, 1}, 1), b.BatchNorm(x, 1, 1, 0, 0, -1)})
	b.Graph.AddOutput(v)
	got := read(t, b, v).Unread()
	if len(got) != 1 || got[0].Reason != refusal.NonFinite || len(got[0].Branches) != 2 {
		t.Errorf("got %v", got)
	}
}
