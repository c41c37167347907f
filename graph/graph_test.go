package graph

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"weak"

	"github.com/acdeploy/acdeploy/tensor"
)

// net is a small model under construction.
type net struct {
	*testing.T
	m *Model
	g *Graph
}

func newNet(t *testing.T) net {
	t.Helper()
	m := NewModel(8, Opset{"", 17})
	return net{t, m, m.Graph}
}

func (n net) input(name string) *Value {
	v, err := n.g.AddInput(name, Type{Elem: tensor.Float32})
	if err != nil {
		n.Fatal(err)
	}
	return v
}

func (n net) node(op, out string, in ...*Value) *Value {
	node := NewNode(op, in...)
	node.Name = "n_" + out
	v, err := n.g.AddValue(out)
	if err != nil {
		n.Fatal(err)
	}
	if err := node.AddOutput(v); err != nil {
		n.Fatal(err)
	}
	n.g.Append(node)
	return v
}

func (n net) ok() {
	n.Helper()
	if err := n.m.Check(); err != nil {
		n.Error(err)
	}
}

func (n net) text() string {
	var b strings.Builder
	if err := n.m.Text(&b); err != nil {
		n.Fatal(err)
	}
	return b.String()
}

// TestFreshNames gives every node and every value a name of its own, in all graphs of a model.
func TestFreshNames(t *testing.T) {
	n := newNet(t)
	x := n.input("x")
	n.g.AddOutput(n.node("Relu", "a", x))
	n.node("Relu", "b", x).Producer().Name = "n_a_1"
	sub := n.g.NewSubgraph("then")
	inner := NewNode("Relu", x)
	inner.Name = "n_c"
	sub.Append(inner)
	n.node("If", "d", x).Producer().SetAttr(&Attr{Name: "then_branch", Kind: AttrGraph, Graph: sub})
	for _, c := range []struct{ base, want string }{
		{"n_z", "n_z"}, {"n_z", "n_z_1"}, {"n_z", "n_z_2"}, // not twice
		{"n_a", "n_a_2"}, {"n_c", "n_c_1"}, // nor what was there
		{"x", "x"}, // values have other names
	} {
		if got := n.g.FreshNodeName(c.base); got != c.want {
			t.Errorf("%s is called %s, want %s", c.base, got, c.want)
		}
	}
	for _, c := range []struct{ base, want string }{{"x", "x_1"}, {"free", "free"}, {"a", "a_1"}} {
		if got := sub.NewValue(c.base).Name(); got != c.want {
			t.Errorf("%s is called %s, want %s", c.base, got, c.want)
		}
	}
	if got := n.g.NewValue("").Name(); got == "" {
		t.Error("a value has no name")
	}
}

func TestSetOutputs(t *testing.T) {
	n := newNet(t)
	a := n.node("Relu", "a", n.input("x"))
	b := n.node("Relu", "b", a)
	c := n.node("Relu", "c", b)
	n.g.AddOutput(c)
	edits := n.g.Edits()
	n.g.SetOutputs(b, a)
	if out := n.g.Outputs(); len(out) != 2 || out[0] != b || out[1] != a {
		t.Errorf("the outputs are %v", out)
	}
	if c.IsOutput() || c.Used() || !a.IsOutput() || b.UseCount() != 2 {
		t.Error("the values do not know which of them are outputs")
	}
	if n.g.Edits() == edits {
		t.Error("it is no edit")
	}
	if err := n.g.Check(); err != nil {
		t.Error(err)
	}
}

// Inputs can be put in another order and left out where nothing uses them.
func TestSetInputs(t *testing.T) {
	n := newNet(t)
	x, y, z := n.input("x"), n.input("y"), n.input("z")
	n.g.AddOutput(n.node("Add", "sum", z, x))
	n.g.SetInputs(z, x)
	n.ok()
	if in := n.g.Inputs(); len(in) != 2 || in[0] != z || in[1] != x || y.Graph() != nil || n.g.Lookup("y") != nil {
		t.Errorf("%d inputs", len(n.g.Inputs()))
	}
	for name, set := range map[string][]*Value{"one in use": {x}, "twice": {x, z, x}, "no input": {x, z, n.g.Lookup("sum")}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			n.g.SetInputs(set...)
		}()
	}
}

// TestRemovedInitializers are let go of, while those that stay are visited once each in their order, also by who removes them.
func TestRemovedInitializers(t *testing.T) {
	m := NewModel(8, Opset{"", 17})
	const all = 100
	var held []weak.Pointer[Value]
	for k := range all {
		v, err := m.Graph.AddInitializer(fmt.Sprint(k), tensor.Of[float32](nil, 1))
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, weak.Make(v))
	}
	k := 0
	for v := range m.Graph.Initializers() {
		if v.Name() != fmt.Sprint(k) {
			t.Fatalf("%q is visited instead of %d", v.Name(), k)
		}
		if k++; k%10 != 0 {
			m.Graph.RemoveInitializer(v)
		}
	}
	if k != all {
		t.Errorf("%d are visited", k)
	}
	runtime.GC()
	alive := 0
	for _, v := range held {
		if v.Value() != nil {
			alive++
		}
	}
	if alive > all/5 {
		t.Errorf("%d are held still", alive)
	}
	names := ""
	for v := range m.Graph.Initializers() {
		names += v.Name() + " "
	}
	if names != "9 19 29 39 49 59 69 79 89 99 " {
		t.Errorf("%s are left", names)
	}
}

// TestDefaultAgain gives an input a default value that had one before.
func TestDefaultAgain(t *testing.T) {
	m := NewModel(8, Opset{"", 17})
	x, _ := m.Graph.AddInput("x", Type{Elem: tensor.Float32})
	listed := func() int { return len(slices.Collect(m.Graph.Initializers())) }
	for range 2 {
		for _, k := range []string{"a", "b", "x"} {
			if _, err := m.Graph.AddInitializer(k, tensor.Of[float32](nil, 1)); err != nil {
				t.Fatal(err)
			}
		}
		if listed() != 3 {
			t.Errorf("%d initializers are listed", listed())
		}
		m.Graph.RemoveInitializer(x)
		if listed() != 2 {
			t.Errorf("%d initializers are listed without the default", listed())
		}
		m.Graph.RemoveInitializer(m.Graph.Lookup("a"))
		m.Graph.RemoveInitializer(m.Graph.Lookup("b"))
	}
}
