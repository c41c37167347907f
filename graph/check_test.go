package graph

import (
	"errors"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/tensor"
)

func TestCheck(t *testing.T) {
	for name, c := range map[string]struct {
		build func(n net)
		want  string
	}{
		"dangling": {func(n net) {
			v, _ := n.g.AddValue("nothing")
			n.node("Relu", "y", v)
		}, `no node produces this value`},
		"no_operator": {func(n net) { n.node("", "y", n.input("x")) }, "no operator type"},
		"bad_type": {func(n net) {
			n.node("Relu", "y", n.input("x")).SetElem(99)
		}, "unknown element type 99"},
		"other_graph": {func(n net) {
			n.node("Relu", "y", newNet(n.T).input("z"))
		}, "belongs to a graph that this one cannot see"},
		"initializer_type": {func(n net) {
			n.input("w")
			if _, err := n.g.AddInitializer("w", tensor.Of(nil, int64(1))); err != nil {
				n.Error(err)
			}
		}, "is int64, and the graph input of that name is declared as float"},
	} {
		t.Run(name, func(t *testing.T) {
			n := newNet(t)
			c.build(n)
			err := n.m.Check()
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// Rules for single nodes see the nodes of sub-graphs too, and their error names the node.
func TestCheckWithRules(t *testing.T) {
	m := NewModel(8, Opset{Version: 17})
	outer, inner := NewNode("If"), NewNode("Relu")
	inner.Name = "inner"
	sub := m.Graph.NewSubgraph("then")
	sub.Append(inner)
	outer.SetAttr(&Attr{Name: "then_branch", Kind: AttrGraph, Graph: sub})
	m.Graph.Append(outer)
	noRelu := func(n *Node) error {
		if n.Is("Relu") {
			return errors.New("no Relu here")
		}
		return nil
	}
	if err := m.Graph.Check(); err != nil {
		t.Fatal(err)
	}
	if err := m.Graph.Check(noRelu); err == nil || !strings.Contains(err.Error(), "node inner: no Relu here") {
		t.Errorf("got %v", err)
	}
}
