package verify

import (
	"iter"
	"slices"
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
	class.SetElem(tensor.Int64)
	looked.SetElem(tensor.Float32)
	steps.SetElem(tensor.Float32)
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
		check, again, flips := judgedByDecisions(t, first, second, d, outputs)
		if check.Equal() != equal || equal && (check.Outputs[0].Flips != flips || flips == 0 || !(check.Outputs[0].Margin > 1e-7)) {
			t.Errorf("a channel × %g, %d flips: %+v, told: %+v", factor, flips, check.Outputs, again.Outputs)
		}
	}
}

// judgedByDecisions compares two models whose outputs differ by their decisions.
func judgedByDecisions(t *testing.T, first, second *graph.Model, d Decisions, outputs []tensor.Spec) (check, told Check, flips int) {
	t.Helper()
	inputs := inputsOf(t, first, 1)
	session := func(m *graph.Model) RunFunc {
		if err := m.Check(); err != nil {
			t.Fatal(err)
		}
		return opened(t, m).RunFloat64
	}
	pair := Pair{Backend: "float64", Before: session(first), After: session(second), Outputs: outputs, Tolerance: 1e-5}
	check, err := pair.Compare(t.Context(), inputs)
	if err != nil {
		t.Fatal(err)
	}
	if check.Equal() {
		t.Fatal("no decision differs, so the test shows nothing")
	}
	asked := [2]RunFunc{session(d.Asked(0, first)), session(d.Asked(1, second))}
	pair.Outputs = d.Specs(outputs)
	pair.Before, pair.After = Give(asked[0], session(d.Told(0, first))), Give(asked[0], session(d.Told(1, second)))
	if told, err = pair.Compare(t.Context(), inputs); err != nil {
		t.Fatal(err)
	}
	if flips, err = Flips(t.Context(), asked[0], asked[1], over(inputs)); err != nil {
		t.Fatal(err)
	}
	check.Decided(told, flips)
	return check, told, flips
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

// decidingInside decides in a graph inside an operator: by an ArgMax in an If, or a TopK in a Loop. What it is decided by comes from
// around, and goes through a Neg inside first.
func decidingInside(t *testing.T, op string, factor float32) *graph.Model {
	t.Helper()
	n := newNet(t)
	y := n.conv("y", n.input("x", tensor.Float32, 1, 2, 64), 1, 2, factor, 2*factor)
	body := n.body(op)
	var class *graph.Value
	if op == "If" {
		other := n.body("else")
		for _, b := range []net{body, other} {
			b.g.AddOutput(b.node(b.g.Name+"_class", "ArgMax", []*graph.Value{b.node(b.g.Name+"_neg", "Neg", []*graph.Value{y})}, graph.IntAttr("axis", 1)))
		}
		class = n.branch("class", n.g.NewInitializer("condition", tensor.Of(nil, true)), body, other)
	} else {
		body.input("turn", tensor.Int64)
		body.g.AddOutput(body.node("on", "Identity", []*graph.Value{body.input("condition", tensor.Bool)}))
		top := body.node("top", "TopK", []*graph.Value{body.node("neg", "Neg", []*graph.Value{y}), body.ints(1)}, graph.IntAttr("axis", 1))
		which, err := body.g.AddValue("which")
		if err != nil {
			t.Fatal(err)
		}
		top.Producer().TakeOutput(which)
		body.g.AddOutput(which)
		class = n.node("class", "Loop", []*graph.Value{n.g.NewInitializer("turns", tensor.Of(nil, int64(2))), nil}, &graph.Attr{Name: "body", Kind: graph.AttrGraph, Graph: body.g})
	}
	looked := n.node("looked", "Gather", []*graph.Value{n.floats([]int64{2}, 10, 20), class})
	class.SetElem(tensor.Int64)
	looked.SetElem(tensor.Float32)
	return n.model(class, looked)
}

// TestDecisionsInside judges decisions in an If and in a Loop by what these read.
func TestDecisionsInside(t *testing.T) {
	outputs := []tensor.Spec{{Name: "class", Type: tensor.Int64}, {Name: "looked", Type: tensor.Float32}}
	for _, op := range []string{"If", "Loop"} {
		for factor, equal := range map[float32]bool{1 + 1e-6: true, 1.5: false} {
			first, second := decidingInside(t, op, 1), decidingInside(t, op, factor)
			d := FindDecisions(first, second, func(v *graph.Value) *graph.Value { return first.Graph.Lookup(v.Name()) })
			if len(d.results) != 1 || d.results[0].was != "class" || len(d.operands) != 1 || d.operands[0].is != "y" || len(d.hidden) > 0 {
				t.Fatalf("%s: %+v", op, d)
			}
			check, told, flips := judgedByDecisions(t, first, second, d, outputs)
			if check.Equal() != equal || equal && (flips == 0 || !(check.Outputs[0].Margin > 1e-7)) {
				t.Errorf("%s, a channel × %g, %d flips: %+v, told: %+v", op, factor, flips, check.Outputs, told.Outputs)
			}
		}
	}
}

// TestHiddenDecisions does not compare what comes of a decision in a graph that was rewritten, and says so.
func TestHiddenDecisions(t *testing.T) {
	for _, op := range []string{"If", "Loop"} {
		first, second := decidingInside(t, op, 1), decidingInside(t, op, 1)
		for g := range second.Graph.All() {
			for n := range g.Nodes() {
				if n.Is("Neg") {
					n.OpType = "Identity"
				}
			}
		}
		d := FindDecisions(first, second, func(v *graph.Value) *graph.Value { return first.Graph.Lookup(v.Name()) })
		if d.Any() || !slices.Equal(d.hidden, []string{"class", "looked"}) {
			t.Fatalf("%s: %+v", op, d)
		}
		check := Check{Outputs: []Output{{Name: "class"}, {Name: "looked", Equal: true}, {Name: "another"}}}
		if names := d.Hide(&check); !slices.Equal(names, []string{"class"}) {
			t.Errorf("%s: not compared: %v", op, names)
		}
		if o := check.Outputs; !o[0].Equal || o[0].Detail == "" || o[1].Detail != "" || o[2].Equal {
			t.Errorf("%s: %+v", op, o)
		}
	}
}
