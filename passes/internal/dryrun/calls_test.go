package dryrun_test

import (
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/passes/internal/dryrun"
)

// define adds a function of the domain "local" with one input, whose body the given steps build.
func define(m *graph.Model, name string, body func(f graphtest.Builder, x *graph.Value) *graph.Value) *graph.Function {
	f := m.NewFunction("local", name, graph.Opset{Version: 17}, graph.Opset{Domain: "local", Version: 1})
	inner := graphtest.Builder{Graph: f.Body}
	f.Body.AddOutput(body(inner, inner.Input("in", 1, 1, 4)))
	if m.Opset("local") == 0 {
		m.Opsets = append(m.Opsets, graph.Opset{Domain: "local", Version: 1})
	}
	m.AddFunction(f)
	return f
}

// call adds a call of a function of the domain "local".
func call(b graphtest.Builder, name string, x *graph.Value) *graph.Value {
	v := b.Node(name, []*graph.Value{x})
	v.Producer().Domain = "local"
	return v
}

func relu(f graphtest.Builder, x *graph.Value) *graph.Value {
	return f.Node("Relu", []*graph.Value{x})
}

// TestAllNodes: the nodes of a sub-graph come right after the node that holds it.
func TestAllNodes(t *testing.T) {
	b := graphtest.New(17)
	define(b.Graph.Model(), "f", relu)
	x := b.Input("x", 1, 1, 4)
	first := call(b, "f", x)
	inside := graphtest.Builder{Graph: b.Graph.NewSubgraph("then")}
	called := call(inside, "f", first)
	negated := inside.Node("Neg", []*graph.Value{called})
	inside.Graph.AddOutput(negated)
	branch := b.Node("If", []*graph.Value{b.Input("condition")}, &graph.Attr{Name: "then_branch", Kind: graph.AttrGraph, Graph: inside.Graph})
	last := b.Node("Relu", []*graph.Value{branch})
	b.Graph.AddOutput(last)

	all := dryrun.AllNodes(slices.Collect(b.Graph.Nodes()))
	var want []*graph.Node
	for _, v := range []*graph.Value{first, branch, called, negated, last} {
		want = append(want, v.Producer())
	}
	if !slices.Equal(all, want) {
		t.Errorf("the nodes are %v, want %v", all, want)
	}
	if calls := dryrun.CallsOf(all); !slices.Equal(calls, []*graph.Node{first.Producer(), called.Producer()}) {
		t.Errorf("the calls are %v", calls)
	}
	if !slices.Equal(all, want) {
		t.Error("taking the calls changes the list")
	}
}
