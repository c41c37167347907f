package verify

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// within is an If with a network in the branch that is not taken, and another If in that one. The weights are multiplied by a factor.
func within(t *testing.T, prefix string, by float32) *graph.Model {
	t.Helper()
	n := newNet(t)
	x, choice := n.input("x", tensor.Float32, 1, 2, 64), n.input("choice", tensor.Bool)
	then, otherwise := n.body("then"), n.body("else")
	y := then.relu(prefix+"relu", then.conv(prefix+"conv", x, by, 2*by, 3*by, 4*by))
	deep, deeper := then.body("deep"), then.body("deeper")
	logits := deep.conv(prefix+"logits", y, 4*by, 3*by, -2*by, by)
	deep.g.AddOutput(deep.node(prefix+"s", "Sigmoid", []*graph.Value{logits}))
	deeper.g.AddOutput(deeper.node(prefix+"neg", "Neg", []*graph.Value{deeper.relu(prefix+"deeper", y)}))
	then.g.AddOutput(then.branch(prefix+"inner", choice, deep, deeper))
	otherwise.g.AddOutput(otherwise.node(prefix+"other", "Neg", []*graph.Value{x}))
	return n.model(n.branch("y", choice, then, otherwise))
}

// TestMatchWithinBranches pairs the values of branches, and of branches within, whose names say nothing. What is off by a fifth there, and
// by another fifth within, is not taken for what is off by more.
func TestMatchWithinBranches(t *testing.T) {
	first, second := within(t, "", 1), within(t, "z", 1.2)
	m, err := matchValues(t.Context(), side[*graph.Model]{first, second}, side[Exact]{opened(t, first), opened(t, second)}, tensor.Map{
		"x": repeated([]int64{1, 2, 64}, 1, -2, 3, 5), "choice": tensor.Of(nil, false),
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"conv", "relu", "logits", "s", "deeper", "neg", "inner", "other"} {
		if got := m.origin[value(t, second, "z"+name)]; got != value(t, first, name) {
			t.Errorf("z%s goes with %v", name, got)
		}
	}
	if !m.kept[value(t, second, "zlogits")] {
		t.Error("what a branch decides by may be forgotten")
	}
}

// TestMatchesTakeNumbers: two layers that are off by a fifth each are not taken for one that is off by more.
func TestMatchesTakeNumbers(t *testing.T) {
	build := func(by float32) *graph.Model {
		n := newNet(t)
		y := n.conv("y", n.input("x", tensor.Float32, 1, 2, 64), by, 2*by, 3*by, 4*by)
		return n.model(n.node("end", "Neg", []*graph.Value{n.conv("z", y, by, -2*by, 3*by, 4*by)}))
	}
	first, second := build(1), build(1.2)
	m, err := matchValues(t.Context(), side[*graph.Model]{first, second}, side[Exact]{opened(t, first), opened(t, second)}, inputsOf(t, first, 1)[0])
	if err != nil {
		t.Fatal(err)
	}
	if got := m.origin[value(t, second, "z")]; got != value(t, first, "z") {
		t.Errorf("z goes with %v", got)
	}
}
