package verify

import (
	"slices"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// valueNames are the names of values in the order of the alphabet.
func valueNames(values []*graph.Value) string {
	var names []string
	for _, v := range values {
		names = append(names, v.Name())
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

// nodeNames are the labels of nodes in the order of the alphabet.
func nodeNames(c cone) string {
	var names []string
	for n := range c.nodes {
		names = append(names, n.Label())
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

func uncut(*graph.Value) bool { return false }

func cutAt(cuts ...*graph.Value) func(*graph.Value) bool {
	return func(v *graph.Value) bool { return slices.Contains(cuts, v) }
}

// TestConeOf walks back to where it is cut. Constants are no inputs.
func TestConeOf(t *testing.T) {
	n := newNet(t)
	x := n.input("x", tensor.Float32, 1)
	a := n.relu("a", x)
	b := n.node("b", "Add", []*graph.Value{a, n.floats([]int64{1}, 1), nil})
	c := n.node("c", "Mul", []*graph.Value{a, b})
	n.relu("aside", a)
	for name, want := range map[string]struct {
		result        *graph.Value
		cut           func(*graph.Value) bool
		inputs, nodes string
	}{
		"to the input":        {c, uncut, "x", "a_node b_node c_node"},
		"to a":                {c, cutAt(a), "a", "b_node c_node"},
		"to b":                {c, cutAt(b), "b x", "a_node c_node"},
		"to a and b":          {c, cutAt(a, b), "a b", "c_node"},
		"not at its own end":  {c, cutAt(c), "x", "a_node b_node c_node"},
		"of an input":         {x, uncut, "x", ""},
		"of a constant":       {b.Producer().Input(1), uncut, "", ""},
		"of one node's value": {a, uncut, "x", "a_node"},
	} {
		got := coneOf(want.result, want.cut)
		if valueNames(got.inputs) != want.inputs || nodeNames(got) != want.nodes {
			t.Errorf("%s: from %q by %q", name, valueNames(got.inputs), nodeNames(got))
		}
	}
}

// TestConeOfBody ends at the graph around, and reads what a sub-graph of its own captures.
func TestConeOfBody(t *testing.T) {
	n := newNet(t)
	x, choice := n.input("x", tensor.Float32, 1), n.input("choice", tensor.Bool)
	a := n.relu("a", x)
	then, otherwise := n.body("then"), n.body("else")
	inner := then.relu("inner", then.relu("within", a))
	then.g.AddOutput(inner)
	otherwise.g.AddOutput(otherwise.relu("other", x))
	y := n.branch("y", choice, then, otherwise)
	if got := coneOf(inner, uncut); valueNames(got.inputs) != "a" || nodeNames(got) != "inner_node within_node" {
		t.Errorf("inside: from %q by %q", valueNames(got.inputs), nodeNames(got))
	}
	if got := coneOf(y, uncut); valueNames(got.inputs) != "choice x" || nodeNames(got) != "a_node y_node" {
		t.Errorf("outside: from %q by %q", valueNames(got.inputs), nodeNames(got))
	}
	if got := valueNames(slices.Collect(operands(y.Producer()))); got != "a choice x" {
		t.Errorf("the If reads %q", got)
	}
	for range operands(y.Producer()) { // it can be left early
		break
	}
}

// TestFixed: what is computed from constants alone is one.
func TestFixed(t *testing.T) {
	n := newNet(t)
	x, c := n.input("x", tensor.Float32, 1), n.floats([]int64{4}, 1)
	w := n.input("w", tensor.Float32, 1)
	if _, err := n.g.AddInitializer("w", repeated([]int64{1}, 1)); err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string]struct {
		of   *graph.Value
		want bool
	}{
		"a constant":                    {c, true},
		"a part of one":                 {n.node("part", "Slice", []*graph.Value{c, n.ints(1), n.ints(2)}), true},
		"an input":                      {x, false},
		"what is computed from one":     {n.node("sum", "Add", []*graph.Value{c, x}), false},
		"an initializer with a default": {w, false},
	} {
		if got := fixed(v.of); got != v.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
