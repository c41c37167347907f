package model

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/graph"
)

// told writes changes as text, a line each.
func told(changes []Descent) string {
	names := func(nodes []*graph.Node) string {
		var list []string
		for _, n := range nodes {
			list = append(list, n.Label())
		}
		return strings.Join(list, " ")
	}
	var lines []string
	for _, d := range changes {
		lines = append(lines, names(d.From)+" -> "+names(d.To))
	}
	return strings.Join(lines, "\n")
}

// replace puts a node in place of the one that computes a value, as a pass does, and removes what is left over.
func replace(m *graph.Model, name, by, op string, inputs ...string) {
	old := m.Graph.Lookup(name)
	var values []*graph.Value
	for _, in := range inputs {
		values = append(values, m.Graph.Lookup(in))
	}
	n := graph.NewNode(op, values...)
	n.Name = by
	n.TakeOutput(m.Graph.NewValue(by))
	m.Graph.InsertBefore(n, old.Producer())
	graph.ReplaceAllUses(old, n.Output(0))
	for dead := range m.Graph.Backward() {
		if dead.LiveOutputs() == 0 {
			m.Graph.Remove(dead)
		}
	}
}

// TestLineage follows nodes through one change after another: what became of them is what is there in the end.
func TestLineage(t *testing.T) {
	n := newNet(t)
	x := n.input("x")
	n.node("dead", "Relu", []*graph.Value{x})
	a, b := n.conv("a", x, 4, 4, 3, 3), n.conv("b", x, 4, 4, 1, 1)
	sum := n.node("sum", "Add", []*graph.Value{a, b})
	kept := n.node("kept", "Relu", []*graph.Value{n.node("same", "Identity", []*graph.Value{sum})})
	n.Graph.AddOutput(n.conv("c", kept, 4, 4, 3, 3))

	m := n.Clone()
	if diff := cmp.Diff("", told(Lineage(n.Model, m))); diff != "" {
		t.Errorf("of a copy:\n%s", diff)
	}
	replace(m, "a.bn", "a", "Conv", "x", "w")
	replace(m, "sum", "merged", "Conv", "x", "w")
	graph.ReplaceAllUses(m.Graph.Lookup("same"), m.Graph.Lookup("same").Producer().Input(0))
	m.Graph.Remove(m.Graph.Lookup("same").Producer())
	replace(m, "c.bn", "c", "Conv", "kept", "w")
	want := "dead -> \na a.bn b b.bn sum -> merged\nsame kept -> kept\nc c.bn -> c"
	if diff := cmp.Diff(want, told(Lineage(n.Model, m))); diff != "" {
		t.Error(diff)
	}
}

// A sum of which some terms were merged is still there.
func TestLineageKeepsTheSum(t *testing.T) {
	n := newNet(t)
	x, y := n.input("x"), n.input("y")
	inner := n.node("inner", "Add", []*graph.Value{n.conv("a", x, 4, 4, 3, 3), n.conv("b", x, 4, 4, 1, 1)})
	n.Graph.AddOutput(n.node("residual", "Add", []*graph.Value{inner, y}))
	m := n.Clone()
	m.Graph.Lookup("inner").Redefine() // as a pass that flattens the sums leaves it
	replace(m, "inner", "merged", "Conv", "x", "w")
	if diff := cmp.Diff("a a.bn b b.bn inner -> merged", told(Lineage(n.Model, m))); diff != "" {
		t.Error(diff)
	}
}

// Nodes of sub-graphs have their descent, too, and what they use from outside goes with them.
func TestLineageOfSubgraphs(t *testing.T) {
	n := newNet(t)
	x := n.input("x")
	outer := n.node("outer", "Neg", []*graph.Value{x})
	branch := n.Graph.NewSubgraph("then")
	inside := func(name, op string, in *graph.Value) *graph.Value {
		node := graph.NewNode(op, in)
		node.Name = name
		node.TakeOutput(branch.NewValue(name))
		branch.Append(node)
		return node.Output(0)
	}
	branch.AddOutput(inside("second", "Relu", inside("first", "Neg", outer)))
	n.Graph.AddOutput(n.node("if", "If", []*graph.Value{x}, &graph.Attr{Name: "then_branch", Kind: graph.AttrGraph, Graph: branch}))
	m := n.Clone()
	for g := range m.Graph.All() {
		if v := g.Lookup("first"); v != nil && g != m.Graph { // −(−x) is x
			graph.ReplaceAllUses(v, m.Graph.Lookup("x"))
			g.Remove(v.Producer())
			m.Graph.Remove(m.Graph.Lookup("outer").Producer())
		}
	}
	changes := Lineage(n.Model, m)
	if diff := cmp.Diff("outer first second -> second", told(changes)); diff != "" {
		t.Error(diff)
	}
	if slices.ContainsFunc(changes, func(d Descent) bool { return len(d.From) == 0 }) {
		t.Error("a node came of nothing")
	}
}

// What is left of a node that two others use goes with the first of them, a result that is computed before stays what it was,
// and constants are no nodes that become others.
func TestLineageOfWhatIsShared(t *testing.T) {
	n := newNet(t)
	x := n.input("x")
	shared := n.node("shared", "Neg", []*graph.Value{n.node("constant", "Constant", nil)})
	first := n.node("first", "Add", []*graph.Value{x, shared})
	second := n.node("second", "Add", []*graph.Value{first, shared})
	n.Graph.AddOutput(n.node("last", "Identity", []*graph.Value{second}))
	m := n.Clone()
	for _, name := range []string{"first", "second"} {
		m.Graph.Lookup(name).Producer().SetInput(1, m.Graph.Lookup("x"))
	}
	for _, name := range []string{"shared", "constant"} {
		m.Graph.Remove(m.Graph.Lookup(name).Producer())
	}
	last := m.Graph.Outputs()[0].Producer()
	graph.ReplaceAllUses(last.Output(0), last.Input(0))
	m.Graph.Remove(last)
	if diff := cmp.Diff("shared first -> first\nlast -> ", told(Lineage(n.Model, m))); diff != "" {
		t.Error(diff)
	}
}
