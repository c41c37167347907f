package verify

import (
	"maps"
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// bordersOf pairs the values of a model and its clone.
func bordersOf(m, fused *graph.Model) *borders { return findBorders(m, fused, (*graph.Value).Origin) }

// pairedNames are the values of the second model that have a counterpart, each with its name in the first.
func pairedNames(b *borders) map[string]string {
	names := map[string]string{}
	for is, was := range b.was {
		names[is.Name()] = was.Name()
	}
	return names
}

// TestBorders pairs what has the same numbers: a value that was redefined is none of it, and a new one neither.
func TestBorders(t *testing.T) {
	n := newNet(t)
	a := n.relu("a", n.input("x", tensor.Float32, 1))
	b := n.relu("b", a)
	m := n.model(n.relu("c", b))
	fused := changed(m, func(c *graph.Model) {
		value(t, c, "a").Redefine()
		value(t, c, "b").Rename("renamed")
		made := graph.NewNode("Relu", value(t, c, "x"))
		made.TakeOutput(c.Graph.NewValue("new"))
		c.Graph.InsertBefore(made, value(t, c, "c").Producer())
	})
	got := bordersOf(m, fused)
	if want := map[string]string{"x": "x", "renamed": "b", "c": "c"}; !maps.Equal(pairedNames(got), want) {
		t.Errorf("paired are %v, want %v", pairedNames(got), want)
	}
	for is, was := range got.was {
		if got.is[was] != is {
			t.Errorf("%s is not paired from both sides", is.Name())
		}
	}
}

// TestBordersByName pairs inputs and outputs where no origin is known: what a caller sees has the same numbers or the models
// differ.
func TestBordersByName(t *testing.T) {
	build := func() *graph.Model {
		n := newNet(t)
		return n.model(n.relu("y", n.relu("a", n.input("x", tensor.Float32, 1))))
	}
	m, other := build(), build()
	got := findBorders(m, other, func(*graph.Value) *graph.Value { return nil })
	if want := map[string]string{"x": "x", "y": "y"}; !maps.Equal(pairedNames(got), want) {
		t.Errorf("paired are %v, want %v", pairedNames(got), want)
	}
}

// TestBordersOfOneOrigin: two values of the second model stand for one of the first. The earlier one is its counterpart.
func TestBordersOfOneOrigin(t *testing.T) {
	n := newNet(t)
	m := n.model(n.relu("b", n.relu("a", n.input("x", tensor.Float32, 1))))
	fused := m.Clone()
	a := value(t, fused, "a")
	twin := graph.NewNode("Relu", value(t, fused, "x"))
	twin.TakeOutput(fused.Graph.NewValue("twin"))
	fused.Graph.InsertAfter(twin, a.Producer())
	got := findBorders(m, fused, func(v *graph.Value) *graph.Value {
		if v == twin.Output(0) {
			v = a
		}
		return v.Origin()
	})
	was := value(t, m, "a")
	if got.was[a] != was || got.was[twin.Output(0)] != was || got.is[was] != a {
		t.Errorf("paired are %v, the counterpart is %v", pairedNames(got), got.is[was])
	}
}

// nested is an If over a value that is computed before, with a Relu of it in one branch.
func nested(t *testing.T) *graph.Model {
	t.Helper()
	n := newNet(t)
	x, choice := n.input("x", tensor.Float32, 1), n.input("choice", tensor.Bool)
	a := n.relu("a", x)
	then, otherwise := n.body("then"), n.body("else")
	then.g.AddOutput(then.relu("inner", a))
	otherwise.g.AddOutput(otherwise.node("other", "Neg", []*graph.Value{x}))
	return n.model(n.branch("y", choice, then, otherwise))
}

// TestBordersOfBodies pairs the values of sub-graphs too.
func TestBordersOfBodies(t *testing.T) {
	m := nested(t)
	fused := m.Clone()
	got := bordersOf(m, fused)
	if len(got.pairs) != 3 || len(got.paired) != 2 {
		t.Fatalf("%d graphs are compared, %d of them are bodies", len(got.pairs), len(got.paired))
	}
	for _, name := range []string{"inner", "other"} {
		if got.was[value(t, fused, name)] != value(t, m, name) {
			t.Errorf("%s is not paired", name)
		}
	}
}

// TestBodiesThatAreNotCompared by themselves: they read what has no counterpart, or belong to another operator.
func TestBodiesThatAreNotCompared(t *testing.T) {
	for name, change := range map[string]func(c *graph.Model){
		"what they read was redefined":  func(c *graph.Model) { value(t, c, "a").Redefine() },
		"their node is another":         func(c *graph.Model) { value(t, c, "y").Producer().OpType = "Other" },
		"their node is of another kind": func(c *graph.Model) { value(t, c, "y").Producer().Domain = "other" },
		"there are fewer":               func(c *graph.Model) { value(t, c, "y").Producer().RemoveAttr("else_branch") },
		"one has more results": func(c *graph.Model) {
			then := value(t, c, "inner").Graph()
			then.AddOutput(value(t, c, "inner"))
		},
	} {
		m := nested(t)
		got := bordersOf(m, changed(m, change))
		if name == "one has more results" {
			if len(got.paired) != 1 {
				t.Errorf("%s: %d bodies are compared", name, len(got.paired))
			}
			continue
		}
		if len(got.paired) != 0 {
			t.Errorf("%s: %d bodies are compared", name, len(got.paired))
		}
	}
}

// TestCaptured finds what is read from outside, also as a result and from a graph further inside.
func TestCaptured(t *testing.T) {
	n := newNet(t)
	x, choice := n.input("x", tensor.Float32, 1), n.input("choice", tensor.Bool)
	a, b, c := n.relu("a", x), n.relu("b", x), n.relu("c", x)
	then, otherwise := n.body("then"), n.body("else")
	deep, deeper := then.body("deep"), then.body("deeper")
	deep.g.AddOutput(deep.relu("d", a))
	local := then.relu("local", b)
	deeper.g.AddOutput(deeper.relu("e", local))
	then.g.AddOutput(then.branch("f", choice, deep, deeper))
	otherwise.g.AddOutput(c)
	n.branch("y", choice, then, otherwise)
	for want, g := range map[string]*graph.Graph{"a b choice": then.g, "c": otherwise.g, "local": deeper.g} {
		if got := valueNames(slices.Collect(maps.Keys(captured(g)))); got != want {
			t.Errorf("%s captures %s, want %s", g.Name, got, want)
		}
	}
}
