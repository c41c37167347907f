package model

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// Nodes and parameters within sub-graphs count, and operators of other domains carry theirs.
func TestCount(t *testing.T) {
	m := graph.NewModel(8, graph.Opset{Version: 17}, graph.Opset{Domain: "mine", Version: 1})
	add := func(g *graph.Graph, op, domain string) *graph.Node {
		n := graph.NewNode(op)
		n.Domain = domain
		n.TakeOutput(g.NewValue("v"))
		g.Append(n)
		return n
	}
	add(m.Graph, "Relu", "")
	add(m.Graph, "Relu", "ai.onnx")
	add(m.Graph, "Relu", "mine")
	sub := m.Graph.NewSubgraph("then")
	add(sub, "Conv", "")
	sub.NewInitializer("w", tensor.Of([]int64{2, 3}, 1, 2, 3, 4, 5, 6.0))
	add(m.Graph, "If", "").AddAttr(&graph.Attr{Name: "then_branch", Kind: graph.AttrGraph, Graph: sub})
	m.Graph.NewInitializer("b", tensor.Of([]int64{4}, 1, 2, 3, 4.0))
	want := Counts{Nodes: 5, Ops: map[string]int{"Relu": 2, "mine.Relu": 1, "If": 1, "Conv": 1}, Parameters: 10}
	if diff := cmp.Diff(want, Count(m)); diff != "" {
		t.Error(diff)
	}
}

// TestReliability11ConstantBytes counts the bytes of constants wherever they are.
func TestReliability11ConstantBytes(t *testing.T) {
	m := graph.NewModel(8, graph.Opset{Version: 17})
	four := tensor.Of([]int64{4}, 1, 2, 3, 4.0)
	m.Graph.NewInitializer("b", four)
	n := graph.NewNode("Constant")
	n.TakeOutput(m.Graph.NewValue("v"))
	n.AddAttr(&graph.Attr{Name: "value", Kind: graph.AttrTensor, Tensor: four})
	m.Graph.Append(n)
	if got := ConstantBytes(m); got != 2*int64(four.ByteSize()) {
		t.Errorf("%d bytes", got)
	}
}
