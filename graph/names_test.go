package graph

import "testing"

// TestNamesAreNotGivenOutAgain: a name stays taken after its value is gone or has another one, in the main graph and in a sub-graph.
func TestNamesAreNotGivenOutAgain(t *testing.T) {
	m := NewModel(8)
	for _, g := range []*Graph{m.Graph, m.Graph.NewSubgraph("body")} {
		v := g.NewValue("v")
		name := v.Name()
		v.Rename("w of " + g.Name)
		if g.Lookup(name) != nil || g.Values() != 1 {
			t.Errorf("%q is still there among %d values", name, g.Values())
		}
		if again := m.Graph.FreshName(name); again == name {
			t.Errorf("%q is given out again", name)
		}
		n := NewNode("Relu")
		n.TakeOutput(v)
		g.Append(n)
		g.Remove(n)
		if g.Values() != 0 || m.Graph.FreshName("w of "+g.Name) == "w of "+g.Name {
			t.Errorf("%d values are left, or a name is given out again", g.Values())
		}
	}
}

// TestPlaces numbers the values of all graphs of a model, and a clone anew.
func TestPlaces(t *testing.T) {
	m := NewModel(8)
	sub := m.Graph.NewSubgraph("body")
	a, b := m.Graph.NewValue("a"), sub.NewValue("b")
	if a.Place() != 0 || b.Place() != 1 || m.Places() != 2 {
		t.Errorf("places %d and %d of %d", a.Place(), b.Place(), m.Places())
	}
	if c := NewModel(8).Clone(); c.Places() != 0 {
		t.Errorf("an empty clone has %d places", c.Places())
	}
}
