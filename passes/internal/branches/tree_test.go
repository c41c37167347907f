package branches_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/passes/internal/branches"
	"github.com/acdeploy/acdeploy/passes/internal/linear"
)

// read is the tree of the sum v.
func read(t *testing.T, b graphtest.Builder, v *graph.Value) *branches.Tree {
	t.Helper()
	known := shapes.Of(b.Graph)
	root, ok := linear.ReadSum(v.Producer(), known)
	if !ok {
		t.Fatal("it is no sum")
	}
	return branches.Read(root, known)
}

// acb is the sum of a 3×3, a 1×3 and a 3×1 convolution of x.
func acb(b graphtest.Builder, x *graph.Value) *graph.Value {
	square := b.Conv(x, 1, 1, []int64{3, 3}, []int64{1, 1, 1, 1}, 1)
	row := b.Conv(x, 1, 1, []int64{1, 3}, []int64{0, 1, 0, 1}, 2)
	column := b.Conv(x, 1, 1, []int64{3, 1}, []int64{1, 0, 1, 0}, 4)
	return b.Node("Add", []*graph.Value{b.Node("Add", []*graph.Value{square, row}), column})
}

func TestRebuild(t *testing.T) {
	b := graphtest.New(17)
	x := b.Input("x", 1, 1, 6, 6)
	other := b.Node("Relu", []*graph.Value{x})
	v := b.Node("Add", []*graph.Value{acb(b, x), other})
	b.Graph.AddOutput(v)
	tree := read(t, b, v)
	merges, refusals := tree.Merges(false)
	if len(merges) != 1 || len(refusals) != 0 {
		t.Fatalf("%d merges, refusals %v", len(merges), refusals)
	}
	if got := merges[0].String(); got != "3 branches (3×3, 1×3, 3×1) merged into Conv, 3×3" {
		t.Errorf("it says %q", got)
	}
	tree.Rebuild(merges)
	if err := b.Graph.Check(); err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for n := range b.Graph.Nodes() {
		count[n.OpType]++
		if n.Is("Conv") {
			weight := n.Input(1).Constant().Float64s()
			if weight[0] != 1 || weight[1] != 5 || weight[3] != 3 || weight[4] != 7 {
				t.Errorf("the kernel is %v", weight)
			}
		}
	}
	if count["Conv"] != 1 || count["Add"] != 1 || count["Relu"] != 1 {
		t.Errorf("left are %v", count)
	}
}
