package graph

import (
	"slices"
	"strings"
	"testing"
)

// A call is replaced by the nodes of the function: attributes come from the call or from the default, results
// keep their names, and other values get free names that begin like the call's.
func TestInline(t *testing.T) {
	n := newNet(t)
	n.addFunction("Square")
	y := n.node("Square", "y", n.input("x"))
	n.g.AddOutput(y)
	call := y.Producer()
	call.Domain = "my"
	call.SetAttr(FloatAttr("alpha", 3))
	n.m.Opsets = append(n.m.Opsets, Opset{"my", 1})
	nodes, err := n.g.Inline(call)
	if err != nil {
		t.Fatal(err)
	}
	n.ok()
	var ops []string
	for _, n := range nodes {
		ops = append(ops, n.OpType)
	}
	if !slices.Equal(ops, []string{"Neg", "Mul"}) {
		t.Fatalf("it put %v there", ops)
	}
	if got := nodes[0].Output(0).Name(); got != "n_y/minus" {
		t.Errorf("a value of the body is called %s", got)
	}
	square := nodes[1]
	if square.Float("alpha", 0) != 3 || square.Float("beta", 0) != 2 {
		t.Errorf("alpha is %g, beta is %g", square.Float("alpha", 0), square.Float("beta", 0))
	}
	if n.g.Outputs()[0].Name() != "y" || call.Graph() != nil {
		t.Errorf("the result is called %s", n.g.Outputs()[0].Name())
	}
}

func TestInlineRefuses(t *testing.T) {
	for want, change := range map[string]func(n net, call *Node){
		"defined twice": func(n net, _ *Node) { n.addFunction("Square") },
		"the node does not call a function of the model": func(_ net, call *Node) { call.Domain = "" },
		`has no attribute "gamma"`:                       func(_ net, call *Node) { call.SetAttr(IntAttr("gamma", 1)) },
		"the call has 2 inputs, function my.Square":      func(n net, call *Node) { call.AddInput(n.g.Lookup("x")) },
	} {
		n := newNet(t)
		n.addFunction("Square")
		call := n.node("Square", "y", n.input("x")).Producer()
		call.Domain = "my"
		change(n, call)
		was := n.text()
		if _, err := n.g.Inline(call); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
		if got := n.text(); got != was {
			t.Errorf("%s: the graph became\n%s", want, got)
		}
	}
}
