package passtest

import (
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/tensor"
)

// TestCopy copies nodes with everything in them: a sub-graph that reads values of its own, and some from outside.
func TestCopy(t *testing.T) {
	m := pattern()
	if err := captured(m, "Relu"); err != nil {
		t.Fatal(err)
	}
	g, c := m.Graph, copier{}
	c.nodes(g, g)
	if err := op.Check(g); err != nil {
		t.Fatalf("%v\n%s", err, Text(m))
	}
	if g.Len() != 8 || nameTwice(m) != "" {
		t.Errorf("%d nodes\n%s", g.Len(), Text(m))
	}
	nodes := slices.Collect(g.Nodes())
	for sub := range nodes[7].Subgraphs() {
		for n := range sub.Nodes() {
			if n.Input(0) != nodes[5].Output(0) { // the copy of Relu
				t.Errorf("the copied branch reads %q", n.Input(0).Name())
			}
		}
	}
}

// TestCopyAbsent keeps inputs and outputs that are not there in their places.
func TestCopyAbsent(t *testing.T) {
	b := graphtest.New(17)
	n := b.Node("Clip", []*graph.Value{b.Input("x", 2), nil, b.Floats(nil, 1)}).Producer()
	if err := n.AddOutput(nil); err != nil {
		t.Fatal(err)
	}
	now := copier{}.node(n, b.Graph)
	if now.NumInputs() != 3 || now.Input(1) != nil || now.NumOutputs() != 2 || now.Output(1) != nil || now.Name == n.Name {
		t.Errorf("%d inputs, %d outputs, name %q", now.NumInputs(), now.NumOutputs(), now.Name)
	}
}

func TestBackward(t *testing.T) {
	got := backward(tensor.Of([]int64{1, 3}, float32(1), 2, 4))
	if got.Type() != tensor.Float32 || !slices.Equal(got.Float64s(), []float64{4, 2, 1}) || !slices.Equal(got.Shape(), []int64{1, 3}) {
		t.Errorf("got %s %v %v", got.Type(), got.Shape(), got.Float64s())
	}
	if ints := tensor.Of([]int64{2}, int64(1), 2); backward(ints) != ints || backward(nil) != nil {
		t.Error("something else than floating-point numbers changed")
	}
}
