package emit_test

import (
	"runtime"
	"testing"
	"weak"

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

// TestSetParameterLetsGo keeps few numbers instead of what computes them.
func TestSetParameterLetsGo(t *testing.T) {
	b := graphtest.New(17)
	n := b.Node("Mul", []*graph.Value{b.Input("x", 2), b.Floats([]int64{2}, 1)}).Producer()
	from := tensor.Of([]int64{2}, float32(1), 3)
	held := weak.Make(from)
	scaled, why := emit.Scaled(from, []float64{1.0 / 3}, func(int, int) int { return 0 })
	if why != nil {
		t.Fatal(why)
	}
	emit.SetParameter(n, 1, "c", scaled)
	from, scaled = nil, nil //nolint:ineffassign,wastedassign // so that nothing here holds them
	runtime.GC()
	if held.Value() != nil {
		t.Error("what the numbers were computed from is still held")
	}
	if got := n.Input(1).Constant().Float64s(); got[0] != 1.0/3 || got[1] != 1 {
		t.Errorf("the numbers are %v", got)
	}
}

// TestRemove takes out a node with the constant that it alone reads, even twice. What another node reads stays, and so does what is an input,
// whether a caller may replace it or, up to IR version 3, not.
func TestRemove(t *testing.T) {
	for _, version := range []int64{3, 8} {
		testRemove(t, version)
	}
}

func testRemove(t *testing.T, irVersion int64) {
	t.Helper()
	b := graphtest.New(17)
	b.Graph.Model().IRVersion = irVersion
	x := b.Input("x", 2)
	own, shared := b.Floats([]int64{2}, 1), b.Floats([]int64{2}, 1)
	given := b.Input("given", 2)
	if _, err := b.Graph.AddInitializer("given", tensor.Of([]int64{2}, float32(1), 2)); err != nil {
		t.Fatal(err)
	}
	n := b.Node("Sum", []*graph.Value{x, own, own, shared, given}).Producer()
	b.Graph.AddOutput(b.Node("Mul", []*graph.Value{x, shared}))
	emit.Remove(n)
	if err := b.Graph.Check(); err != nil || b.Graph.Len() != 1 {
		t.Fatalf("%v, %d nodes", err, b.Graph.Len())
	}
	if own.Graph() != nil || shared.Graph() == nil || !given.IsInitializer() || len(b.Graph.Inputs()) != 2 {
		t.Errorf("own is there: %t, shared: %t, given: %t", own.Graph() != nil, shared.Graph() != nil, given.IsInitializer())
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
