package op_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
)

func TestFaults(t *testing.T) {
	foreign := node(13, "Foo", []input{"x"})
	foreign.Domain = "my.domain"
	ref := &graph.Attr{Name: "axis", Kind: graph.AttrInt, Ref: "outer"}
	inner := node(13, "If", []input{"x"}, graph.StringAttr("then_branch", ""))
	sub := inner.Graph().NewSubgraph("then")
	sub.Append(graph.NewNode("Foo"))
	inner.SetAttr(&graph.Attr{Name: "then_branch", Kind: graph.AttrGraph, Graph: sub})
	for name, c := range map[string]struct {
		n          *graph.Node
		kind, text string
	}{
		"sound":                 {outputs(node(13, "Relu", []input{"x"}), 1), "", ""},
		"another domain":        {foreign, "", ""},
		"a hint":                {node(1, "Relu", []input{"x"}, ints("consumed_inputs", 1)), "", ""},
		"any number of outputs": {outputs(node(13, "Split", []input{"x"}), 9), "", ""},
		"from the function":     {node(13, "Concat", []input{"x"}, ref), "", ""},
		"the newest opset":      {node(28, "Relu", []input{"x"}), "", ""},
		"an opset":              {node(29, "Relu", []input{"x"}), "opset", "opset 29 is not published, the newest is 28"},
		"an operator":           {node(13, "Foo", []input{"x"}), "Foo operator", "node Foo: opset 13 has no operator Foo"},
		"one of a later opset":  {node(13, "Gelu", []input{"x"}), "Gelu operator", "node Gelu: opset 13 has no operator Gelu"},
		"an attribute":          {node(13, "Relu", []input{"x"}, ints("x", 1)), "Relu attribute x", `node Relu: it has an attribute "x", which Relu does not have in opset 13`},
		"a word of the table":   {node(13, "Concat", []input{"x"}, graph.IntAttr("axis", 1), ints("axis:i!")), "Concat attribute axis:i!", `node Concat: it has an attribute "axis:i!", which Concat does not have in opset 13`},
		"a kind":                {node(13, "Concat", []input{"x"}, ints("axis", 1)), "Concat kind axis", `node Concat: its attribute "axis" is of the wrong kind`},
		"no attribute":          {node(13, "Concat", []input{"x"}), "Concat absent axis", `node Concat: its attribute "axis" is absent`},
		"more inputs":           {node(13, "Relu", []input{"x", "x"}), "Relu inputs", "node Relu: it has more inputs than Relu has in opset 13"},
		"fewer inputs":          {node(13, "Add", []input{"x"}), "Add inputs", "node Add: its input B is absent"},
		"more outputs":          {outputs(node(13, "Relu", []input{"x"}), 2), "Relu outputs", "node Relu(y0): it has more outputs than Relu has in opset 13"},
	} {
		t.Run(name, func(t *testing.T) {
			var got, want []op.Fault
			for f := range op.Faults(c.n.Graph()) {
				got = append(got, f)
			}
			if c.kind != "" {
				want = []op.Fault{{Kind: c.kind, Text: c.text}}
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
		})
	}
	t.Run("inner graphs", func(t *testing.T) {
		f := inner.Graph().Model().NewFunction("my.domain", "F", graph.Opset{Version: 13})
		f.Body.Append(graph.NewNode("Bar"))
		inner.Graph().Model().AddFunction(f)
		got := ""
		for f := range op.Faults(inner.Graph()) {
			got += fmt.Sprintln(f.Kind)
		}
		if want := "If absent else_branch\nFoo operator\nBar operator\n"; got != want {
			t.Errorf("got\n%swant\n%s", got, want)
		}
		for range op.Faults(inner.Graph()) {
			break // whoever looks may stop
		}
	})
}
