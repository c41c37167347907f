package graph

import (
	"slices"
	"strings"
	"testing"
)

func TestCaptures(t *testing.T) {
	n := newNet(t)
	x := n.input("x")
	a := n.node("Relu", "a", x)
	body := n.g.NewSubgraph("body")
	inner := NewNode("Neg", a)
	v, _ := body.AddValue("inner")
	if err := inner.AddOutput(v); err != nil {
		t.Fatal(err)
	}
	body.Append(inner)
	body.AddOutput(v)
	cond := NewNode("If", x)
	cond.Name = "cond"
	cond.SetAttr(&Attr{Name: "then_branch", Kind: AttrGraph, Graph: body})
	n.g.Append(cond)
	n.ok()
	if a.UseCount() != 1 || a.OnlyUse().Node != inner {
		t.Errorf("the capture is not a use: %d", a.UseCount())
	}
	ReplaceAllUses(a, x)
	if inner.Input(0) != x {
		t.Error("the capture was not replaced")
	}
	n.g.Remove(a.Producer())
	n.g.Remove(cond)
	if x.Used() {
		t.Error("the removed sub-graph still uses x")
	}
	n.ok()
}

// TestAddInputs gives nodes inputs, absent ones among them, and more of them afterwards.
func TestAddInputs(t *testing.T) {
	for count := range 8 {
		n := newNet(t)
		x := n.input("x")
		inputs := slices.Repeat([]*Value{x, nil}, 4)[:count]
		node := NewNode("Sum", inputs...)
		node.AddInput(x)
		node.AddInputs(nil, x)
		want := slices.Concat(inputs, []*Value{x, nil, x})
		for i, v := range node.Inputs() {
			if v != want[i] || node.inputs[i].Index != i {
				t.Errorf("%d inputs: number %d is %v", count, i, v)
			}
		}
		if node.NumInputs() != len(want) || node.AbsentInputs() != count/2+1 || x.UseCount() != (count+1)/2+2 {
			t.Errorf("%d inputs: %d are there, %d absent, %d of x", count, node.NumInputs(), node.AbsentInputs(), x.UseCount())
		}
	}
}

func TestSecondProducer(t *testing.T) {
	n := newNet(t)
	y := n.node("Relu", "y", n.input("x"))
	if err := NewNode("Neg").AddOutput(y); err == nil || !strings.Contains(err.Error(), "second producer") {
		t.Errorf("got %v", err)
	}
	if _, err := n.g.AddValue("y"); err == nil || !strings.Contains(err.Error(), "defined twice") {
		t.Errorf("got %v", err)
	}
}
