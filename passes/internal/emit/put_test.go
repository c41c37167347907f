package emit_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/passes/internal/emit"
	"github.com/acdeploy/acdeploy/tensor"
)

// TestSetParameter changes the initializer of one node in place, and leaves one that others use too.
func TestSetParameter(t *testing.T) {
	b := graphtest.New(17)
	x := b.Input("x", 2)
	own, shared := b.Floats([]int64{2}, 1), b.Floats([]int64{2}, 1)
	first := b.Node("Mul", []*graph.Value{x, own})
	second := b.Node("Mul", []*graph.Value{first, shared})
	b.Graph.AddOutput(b.Node("Mul", []*graph.Value{second, shared}))
	two := tensor.Of([]int64{2}, float32(2), 2)
	emit.SetParameter(first.Producer(), 1, "c", two)
	emit.SetParameter(second.Producer(), 1, "c", two)
	if first.Producer().Input(1) != own || own.Constant() != two {
		t.Error("the initializer of one node is not changed in place")
	}
	if second.Producer().Input(1) == shared || shared.Constant() == two {
		t.Error("the initializer of two nodes is changed")
	}
}

func TestRemoveIfUnused(t *testing.T) {
	b := graphtest.New(17)
	x := b.Input("x", 2)
	used, unused := b.Node("Relu", []*graph.Value{x}), b.Node("Relu", []*graph.Value{x})
	b.Graph.AddOutput(used)
	emit.RemoveIfUnused(used.Producer())
	emit.RemoveIfUnused(unused.Producer())
	if b.Graph.Len() != 1 {
		t.Errorf("%d nodes are left", b.Graph.Len())
	}
}
