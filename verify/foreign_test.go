package verify

import (
	"context"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// foreign is the result of two models of which nothing is known.
func foreign(t *testing.T, m, other *graph.Model) AlgebraResult {
	t.Helper()
	proof := NewForeignProof(m, other, opened(t, m), opened(t, other), 1)
	if _, _, err := proof.Run(t.Context(), inputsOf(t, m, 1), nil, 0, func(float64, string) {}); err != nil {
		t.Fatal(err)
	}
	return proof.Result()
}

// wide is a convolution of two to two channels with enough weights that rounding evens out.
func (n net) wide(name string, x *graph.Value, typ tensor.Type, first float64) *graph.Value {
	list := make(tensor.Vector, 2*2*3*3)
	rng := generator()
	for i := range list {
		list[i] = rng.NormFloat64()
	}
	for i := range len(list) / 2 {
		list[i] *= first // the first output channel
	}
	raw, err := tensor.Compute(typ, []int64{2, 2, 3, 3}, list).Bytes()
	if err != nil {
		n.Fatal(err)
	}
	w, err := tensor.New(typ, []int64{2, 2, 3, 3}, raw)
	if err != nil {
		n.Fatal(err)
	}
	return n.node(name, "Conv", []*graph.Value{x, n.g.NewInitializer("w", w)})
}

// TestForeign compares a Conv and a Mul with a Conv that has the factor in its weights, each rounded to its type, before heads that
// hide what is different.
func TestForeign(t *testing.T) {
	for _, typ := range []tensor.Type{tensor.Float32, tensor.Float16, tensor.BFloat16} {
		scaled := func(factor float64) *tensor.Tensor {
			raw, err := tensor.Compute(typ, []int64{1}, tensor.Vector{factor}).Bytes()
			if err != nil {
				t.Fatal(err)
			}
			c, err := tensor.New(typ, []int64{1}, raw)
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		third := scaled(1. / 3)
		for _, head := range []string{"Softmax", "ArgMax", "Sigmoid", "Relu"} {
			n := newNet(t)
			y := n.wide("y", n.input("x", typ, 2, 2, 16, 16), typ, 1)
			s := n.node("s", "Mul", []*graph.Value{y, n.g.NewInitializer("third", third)})
			m := n.model(n.node("out", head, []*graph.Value{n.wide("z", s, typ, 1)}))
			other := func(factor float64) *graph.Model {
				n := newNet(t)
				list := value(t, m, "y").Producer().Input(1).Data().Float64s()
				for i := range list {
					if list[i] *= third.Float64s()[0]; i < len(list)/2 {
						list[i] *= factor
					}
				}
				raw, err := tensor.Compute(typ, []int64{2, 2, 3, 3}, tensor.Vector(list)).Bytes()
				if err != nil {
					t.Fatal(err)
				}
				w, err := tensor.New(typ, []int64{2, 2, 3, 3}, raw)
				if err != nil {
					t.Fatal(err)
				}
				a := n.node("a", "Conv", []*graph.Value{n.input("x", typ, 2, 2, 16, 16), n.g.NewInitializer("w", w)})
				return n.model(n.node("out", head, []*graph.Value{n.wide("b", a, typ, 1)}))
			}
			if found := foreign(t, m, other(1)); !found.Equal() || found.Compared != 1 {
				t.Errorf("%s before %s: rounded weights: %+v, worst %+v", typ, head, found, found.Worst)
			}
			for _, factor := range []float64{1 + max(1e-3, 16*unitRoundoff(typ)), 1.2, 3, -1} {
				found := foreign(t, m, other(factor))
				if found.Equal() {
					t.Errorf("%s before %s: a channel × %g: %+v, worst %+v", typ, head, factor, found, found.Worst)
				}
			}
		}
	}
}

// TestForeignMeaning has a value that is near one of the first model and means something else, and a Relu that changes no
// number of this input: the models are the same.
func TestForeignMeaning(t *testing.T) {
	n := newNet(t)
	x := n.input("x", tensor.Float32, 1, 2, 64)
	y := n.conv("y", x, 1, 2, 3, 4)
	shifted := n.node("shifted", "Mul", []*graph.Value{y, n.floats(nil, 1.0625)})
	positive := n.relu("positive", n.node("exp", "Exp", []*graph.Value{shifted}))
	m := n.model(n.conv("z", positive, 1, -2, 3, -4))

	n = newNet(t)
	x = n.input("x", tensor.Float32, 1, 2, 64)
	part := n.conv("part", x, 1.03125, 2.0625, 3.09375, 4.125) // 3 % off y, and off what comes after it
	rest := n.node("rest", "Add", []*graph.Value{part, n.conv("little", x, .03125, .0625, .09375, .125)})
	other := n.model(n.conv("z", n.node("e", "Exp", []*graph.Value{rest}), 1, -2, 3, -4))
	if found := foreign(t, m, other); !found.Equal() {
		t.Errorf("%+v, worst %+v", found, found.Worst)
	}
}

// TestForeignWithoutARelu drops a Relu that matters.
func TestForeignWithoutARelu(t *testing.T) {
	n := newNet(t)
	y := n.conv("y", n.input("x", tensor.Float32, 1, 2, 64), 1, 2, 3, 4)
	m := n.model(n.node("out", "ArgMax", []*graph.Value{n.relu("z", y)}, graph.IntAttr("axis", 2)))
	if found := foreign(t, m, changed(m, func(c *graph.Model) { without(value(t, c, "z")) })); found.Equal() {
		t.Errorf("%+v, worst %+v", found, found.Worst)
	}
}

// TestForeignSameNode changes a channel of a layer that both models have, which fades to nothing in what comes after it.
func TestForeignSameNode(t *testing.T) {
	build := func(factor float32) *graph.Model {
		n := newNet(t)
		y := n.conv("y", n.input("x", tensor.Float32, 1, 2, 64), factor, 2*factor, 300, 400)
		last := n.node("last", "Conv", []*graph.Value{y, n.floats([]int64{1, 2, 1}, 1e-6, 1)})
		return n.model(n.node("out", "Sigmoid", []*graph.Value{last}))
	}
	m := build(1)
	if found := foreign(t, m, build(1+1e-7)); !found.Equal() {
		t.Errorf("rounded otherwise: worst %+v", found.Worst)
	}
	if found := foreign(t, m, build(1.001)); found.Equal() || found.Worst.Value != "y" {
		t.Errorf("a channel × 1.001: worst %+v", found.Worst)
	}
}

// TestForeignUnknownOperator has an operator in the second model that float64 does not know: that is no difference.
func TestForeignUnknownOperator(t *testing.T) {
	n := newNet(t)
	m := n.model(n.relu("z", n.conv("y", n.input("x", tensor.Float32, 1, 2, 64), 1, 2, 3, 4)))
	other := changed(m, func(c *graph.Model) {
		c.Opsets = append(c.Opsets, graph.Opset{Domain: "com.example", Version: 1})
		v := value(t, c, "z")
		conv := v.Producer().Input(0).Producer()
		fused := graph.NewNode("ConvRelu", conv.Input(0), conv.Input(1))
		fused.Domain = "com.example"
		old := v.Producer()
		old.Graph().InsertBefore(fused, old)
		made := old.Graph().NewValue("made")
		fused.TakeOutput(made)
		graph.ReplaceAllUses(v, made)
		c.Graph.Remove(old)
		made.Rename("z")
	})
	found := foreign(t, m, other)
	if !found.Equal() || found.Complete() || len(found.NotCompared) != 1 || !strings.Contains(found.NotCompared[0].Reason, "ConvRelu") {
		t.Errorf("%+v", found)
	}
}

// Rounding may not move a constant that says how large a result is: the results then have different sizes.
func TestForeignResize(t *testing.T) {
	build := func(behind bool, factor float64) *graph.Model {
		n := newNet(t)
		const typ = tensor.BFloat16
		by := func(f float64) *tensor.Tensor {
			raw, err := tensor.Compute(typ, []int64{1}, tensor.Vector{f}).Bytes()
			if err != nil {
				t.Fatal(err)
			}
			c, err := tensor.New(typ, []int64{1}, raw)
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		x := n.input("x", typ, 2, 2, 16, 16)
		y := n.wide("y", x, typ, 1)
		if !behind { // the weights hold the factor
			list := y.Producer().Input(1).Data().Float64s()
			for i := range list {
				if list[i] *= by(1. / 3).Float64s()[0]; i < len(list)/2 {
					list[i] *= factor
				}
			}
			raw, err := tensor.Compute(typ, []int64{2, 2, 3, 3}, tensor.Vector(list)).Bytes()
			if err != nil {
				t.Fatal(err)
			}
			w, err := tensor.New(typ, []int64{2, 2, 3, 3}, raw)
			if err != nil {
				t.Fatal(err)
			}
			y = n.node("a", "Conv", []*graph.Value{x, n.g.NewInitializer("v", w)})
		}
		y = n.node("r", "Resize", []*graph.Value{y, nil, n.g.NewInitializer("scales", tensor.Of([]int64{4}, float32(1), 1, 2, 2))})
		if behind {
			y = n.node("s", "Mul", []*graph.Value{y, n.g.NewInitializer("third", by(1./3))})
		}
		return n.model(n.node("out", "Relu", []*graph.Value{n.wide("z", y, typ, 1)}))
	}
	if found := foreign(t, build(true, 1), build(false, 1)); !found.Equal() {
		t.Errorf("a factor behind a Resize: %+v, worst %+v", found, found.Worst)
	}
	if found := foreign(t, build(true, 1), build(false, 1.2)); found.Equal() {
		t.Errorf("a factor behind a Resize, a channel × 1.2: %+v", found)
	}
}

// TestForeignApart takes the parts of a sound file for equal, whatever its values are called, and notices a fault next to them.
func TestForeignApart(t *testing.T) {
	made := func(name string, second float32, relu bool) *graph.Model {
		n := newNet(t)
		y := n.conv(name+"_1", n.input("x", tensor.Float32, 2, 2, 5), 1, 2, -3, 4)
		y = n.relu(name+"_2", n.conv(name+"_3", y, 5, second, 7, -8))
		if y = n.conv(name+"_4", y, 1, 2, 3, -4); relu {
			y = n.relu(name+"_5", y)
		}
		return n.model(n.node("out", "Sigmoid", []*graph.Value{y}))
	}
	m := func() *graph.Model {
		n := newNet(t)
		y := n.conv("a", n.input("x", tensor.Float32, 2, 2, 5), 1, 2, -3, 4)
		y = n.node("b", "Mul", []*graph.Value{n.conv("c", y, 10, 12, 14, -16), n.floats(nil, 0.5)})
		y = n.relu("e", n.conv("d", n.relu("r", y), 1, 2, 3, -4))
		return n.model(n.node("out", "Sigmoid", []*graph.Value{y}))
	}()
	was, inputs := opened(t, m), inputsOf(t, m, 3)
	proofOfRuns := func(nodes *int, file *graph.Model) *ForeignProof {
		return NewForeignProof(m, file, was, counted{opened(t, file), nodes}, 1)
	}
	proofOfFile := func(file *graph.Model) *ForeignProof { return NewForeignProof(m, file, was, opened(t, file), 1) }
	parts, err := proofOfFile(made("sound", 6, true)).Parts(t.Context(), inputs[0])
	if err != nil || len(parts) == 0 {
		t.Fatal(parts, err)
	}
	for name, c := range map[string]struct {
		file    *graph.Model
		but     Parts
		differs bool
	}{
		"sound, by other names":       {made("other", 6, true), parts, false},
		"sound, with no parts known":  {made("other", 6, true), nil, false},
		"a number is off":             {made("other", 6.1, true), parts, true},
		"a Relu is left out":          {made("other", 6, false), parts, true},
		"the same, no parts known":    {made("other", 6, false), nil, true},
		"a number is off, none known": {made("other", 6.1, true), nil, true},
	} {
		var nodes [2]int
		for k, differs := range []func() (bool, error){
			func() (bool, error) {
				apart, err := proofOfRuns(&nodes[0], c.file).Apart(t.Context(), inputs, c.but)
				return apart > 1, err
			},
			func() (bool, error) { return proofOfRuns(&nodes[1], c.file).Differs(t.Context(), inputs, c.but) },
		} {
			if got, err := differs(); err != nil || got != c.differs {
				t.Errorf("%s, %d: %t, %v", name, k, got, err)
			}
		}
		if c.differs && nodes[1] >= nodes[0] || !c.differs && nodes[1] != nodes[0] {
			t.Errorf("%s: %d nodes are run to learn how far apart the models are, %d to learn whether they are", name, nodes[0], nodes[1])
		}
	}
}

// counted is an executor that counts the nodes that are run.
type counted struct {
	Exact
	nodes *int
}

func (c counted) Evaluate() Evaluation { return countedRun{c.Exact.Evaluate(), c.nodes} }

type countedRun struct {
	Evaluation
	nodes *int
}

func (c countedRun) Compute(ctx context.Context, n *graph.Node) error {
	*c.nodes++
	return c.Evaluation.Compute(ctx, n)
}

// outside is the result of a model and one that came of it by passes, one of which ran a program.
func outside(t *testing.T, m, other *graph.Model) AlgebraResult {
	t.Helper()
	proof := NewForeignProof(m, other, opened(t, m), opened(t, other), 1)
	proof.Outside((*graph.Value).Origin)
	if _, _, err := proof.Run(t.Context(), inputsOf(t, m, 1), nil, 0, func(float64, string) {}); err != nil {
		t.Fatal(err)
	}
	return proof.Result()
}

// TestOutside compares what a program rounded by rounding, and everything else in exact arithmetic: what is off by as much as a rounding there
// is named, and what is off by more differs.
func TestOutside(t *testing.T) {
	n := newNet(t)
	y := n.wide("y", n.input("x", tensor.Float32, 1, 2, 16, 16), tensor.Float32, 1)
	m := n.model(n.relu("out", n.wide("z", n.relu("r", y), tensor.Float32, 1)))
	scaled := func(name string, factor float64) func(c *graph.Model) {
		return func(c *graph.Model) {
			w := value(t, c, name).Producer().Input(1).Data()
			list := w.Float64s()
			for i := range list {
				list[i] *= factor
			}
			setInput(value(t, c, name).Producer(), 1, tensor.Compute(tensor.Float32, w.Shape(), tensor.Vector(list)))
		}
	}
	for name, c := range map[string]struct {
		change  func(c *graph.Model)
		equal   bool
		rounded int
	}{
		"nothing":        {func(*graph.Model) {}, true, 0},
		"as algebra":     {scaled("y", 1+1e-14), true, 0},
		"a rounding":     {scaled("y", 1+1e-8), true, 1},
		"two roundings":  {func(c *graph.Model) { scaled("y", 1+1e-8)(c); scaled("z", 1-1e-8)(c) }, true, 2},
		"a fault":        {scaled("y", 1+1e-4), false, 0},
		"by turns":       {func(c *graph.Model) { scaled("y", 2)(c); scaled("z", .5)(c) }, true, 0}, // a name that means something else is no border
		"by turns, off":  {func(c *graph.Model) { scaled("y", 2)(c); scaled("z", .501)(c) }, false, 0},
		"a name is lent": {func(c *graph.Model) { value(t, c, "r").Redefine() }, true, 0},
	} {
		found := outside(t, m, changed(m, c.change))
		if found.Equal() != c.equal || c.equal && len(found.RoundingOnly) != c.rounded {
			t.Errorf("%s: %+v, worst %+v", name, found, found.Worst)
		}
		r := NewResult(Algebra).Proven(found)
		if want := map[bool]Proof{true: RoundingOnly, false: Algebra}[len(found.RoundingOnly) > 0]; r.Proof != want {
			t.Errorf("%s: the proof is %s", name, r.Proof)
		}
	}
}
