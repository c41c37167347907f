package linear_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/passes/internal/linear"
)

func TestReadSum(t *testing.T) {
	b := graphtest.New(17)
	x, y := b.Input("x", 1, 2, 3), b.Input("y", 1, 2, 3)
	stacked := func(reduce string, attrs ...*graph.Attr) *graph.Value {
		parts := []*graph.Value{b.Node("Unsqueeze", []*graph.Value{x, b.Ints(0)}), b.Node("Unsqueeze", []*graph.Value{y, b.Ints(0)})}
		stack := b.Node("Concat", parts, graph.IntAttr("axis", 0))
		attrs = append(attrs, graph.IntAttr("keepdims", 0))
		if reduce == "ReduceSum" {
			return b.Node(reduce, []*graph.Value{stack, b.Ints(0)}, attrs...)
		}
		return b.Node(reduce, []*graph.Value{stack}, append(attrs, graph.IntsAttr("axes", 0))...)
	}
	for name, c := range map[string]struct {
		v      *graph.Value
		factor [2]float64
	}{
		"Add":        {b.Node("Add", []*graph.Value{x, y}), [2]float64{1, 1}},
		"Sub":        {b.Node("Sub", []*graph.Value{x, y}), [2]float64{1, -1}},
		"Mean":       {b.Node("Mean", []*graph.Value{x, y}), [2]float64{0.5, 0.5}},
		"twice":      {b.Node("Sum", []*graph.Value{x, y, x}), [2]float64{2, 1}},
		"ReduceSum":  {stacked("ReduceSum"), [2]float64{1, 1}},
		"ReduceMean": {stacked("ReduceMean"), [2]float64{0.5, 0.5}},
	} {
		s, ok := linear.ReadSum(c.v.Producer(), shapes.Of(b.Graph))
		if !ok || len(s.Addends) != 2 {
			t.Errorf("%s: %v with %d addends", name, ok, len(s.Addends))
			continue
		}
		if got := [2]float64{s.Factor(0), s.Factor(1)}; got != c.factor {
			t.Errorf("%s: factors %v, want %v", name, got, c.factor)
		}
	}
	if _, ok := linear.ReadSum(stacked("ReduceMax").Producer(), shapes.Of(b.Graph)); ok {
		t.Error("a maximum is a sum")
	}
}

func TestIsInner(t *testing.T) {
	b := graphtest.New(17)
	x := b.Input("x", 1, 2, 3)
	inner := b.Node("Add", []*graph.Value{x, x})
	outer := b.Node("Sub", []*graph.Value{inner, x})
	b.Graph.AddOutput(outer)
	for v, want := range map[*graph.Value]bool{inner: true, outer: false} {
		if s, ok := linear.ReadSum(v.Producer(), shapes.Of(b.Graph)); !ok || s.IsInner() != want {
			t.Errorf("%s: inner is %v", v.Name(), !want)
		}
	}
}
