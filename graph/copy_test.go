package graph

import (
	"testing"

	"github.com/acdeploy/acdeploy/tensor"
)

// A clone reads as its model does, and what is done to one of them does not change the other.
func TestClone(t *testing.T) {
	n := newNet(t)
	x := n.input("x")
	w := n.g.NewInitializer("w", tensor.Of([]int64{2}, float32(1), 2))
	y := n.node("Mul", "y", x, w)
	then := n.g.NewSubgraph("then")
	inner := NewNode("Neg", y) // reads a value of the graph around it
	v, err := then.AddValue("v")
	if err != nil {
		t.Fatal(err)
	}
	if err := inner.AddOutput(v); err != nil {
		t.Fatal(err)
	}
	then.Append(inner)
	then.AddOutput(v)
	z := n.node("If", "z", x)
	z.Producer().SetAttr(&Attr{Name: "then_branch", Kind: AttrGraph, Graph: then})
	n.g.AddOutput(z)
	n.ok()

	was := n.text()
	c := net{t, n.m.Clone(), nil}
	c.g = c.m.Graph
	c.ok()
	if got := c.text(); got != was {
		t.Errorf("the clone reads\n%s\nwant\n%s", got, was)
	}
	for g := range c.m.Graph.All() { // those of sub-graphs too
		for n := range g.Nodes() {
			if got := n.Output(0).Origin(); got == nil || got.Name() != n.Output(0).Name() || got.Graph().Model() == c.m {
				t.Errorf("%s comes of %v", n.Output(0).Name(), got)
			}
		}
	}
	ReplaceAllUses(c.g.Lookup("y"), c.g.Lookup("x"))
	c.g.Lookup("w").SetData(tensor.Of([]int64{2}, float32(3), 4))
	c.ok()
	n.ok()
	if got := n.text(); got != was {
		t.Errorf("after the clone was changed, the model reads\n%s\nwant\n%s", got, was)
	}
	if inner.Input(0) != y || w.Data().Float64s()[0] != 1 {
		t.Error("the model's own values changed")
	}
}

// A snapshot has the origins of what it is a copy of, and keeps them when the model goes on to change.
func TestSnapshot(t *testing.T) {
	n := newNet(t)
	x := n.input("x")
	n.g.AddOutput(n.node("Relu", "y", x))
	c := n.m.Clone()
	added, err := c.Graph.AddInput("image", x.Type())
	if err != nil {
		t.Fatal(err)
	}
	s := c.Snapshot()
	c.Graph.Lookup("y").Redefine()
	if g := s.Graph; g.Lookup("x").Origin() != x || g.Lookup("y").Origin() != n.g.Lookup("y") || g.Lookup("image").Origin() != nil || added.Origin() != g.Lookup("image") {
		t.Error("the origins are others")
	}
}
