package model

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/graph"
)

// toldByLabels writes changes as [told] does.
func toldByLabels(changes []Change) string {
	names := func(labels []Label) string {
		var list []string
		for _, l := range labels {
			list = append(list, l.Name)
		}
		return strings.Join(list, " ")
	}
	var lines []string
	for _, c := range changes {
		lines = append(lines, names(c.From)+" -> "+names(c.To))
	}
	return strings.Join(lines, "\n")
}

// TestTrail rewrites a model in place and a clone of it alike: the trail tells the same as the model that was kept.
func TestTrail(t *testing.T) {
	n := newNet(t)
	x := n.input("x")
	a, b := n.conv("a", x, 4, 4, 3, 3), n.conv("b", x, 4, 4, 1, 1)
	sum := n.node("sum", "Add", []*graph.Value{a, b})
	n.Graph.AddOutput(n.conv("c", n.node("kept", "Relu", []*graph.Value{sum}), 4, 4, 3, 3))

	first, trail := n.Clone(), TrailOf(n.Model)
	if diff := cmp.Diff("", toldByLabels(trail.Lineage(n.Clone()))); diff != "" {
		t.Errorf("of a copy:\n%s", diff)
	}
	second := first.Clone()
	n.OwnOrigins()
	if diff := cmp.Diff("", toldByLabels(trail.Lineage(n.Model))); diff != "" {
		t.Errorf("of the model itself:\n%s", diff)
	}
	for _, m := range []*graph.Model{second, n.Model} {
		replace(m, "sum", "merged", "Sigmoid", "x")
		replace(m, "kept", "other", "Tanh", "merged")
	}
	want := told(Lineage(first, second))
	if want == "" {
		t.Fatal("nothing changed")
	}
	if diff := cmp.Diff(want, toldByLabels(trail.Lineage(n.Model))); diff != "" {
		t.Errorf("after rewrites:\n%s", diff)
	}
}

// TestTrailOfNewInputs puts a new node in the place of an input that is new itself: neither is a node of the first model, whatever place
// the input has in the snapshot that is its origin.
func TestTrailOfNewInputs(t *testing.T) {
	n := newNet(t)
	n.Graph.AddOutput(n.node("b", "Tanh", []*graph.Value{n.node("a", "Relu", []*graph.Value{n.input("x")})}))

	m := n.Clone()
	g := m.Graph
	var added []*graph.Value
	for _, name := range []string{"p", "q"} {
		v, err := g.AddInput(name, graph.Type{})
		if err != nil {
			t.Fatal(err)
		}
		added = append(added, v)
	}
	mix := graph.NewNode("Sum", added...)
	mix.Name = "mix"
	mix.TakeOutput(g.NewValue("mix"))
	g.Append(mix)
	g.AddOutput(mix.Output(0))
	m.Snapshot()
	by := graph.NewNode("Sigmoid", added[0])
	by.Name = "new"
	by.TakeOutput(g.NewValue("new"))
	g.InsertBefore(by, mix)
	graph.ReplaceAllUses(added[1], by.Output(0))
	g.SetInputs(g.Lookup("x"), added[0])

	for line := range strings.SplitSeq(told(Lineage(n.Model, m)), "\n") {
		if from, _, _ := strings.Cut(line, " -> "); from != "" {
			t.Errorf("a node of the first became another one: %s", line)
		}
	}
}
