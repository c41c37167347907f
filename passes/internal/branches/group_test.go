package branches_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// TestMisaligned leaves a branch of another stride, whatever it costs.
func TestMisaligned(t *testing.T) {
	b := graphtest.New(17)
	x := b.Input("x", 1, 1, 6, 6)
	first := b.Conv(x, 1, 1, []int64{3, 3}, []int64{1, 1, 1, 1}, 1)
	second := b.Conv(x, 1, 1, []int64{3, 3}, []int64{0, 0, 0, 0}, 1)
	v := b.Node("Add", []*graph.Value{first, second})
	b.Graph.AddOutput(v)
	merges, refusals := read(t, b, v).Merges(true)
	if len(merges) != 0 || len(refusals) != 1 || refusals[0].Reason != refusal.Misaligned {
		t.Errorf("%d merges, %v", len(merges), refusals)
	}
}

// TestTwiceTheSame makes of a branch that is added twice one with twice the weight.
func TestTwiceTheSame(t *testing.T) {
	b := graphtest.New(17)
	x := b.Input("x", 1, 1, 6, 6)
	conv := b.Conv(x, 1, 1, []int64{3, 3}, []int64{1, 1, 1, 1}, 1)
	v := b.Node("Add", []*graph.Value{conv, conv})
	b.Graph.AddOutput(v)
	tree := read(t, b, v)
	merges, _ := tree.Merges(false)
	if len(merges) != 1 {
		t.Fatalf("%d merges", len(merges))
	}
	tree.Rebuild(merges)
	for n := range b.Graph.Nodes() {
		if !n.Is("Conv") || n.Input(1).Constant().Float64s()[0] != 2 {
			t.Errorf("left is %s with %v", n.OpType, n.Input(1).Constant().Float64s())
		}
	}
}
