package branches_test

import (
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
)

// TestMergePlansOnly leaves the graph alone until the tree is rebuilt.
func TestMergePlansOnly(t *testing.T) {
	b := graphtest.New(17)
	v := acb(b, b.Input("x", 1, 1, 6, 6))
	b.Graph.AddOutput(v)
	tree := read(t, b, v)
	before := b.Graph.Len()
	merges, _ := tree.Merges(false)
	if len(merges) != 1 || b.Graph.Len() != before {
		t.Fatalf("%d merges, %d nodes of %d", len(merges), b.Graph.Len(), before)
	}
	if got := merges[0].Branches(); !slices.Equal(got, []string{"3×3", "1×3", "3×1"}) {
		t.Errorf("the branches are %v", got)
	}
	for n := range b.Graph.Nodes() {
		if n.Is("Conv") && n.Input(1).Constant().Len() == 9 && n.Input(1).Constant().Float64s()[4] != 1 {
			t.Error("planning changed a weight")
		}
	}
}

// TestMergesOverTwoValues merges the branches of each value by themselves.
func TestMergesOverTwoValues(t *testing.T) {
	b := graphtest.New(17)
	x, y := b.Input("x", 1, 1, 6, 6), b.Input("y", 1, 1, 6, 6)
	v := b.Node("Add", []*graph.Value{acb(b, x), acb(b, y)})
	b.Graph.AddOutput(v)
	tree := read(t, b, v)
	merges, refusals := tree.Merges(false)
	if len(merges) != 2 || len(refusals) != 0 {
		t.Fatalf("%d merges, refusals %v", len(merges), refusals)
	}
	tree.Rebuild(merges)
	if err := b.Graph.Check(); err != nil {
		t.Fatal(err)
	}
	var inputs []*graph.Value
	for n := range b.Graph.Nodes() {
		if n.Is("Conv") {
			inputs = append(inputs, n.Input(0))
			if got := n.Input(1).Constant().Float64s(); !slices.Equal(got, []float64{1, 5, 1, 3, 7, 3, 1, 5, 1}) {
				t.Errorf("the kernel is %v", got)
			}
		}
	}
	if len(inputs) != 2 || !slices.Contains(inputs, x) || !slices.Contains(inputs, y) {
		t.Errorf("left are convolutions of %v", inputs)
	}
}

// TestDifference subtracts a branch that the sum takes away.
func TestDifference(t *testing.T) {
	b := graphtest.New(17)
	x := b.Input("x", 1, 1, 6, 6)
	conv := func(number float32) *graph.Value {
		return b.Conv(x, 1, 1, []int64{3, 3}, []int64{1, 1, 1, 1}, number)
	}
	v := b.Node("Sub", []*graph.Value{conv(5), conv(2)})
	b.Graph.AddOutput(v)
	tree := read(t, b, v)
	merges, _ := tree.Merges(false)
	if len(merges) != 1 {
		t.Fatalf("%d merges", len(merges))
	}
	tree.Rebuild(merges)
	if b.Graph.Len() != 1 {
		t.Fatalf("%d nodes are left", b.Graph.Len())
	}
	for n := range b.Graph.Nodes() {
		if got := n.Input(1).Constant().Float64s(); got[0] != 3 || got[8] != 3 {
			t.Errorf("the kernel is %v", got)
		}
	}
}

// TestMeanStaysWhole merges no part of a mean: what stays would have to be divided.
func TestMeanStaysWhole(t *testing.T) {
	b := graphtest.New(17)
	x := b.Input("x", 1, 1, 6, 6)
	first := b.Conv(x, 1, 1, []int64{3, 3}, []int64{1, 1, 1, 1}, 1)
	second := b.Conv(x, 1, 1, []int64{3, 3}, []int64{1, 1, 1, 1}, 2)
	v := b.Node("Mean", []*graph.Value{first, second, b.Node("Relu", []*graph.Value{x})})
	b.Graph.AddOutput(v)
	if merges, _ := read(t, b, v).Merges(false); len(merges) != 0 {
		t.Errorf("%d merges", len(merges))
	}
}
