package verify

import (
	"iter"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

func TestDecides(t *testing.T) {
	for op, want := range map[string]bool{"ArgMax": true, "Greater": true, "Round": true, "Relu": false, "Softmax": false} {
		if got := decides(graph.NewNode(op)); got != want {
			t.Errorf("%s decides: %t", op, got)
		}
	}
	for to, want := range map[tensor.Type]bool{tensor.Int64: true, tensor.Bool: true, tensor.Float16: false} {
		n := graph.NewNode("Cast")
		n.SetAttr(graph.IntAttr("to", int64(to)))
		if got := decides(n); got != want {
			t.Errorf("Cast to %s decides: %t", to, got)
		}
	}
}

// deciding is a model whose outputs are a class and what a table holds for it; the factor is of its second channel.
func deciding(t *testing.T, factor float32) *graph.Model {
	t.Helper()
	n := newNet(t)
	y := n.conv("y", n.input("x", tensor.Float32, 1, 2, 64), 1, 2, factor, 2*factor)
	class := n.node("class", "ArgMax", []*graph.Value{y}, graph.IntAttr("axis", 1))
	looked := n.node("looked", "Gather", []*graph.Value{n.floats([]int64{2}, 10, 20), class})
	ofShape := n.node("size", "Cast", []*graph.Value{n.node("shape", "Shape", []*graph.Value{y})}, graph.IntAttr("to", int64(tensor.Float32)))
	steps := n.node("steps", "Floor", []*graph.Value{ofShape})
	m := n.model(class, looked, steps)
	class.Type.Elem, looked.Type.Elem, steps.Type.Elem = tensor.Int64, tensor.Float32, tensor.Float32
	return m
}

// TestDecisions gives two models the decisions of the first.
func TestDecisions(t *testing.T) {
	for factor, equal := range map[float32]bool{1 + 1e-6: true, 1.5: false} {
		first, second := deciding(t, 1), deciding(t, factor)
		origin := func(v *graph.Value) *graph.Value { return first.Graph.Lookup(v.Name()) }
		d := FindDecisions(first, second, origin)
		if len(d.results) != 1 || d.results[0].was != "class" || len(d.operands) != 1 || d.operands[0].is != "y" {
			t.Fatalf("%+v", d)
		}
		outputs := []tensor.Spec{{Name: "class", Type: tensor.Int64}, {Name: "looked", Type: tensor.Float32}, {Name: "steps", Type: tensor.Float32}}
		inputs := inputsOf(t, first, 1)
		session := func(m *graph.Model) RunFunc {
			if err := m.Check(); err != nil {
				t.Fatal(err)
			}
			return opened(t, m).RunFloat64
		}
		plain := Pair{Backend: "float64", Before: session(first), After: session(second), Outputs: outputs, Tolerance: 1e-5}
		check, err := plain.Compare(t.Context(), inputs)
		if err != nil {
			t.Fatal(err)
		}
		if check.Equal() {
			t.Fatal("no decision differs, so the test shows nothing")
		}
		asked := [2]RunFunc{session(d.Asked(0, first)), session(d.Asked(1, second))}
		told := plain
		told.Outputs = d.Specs(outputs)
		told.Before, told.After = Give(asked[0], session(d.Told(0, first))), Give(asked[0], session(d.Told(1, second)))
		again, err := told.Compare(t.Context(), inputs)
		if err != nil {
			t.Fatal(err)
		}
		flips, err := Flips(t.Context(), asked[0], asked[1], over(inputs))
		if err != nil {
			t.Fatal(err)
		}
		check.Decided(again, flips)
		if check.Equal() != equal || equal && (check.Outputs[0].Flips != flips || flips == 0 || !(check.Outputs[0].Margin > 1e-7)) {
			t.Errorf("a channel × %g, %d flips: %+v, told: %+v", factor, flips, check.Outputs, again.Outputs)
		}
	}
}

func over(inputs []tensor.Map) iter.Seq2[tensor.Map, error] {
	return func(yield func(tensor.Map, error) bool) {
		for _, in := range inputs {
			if !yield(in, nil) {
				return
			}
		}
	}
}

// TestOtherDecisions takes no other node for the same decision: one with another attribute, or another number.
func TestOtherDecisions(t *testing.T) {
	build := func(op string, axis, k int64) *graph.Model {
		n := newNet(t)
		y := n.conv("y", n.input("x", tensor.Float32, 1, 2, 64), 1, 2, 3, 4)
		in := []*graph.Value{y}
		if op == "TopK" {
			in = append(in, n.ints(k))
		}
		return n.model(n.node("d", op, in, graph.IntAttr("axis", axis)))
	}
	first := map[string]*graph.Model{"ArgMax": build("ArgMax", 1, 0), "TopK": build("TopK", 2, 3)}
	for _, c := range []struct {
		name, op string
		axis, k  int64
		same     bool
	}{
		{"the same ArgMax", "ArgMax", 1, 0, true},
		{"along another axis", "ArgMax", 2, 0, false},
		{"the same TopK", "TopK", 2, 3, true},
		{"of more", "TopK", 2, 4, false},
	} {
		m := first[c.op]
		d := FindDecisions(m, build(c.op, c.axis, c.k), func(v *graph.Value) *graph.Value { return m.Graph.Lookup(v.Name()) })
		if d.Any() != c.same {
			t.Errorf("%s: taken for the same: %t", c.name, d.Any())
		}
	}
}

// TestThreshold hands out the constant that a comparison decides by.
func TestThreshold(t *testing.T) {
	n := newNet(t)
	m := n.model(n.node("above", "Greater", []*graph.Value{n.relu("y", n.input("x", tensor.Float32, 1, 4)), n.floats(nil, 0.5)}))
	d := FindDecisions(m, m, func(v *graph.Value) *graph.Value { return v })
	if len(d.operands) != 2 || d.operands[1].was != "constant" {
		t.Errorf("it is decided by %v", d.operands)
	}
}
