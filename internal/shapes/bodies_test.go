package shapes_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/tensor"
)

// TestTypesAcrossBodies follows the type of a value into the body of a Loop, through an If in there, and out again.
func TestTypesAcrossBodies(t *testing.T) {
	m := graph.NewModel(8, graph.Opset{Version: 17})
	g := m.Graph
	x, err := g.AddInput("x", graph.Type{Elem: tensor.Float16})
	if err != nil {
		t.Fatal(err)
	}
	add := func(g *graph.Graph, n *graph.Node, results int) []*graph.Value {
		t.Helper()
		var out []*graph.Value
		for range results {
			out = append(out, g.NewValue("v"))
			if err := n.AddOutput(out[len(out)-1]); err != nil {
				t.Fatal(err)
			}
		}
		g.Append(n)
		return out
	}
	body := g.NewSubgraph("body")
	var in []*graph.Value
	for _, name := range []string{"i", "cond", "state"} {
		v, err := body.AddInput(name, graph.Type{Elem: tensor.Float64}) // what a file says in between is not read
		if err != nil {
			t.Fatal(err)
		}
		in = append(in, v)
	}
	choice := graph.NewNode("If", in[1])
	for _, name := range []string{"then_branch", "else_branch"} {
		branch := body.NewSubgraph(name)
		branch.AddOutput(add(branch, graph.NewNode("Relu", in[2]), 1)[0])
		choice.SetAttr(&graph.Attr{Name: name, Kind: graph.AttrGraph, Graph: branch})
	}
	next := add(body, choice, 1)[0]
	count := add(body, graph.NewNode("Identity", in[0]), 1)[0]
	for _, v := range []*graph.Value{in[1], next, count} {
		body.AddOutput(v)
	}
	loop := graph.NewNode("Loop", nil, nil, x)
	loop.SetAttr(&graph.Attr{Name: "body", Kind: graph.AttrGraph, Graph: body})
	out := add(g, loop, 2)
	known := shapes.Of(g)
	for name, c := range map[string]struct {
		v    *graph.Value
		want tensor.Type
	}{
		"what comes out": {out[0], tensor.Float16}, "a list of counts": {out[1], tensor.Int64}, "in the body": {next, tensor.Float16},
		"the condition": {in[1], tensor.Bool}, "the state": {in[2], tensor.Float16},
	} {
		if got := known.Elem(c.v); got != c.want {
			t.Errorf("%s is %s, want %s", name, got, c.want)
		}
	}
}

// TestSequences: the type of what comes out of a sequence is known, and a sequence is no tensor.
func TestSequences(t *testing.T) {
	m := graph.NewModel(8, graph.Opset{Version: 18})
	g := m.Graph
	x, err := g.AddInput("x", graph.Type{Elem: tensor.BFloat16})
	if err != nil {
		t.Fatal(err)
	}
	node := func(op string, in ...*graph.Value) *graph.Value {
		n := graph.NewNode(op, in...)
		v := g.NewValue("v")
		if err := n.AddOutput(v); err != nil {
			t.Fatal(err)
		}
		g.Append(n)
		return v
	}
	parts := node("SplitToSequence", x)
	part := node("SequenceAt", parts, g.NewInitializer("i", tensor.Of(nil, int64(0))))
	maybe := node("Optional", parts)
	again := node("SequenceAt", node("OptionalGetElement", maybe), g.NewInitializer("i", tensor.Of(nil, int64(0))))
	known := shapes.Of(g)
	for name, c := range map[string]struct {
		v    *graph.Value
		want op.Type
	}{
		"a sequence": {parts, op.Type{Elem: tensor.BFloat16, In: "s"}}, "one of it": {part, op.Type{Elem: tensor.BFloat16}},
		"an optional": {maybe, op.Type{Elem: tensor.BFloat16, In: "os"}}, "one of what it holds": {again, op.Type{Elem: tensor.BFloat16}},
	} {
		if got := known.Holds(c.v); got != c.want || known.Elem(c.v) != c.want.Tensor() {
			t.Errorf("%s is %v, want %v", name, got, c.want)
		}
	}
	if typ := known.Type(parts); typ.Elem != tensor.Undefined || typ.Ranked {
		t.Errorf("a sequence is declared as %v", typ)
	}
}
