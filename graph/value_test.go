package graph

import (
	"fmt"
	"math/rand/v2"
	"slices"
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
	if a.Producer() != nil || b.Producer() != nil {
		t.Error("a removed value still holds its node")
	}
}

// TestUses attaches, detaches and replaces at random, and compares the uses of each value, in their order, with lists.
func TestUses(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		n := newNet(t)
		var values []*Value
		var nodes []*Node
		want := map[*Value][]*Use{}
		for i := range 4 {
			v := n.input(fmt.Sprint("x", i))
			values, nodes = append(values, v), append(nodes, NewNode("Sum"))
		}
		for range 40 {
			v, by, at := values[r.IntN(4)], values[r.IntN(4)], nodes[r.IntN(4)]
			switch i := r.IntN(4); {
			case i == 0:
				at.AddInputs(v, by)
				last := at.inputs[len(at.inputs)-2:]
				want[v] = append(want[v], last[0])
				want[by] = append(want[by], last[1])
			case i == 1 && len(at.inputs) > 0:
				u := at.inputs[r.IntN(len(at.inputs))]
				for was := range want {
					want[was] = slices.DeleteFunc(want[was], func(other *Use) bool { return other == u })
				}
				at.SetInput(u.Index, v)
				want[v] = append(want[v], u)
			case v != by:
				ReplaceAllUses(v, by)
				want[by], want[v] = append(want[by], want[v]...), nil
			}
			for _, v := range values {
				if got := slices.Collect(v.Uses()); !slices.Equal(got, want[v]) || v.UseCount() != len(got) {
					t.Fatalf("%s has the uses %v, %d, want %v", v.Name(), got, v.UseCount(), want[v])
				}
				for _, u := range want[v] {
					if u.Value() != v {
						t.Fatalf("a use of %s is one of %s", v.Name(), u.Value().Name())
					}
				}
			}
		}
	}
}

// TestDeclaration changes what is declared of a value, and not what is of its copy.
func TestDeclaration(t *testing.T) {
	n := newNet(t)
	x := n.input("x")
	x.SetType(Type{Elem: tensor.Float32, Ranked: true, Shape: []tensor.Dim{tensor.Fixed(2)}})
	x.SetExtra("kept")
	copied := n.m.Clone().Graph.Inputs()[0]
	x.SetElem(tensor.Int64)
	if got := x.Type().String(); got != "int64[2]" || x.Extra() != "kept" {
		t.Errorf("x is %s, with %v", got, x.Extra())
	}
	if got := copied.Type().String(); got != "float[2]" || copied.Extra() != "kept" {
		t.Errorf("the copy is %s, with %v", got, copied.Extra())
	}
	x.SetType(Type{})
	if x.Type().String() != "" || x.Extra() != "kept" {
		t.Errorf("x is %s, with %v", x.Type(), x.Extra())
	}
	if x.SetExtra(nil); x.declared != nil {
		t.Error("where nothing is declared something is kept")
	}
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
