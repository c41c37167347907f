package graph

import (
	"testing"

	"github.com/acdeploy/acdeploy/tensor"
)

func TestReplaceAllUses(t *testing.T) {
	n := newNet(t)
	x := n.input("x")
	a := n.node("Relu", "a", x)
	b := n.node("Neg", "b", a)
	c := n.node("Add", "c", b, b)
	d := n.node("Mul", "d", b, a)
	n.g.AddOutput(c)
	n.g.AddOutput(d)
	ReplaceAllUses(b, a)
	if a.UseCount() != 5 || b.Used() {
		t.Errorf("a has %d uses, b has %d", a.UseCount(), b.UseCount())
	}
	n.g.Remove(b.Producer())
	if c.Producer().Input(1) != a || d.Producer().Input(0) != a || a.UseCount() != 4 {
		t.Errorf("c = %v, d = %v, a has %d uses", c.Producer().Input(1).Name(), d.Producer().Input(0).Name(), a.UseCount())
	}
	n.ok()
	// A chain of replacements ends at the last value.
	ReplaceAllUses(a, x)
	if c.Producer().Input(0) != x || x.UseCount() != 5 {
		t.Errorf("c reads %s, x has %d uses", c.Producer().Input(0).Name(), x.UseCount())
	}
	n.g.Remove(a.Producer())
	n.ok()
}

func TestReplaceAllUsesOfOutput(t *testing.T) {
	n := newNet(t)
	x := n.input("x")
	a := n.node("Relu", "a", x)
	out := n.node("Identity", "out", a)
	n.g.AddOutput(out)
	if CanReplace(out, x) {
		t.Error("an output may become an input of the graph")
	}
	ReplaceAllUses(out, a)
	n.g.Remove(out.Producer())
	n.ok()
	if got := n.g.Outputs()[0]; got != a || got.Name() != "out" || n.g.Lookup("out") != a || n.g.Lookup("a") != nil {
		t.Errorf("the output is %q of %s", got.Name(), got.Producer().Label())
	}
	second := n.node("Neg", "second", a)
	n.g.AddOutput(second)
	if CanReplace(second, a) {
		t.Error("two outputs may become one value")
	}
}

func TestOverridable(t *testing.T) {
	for ir, overridable := range map[int64]bool{3: false, 4: true, 8: true} {
		m := NewModel(ir, Opset{"", 8})
		if _, err := m.Graph.AddInput("w", Type{}); err != nil {
			t.Fatal(err)
		}
		w, err := m.Graph.AddInitializer("w", tensor.Of(nil, float32(1)))
		if err != nil {
			t.Fatal(err)
		}
		if w.Overridable() != overridable || (w.Constant() == nil) != overridable {
			t.Errorf("IR %d: overridable is %v", ir, w.Overridable())
		}
	}
}

// TestOrigin: each value of a clone knows the one that it is a copy of, until it means something else.
func TestOrigin(t *testing.T) {
	n := newNet(t)
	x := n.input("x")
	a := n.node("Relu", "a", x)
	n.g.AddOutput(a)
	c := n.m.Clone()
	for _, v := range []*Value{x, a} {
		if got := c.Graph.Lookup(v.Name()); got.Origin() != v || v.Origin() != nil {
			t.Errorf("%s comes of %v, that of %v", v.Name(), got.Origin(), v.Origin())
		}
	}
	if got := c.Graph.NewValue("new").Origin(); got != nil {
		t.Errorf("a new value comes of %s", got.Name())
	}
	c.Graph.Lookup("a").Redefine()
	if got := c.Graph.Lookup("a").Origin(); got != nil {
		t.Errorf("a redefined value comes of %s", got.Name())
	}
	if got := c.Graph.Lookup("x").Origin(); got != x {
		t.Error("another value is redefined too")
	}
}

// TestOriginOfWhatReplaces: a new value holds what the old one did. One that has an origin keeps it, and so an output's name
// can go to a value that comes of another.
func TestOriginOfWhatReplaces(t *testing.T) {
	n := newNet(t)
	x := n.input("x")
	a := n.node("Relu", "a", x)
	out := n.node("Identity", "out", a)
	n.g.AddOutput(out)
	m := n.m.Clone()
	c := net{t, m, m.Graph}
	ReplaceAllUses(c.g.Lookup("a"), c.node("Relu", "new", c.g.Lookup("x")))
	if got := c.g.Lookup("new").Origin(); got != a {
		t.Errorf("the new value comes of %v", got)
	}
	if got := c.g.Lookup("a").Origin(); got != a {
		t.Errorf("the old one comes of %v", got)
	}
	m = n.m.Clone()
	c = net{t, m, m.Graph}
	ReplaceAllUses(c.g.Lookup("out"), c.g.Lookup("a"))
	if got := c.g.Outputs()[0]; got.Name() != "out" || got.Origin() != a {
		t.Errorf("the output %s comes of %v", got.Name(), got.Origin())
	}
	redefined := n.m.Clone()
	c = net{t, redefined, redefined.Graph}
	c.g.Lookup("a").Redefine()
	ReplaceAllUses(c.g.Lookup("a"), c.node("Relu", "new", c.g.Lookup("x")))
	if got := c.g.Lookup("new").Origin(); got != nil {
		t.Errorf("what replaces a redefined value comes of %s", got.Name())
	}
}
