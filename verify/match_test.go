package verify

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// TestMatchValues pairs the values of two graphs whose names say nothing.
func TestMatchValues(t *testing.T) {
	n := newNet(t)
	y := n.conv("y", n.input("x", tensor.Float32, 1, 2, 64), 1, 2, 3, 4)
	twice := n.node("twice", "Mul", []*graph.Value{y, n.floats(nil, 2)})
	first := n.model(n.node("p", "Sigmoid", []*graph.Value{n.relu("z", twice)}))

	n = newNet(t)
	folded := n.conv("twice", n.input("x", tensor.Float32, 1, 2, 64), 1, 2, 3, 4.001) // y by another name
	a := n.conv("a", n.g.Lookup("x"), 2, 4, 6, 8)
	second := n.model(n.node("p", "Sigmoid", []*graph.Value{n.relu("y", a)}))
	n.g.AddOutput(folded)

	m, err := matchValues(t.Context(), side[*graph.Model]{first, second}, side[Exact]{opened(t, first), opened(t, second)}, inputsOf(t, first, 1)[0])
	if err != nil {
		t.Fatal(err)
	}
	for is, was := range map[string]string{"twice": "y", "a": "twice", "y": "z", "p": "p"} {
		if got := m.origin[value(t, second, is)]; got != value(t, first, was) {
			t.Errorf("%s goes with %v, not with %s", is, got, was)
		}
	}
	if !m.kept[value(t, second, "y")] || m.kept[value(t, second, "twice")] {
		t.Errorf("what the models decide by is not what is before the Sigmoid: %v", m.kept)
	}
}

// TestDecidedBy pairs the logits of models that are far apart there.
func TestDecidedBy(t *testing.T) {
	build := func(factor float32) *graph.Model {
		n := newNet(t)
		y := n.conv("y", n.input("x", tensor.Float32, 1, 2, 64), factor, 2, 3, 4)
		flat := n.node("flat", "Flatten", []*graph.Value{n.node("s", "Softmax", []*graph.Value{y})})
		return n.model(n.node("a", "ArgMax", []*graph.Value{flat}, graph.IntAttr("axis", 1)))
	}
	first, second := build(1), build(-9)
	m := matches{origin: map[*graph.Value]*graph.Value{}, kept: map[*graph.Value]bool{}}
	m.decidedBy(value(t, first, "a"), value(t, second, "a"))
	for _, name := range []string{"flat", "s", "y"} {
		if v := value(t, second, name); m.origin[v] != value(t, first, name) || !m.kept[v] {
			t.Errorf("%s goes with %v", name, m.origin[v])
		}
	}
	if len(m.origin) != 3 {
		t.Errorf("%d values are paired", len(m.origin))
	}
}
