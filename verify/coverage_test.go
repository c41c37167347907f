package verify

import (
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// rated is a model with an If over its input x, of which an input at 8 kHz takes the second branch. A prefix tells the names of two models
// apart.
func rated(t *testing.T, prefix string, build func(n net, x, fast *graph.Value) []*graph.Value) *graph.Model {
	t.Helper()
	n := newNet(t)
	x, rate := n.input("x", tensor.Float32, 1, 2, 4), n.input("rate", tensor.Int64, 1)
	var outputs []*graph.Value
	for k, v := range build(n, x, n.node(prefix+"fast", "Equal", []*graph.Value{rate, n.ints(16000)})) {
		outputs = append(outputs, n.node([]string{"y", "z"}[k], "Neg", []*graph.Value{v}))
	}
	return n.model(outputs...)
}

// two is an If with a convolution in each branch.
func (n net) two(name string, x, fast *graph.Value, weight float32) *graph.Value {
	then, otherwise := n.body("then"), n.body("else")
	then.g.AddOutput(then.conv(name+"_then", x, weight, 2, 3, 4))
	otherwise.g.AddOutput(otherwise.conv(name+"_else", x, 4, 3, 2, 1))
	return n.branch(name, fast, then, otherwise)
}

// at8k is what a comparison over an input at 8 kHz and over noise makes of two models.
func at8k(t *testing.T, m, other *graph.Model) AlgebraResult {
	t.Helper()
	if err := other.Check(); err != nil {
		t.Fatal(err)
	}
	proof := proofOf(t, m, other)
	if _, _, err := proof.Compare(t.Context(), at8kHz(), true); err != nil && !errors.Is(err, ErrFirst) {
		t.Fatal(err)
	}
	return proof.Result()
}

// TestBranchesGoTogether by their names, of Ifs over which the same decides.
func TestBranchesGoTogether(t *testing.T) {
	one := rated(t, "", func(n net, x, fast *graph.Value) []*graph.Value { return []*graph.Value{n.two("w", x, fast, 1)} })
	pair := rated(t, "", func(n net, x, fast *graph.Value) []*graph.Value {
		return []*graph.Value{n.two("w", x, fast, 1), n.two("v", x, fast, 7)}
	})
	alike := rated(t, "", func(n net, x, fast *graph.Value) []*graph.Value {
		return []*graph.Value{n.two("w", x, fast, 1), n.two("v", x, fast, 1)}
	})
	reversed := func(c *graph.Model) {
		n := value(t, c, "w").Producer()
		then := n.Attr("then_branch")
		n.RemoveAttr("then_branch")
		n.SetAttr(then)
	}
	merged := func(c *graph.Model) {
		value(t, c, "z").Producer().SetInput(0, value(t, c, "w"))
		c.Graph.Remove(value(t, c, "v").Producer())
	}
	for name, c := range map[string]struct {
		of     *graph.Model
		change func(c *graph.Model)
		equal  bool
	}{
		"in another order":      {one, reversed, true},
		"swapped":               {one, func(c *graph.Model) { reversed(c); swapBranches(value(t, c, "w").Producer()) }, false},
		"read from another one": {pair, func(c *graph.Model) { value(t, c, "z").Producer().SetInput(0, value(t, c, "w")) }, false},
		"merged, wrongly":       {pair, merged, false},
		"merged":                {alike, merged, true},
		"turned around": {one, func(c *graph.Model) {
			n := value(t, c, "w").Producer()
			n.SetInput(0, prepend(n, "Not", n.Input(0)))
			swapBranches(n)
		}, true},
	} {
		if found := at8k(t, c.of, changed(c.of, c.change)); found.Equal() != c.equal || !found.Complete() {
			t.Errorf("%s: %+v, worst %+v", name, found, found.Worst)
		}
	}
}

// TestResultsOfBranches are compared each by itself, also where a branch hands out a constant, one value twice, or one of the graph around it.
func TestResultsOfBranches(t *testing.T) {
	number := rated(t, "", func(n net, x, fast *graph.Value) []*graph.Value {
		then, otherwise := n.body("then"), n.body("else")
		then.g.AddOutput(then.node("k", "Mul", []*graph.Value{then.floats([]int64{1, 2, 4}, 1, 2), then.floats(nil, 3)}))
		otherwise.g.AddOutput(otherwise.relu("e", x))
		return []*graph.Value{n.branch("w", fast, then, otherwise)}
	})
	folded := func(by float32) func(c *graph.Model) {
		return func(c *graph.Model) {
			k := value(t, c, "k")
			g := k.Graph()
			g.SetOutputs(g.NewInitializer("folded", repeated([]int64{1, 2, 4}, by, 6)))
			g.Remove(k.Producer())
		}
	}
	around := rated(t, "", func(n net, x, fast *graph.Value) []*graph.Value {
		a := n.conv("a", x, 1, -2, 3, 4)
		then, otherwise := n.body("then"), n.body("else")
		then.g.AddOutput(then.node("k", "Mul", []*graph.Value{a, then.floats(nil, 2)}))
		otherwise.g.AddOutput(otherwise.relu("e", a))
		return []*graph.Value{n.branch("w", fast, then, otherwise)}
	})
	handed := func(c *graph.Model) {
		k := value(t, c, "k")
		g := k.Graph()
		g.SetOutputs(value(t, c, "a"))
		g.Remove(k.Producer())
	}
	doubled := rated(t, "", func(n net, x, fast *graph.Value) []*graph.Value {
		then, otherwise := n.body("then"), n.body("else")
		then.g.AddOutput(then.node("p", "Neg", []*graph.Value{x}))
		then.g.AddOutput(then.node("q", "Mul", []*graph.Value{x, then.floats(nil, 2)}))
		otherwise.g.AddOutput(otherwise.relu("e", x))
		otherwise.g.AddOutput(otherwise.node("f", "Neg", []*graph.Value{x}))
		w := n.branch("w", fast, then, otherwise)
		v, err := n.g.AddValue("v")
		if err != nil {
			t.Fatal(err)
		}
		w.Producer().TakeOutput(v)
		return []*graph.Value{w, v}
	})
	twice := func(c *graph.Model) {
		q := value(t, c, "q")
		q.Producer().OpType = "Add"
		q.Producer().SetInput(1, value(t, c, "x"))
		q.Graph().SetOutputs(q, q)
		q.Graph().Remove(value(t, c, "p").Producer())
	}
	for name, c := range map[string]struct {
		of     *graph.Model
		change func(c *graph.Model)
		equal  bool
	}{
		"a constant": {number, folded(3), true}, "a wrong constant": {number, folded(4), false},
		"one around, wrongly": {around, handed, false}, "one twice, wrongly": {doubled, twice, false},
	} {
		if found := at8k(t, c.of, changed(c.of, c.change)); found.Equal() != c.equal || !found.Complete() {
			t.Errorf("%s: %+v, worst %+v", name, found, found.Worst)
		}
	}
}

// TestGraphsToRun: what nothing led into is not called compared.
func TestGraphsToRun(t *testing.T) {
	in := tensor.Map{"x": repeated([]int64{1, 2, 4}, 1, -2, 3, 5, -4), "rate": tensor.Of([]int64{1}, int64(8000))}
	// A Where in the place of an If whose condition no noise for x makes true.
	never := rated(t, "", func(n net, x, _ *graph.Value) []*graph.Value {
		mean := n.node("mean", "ReduceMean", []*graph.Value{x}, graph.IntAttr("keepdims", 0))
		return []*graph.Value{n.two("w", x, n.node("c", "Greater", []*graph.Value{mean, n.floats(nil, 30)}), 1)}
	})
	where := changed(never, func(c *graph.Model) {
		n := value(t, c, "w").Producer()
		x := value(t, c, "x")
		then := prepend(n, "Conv", x, c.Graph.NewInitializer("a", repeated([]int64{2, 2, 1}, 7, 2, 3, 4)))
		otherwise := prepend(n, "Conv", x, c.Graph.NewInitializer("b", repeated([]int64{2, 2, 1}, 4, 3, 2, 1)))
		graph.ReplaceAllUses(value(t, c, "w"), prepend(n, "Where", value(t, c, "c"), then, otherwise))
		c.Graph.Remove(n)
	})
	// An If in the branch that a constant takes, and nothing says which If it goes with.
	outer := rated(t, "", func(n net, x, fast *graph.Value) []*graph.Value {
		taken, dead := n.body("taken"), n.body("dead")
		taken.g.AddOutput(taken.two("w", x, fast, 1))
		dead.g.AddOutput(dead.two("never", x, fast, 1))
		return []*graph.Value{n.branch("v", n.g.NewInitializer("yes", tensor.Of(nil, true)), taken, dead)}
	})
	unpaired := changed(outer, func(c *graph.Model) {
		value(t, c, "v").Redefine()
		scaledBy(t, "w_then", 7)(c)
		n := value(t, c, "y").Producer()
		n.SetInput(0, prepend(n, "Identity", n.Input(0)))
	})
	for name, c := range map[string]struct {
		m, other *graph.Model
		node     string
	}{"a Where": {never, where, "w_node"}, "within a constant's": {outer, unpaired, "w_node"}, "a function's": {calling(t, "", 1), calling(t, "z", 7), "fy_node"}} {
		proof := proofOf(t, c.m, c.other)
		if _, _, err := proof.Compare(t.Context(), in, true); err != nil {
			t.Fatal(err)
		}
		found := proof.Result()
		if found.Complete() || found.NotCompared[0].Reason != "nothing that it was tried over leads into a branch of node "+c.node {
			t.Errorf("%s: %+v", name, found)
		}
	}
}

// TestGraphsOfAFunction that inputs lead into.
func TestGraphsOfAFunction(t *testing.T) {
	m := calling(t, "", 1)
	other := changed(m, func(c *graph.Model) {
		value(t, c, "call").Producer().SetInput(0, prepend(value(t, c, "call").Producer(), "Identity", value(t, c, "x")))
	})
	proof := proofOf(t, m, other)
	for _, rate := range []int64{8000, 16000} {
		if proof.Result().Complete() {
			t.Errorf("complete before %d", rate)
		}
		in := tensor.Map{"x": repeated([]int64{1, 2, 4}, 1, -2, 3, 5, -4), "rate": tensor.Of([]int64{1}, rate)}
		if _, _, err := proof.Compare(t.Context(), in, false); err != nil {
			t.Fatal(err)
		}
	}
	if found := proof.Result(); !found.Complete() {
		t.Errorf("got %+v", found)
	}
}

// calling is a model that calls a function with an If in it.
func calling(t *testing.T, prefix string, weight float32) *graph.Model {
	t.Helper()
	return rated(t, prefix, func(n net, x, fast *graph.Value) []*graph.Value {
		f := n.g.Model().NewFunction("own", "F", graph.Opset{Version: 17})
		in := net{t, f.Body}
		fx, fc := in.input("fx", tensor.Undefined), in.input("fc", tensor.Undefined)
		k := in.node("k", "Constant", nil, &graph.Attr{Name: "value", Kind: graph.AttrTensor, Tensor: repeated([]int64{2, 2, 1}, weight, 2, 3, 4)})
		then, otherwise := in.body("then"), in.body("else")
		then.g.AddOutput(then.node("ft", "Conv", []*graph.Value{fx, k}))
		otherwise.g.AddOutput(otherwise.node("fe", "Neg", []*graph.Value{fx}))
		in.g.AddOutput(in.branch("fy", in.node("not", "Not", []*graph.Value{in.node("again", "Not", []*graph.Value{fc})}), then, otherwise))
		n.g.Model().AddFunction(f)
		call := n.node(prefix+"call", "F", []*graph.Value{x, fast})
		call.Producer().Domain = "own"
		return []*graph.Value{call}
	})
}

// TestBranchWithoutNodes cannot be seen to run, and what it hands out is compared all the same.
func TestBranchWithoutNodes(t *testing.T) {
	m := rated(t, "", func(n net, x, fast *graph.Value) []*graph.Value {
		then, otherwise := n.body("then"), n.body("else")
		then.g.AddOutput(then.relu("r", x))
		otherwise.g.AddOutput(x)
		return []*graph.Value{n.branch("w", fast, then, otherwise)}
	})
	where := changed(m, func(c *graph.Model) {
		n := value(t, c, "w").Producer()
		x := value(t, c, "x")
		graph.ReplaceAllUses(value(t, c, "w"), prepend(n, "Where", value(t, c, "fast"), prepend(n, "Relu", x), x))
		c.Graph.Remove(n)
	})
	if found := at8k(t, m, where); !found.Equal() || !found.Complete() {
		t.Errorf("got %+v", found)
	}
}

// TestLoopInABranch that no input takes: the values within are known from the rehearsal.
func TestLoopInABranch(t *testing.T) {
	m := rated(t, "", func(n net, x, fast *graph.Value) []*graph.Value {
		then, otherwise := n.body("then"), n.body("else")
		body := then.body("body")
		body.input("i", tensor.Int64)
		going, s := body.input("going", tensor.Bool), body.input("s", tensor.Undefined)
		body.g.AddOutput(body.node("go", "Identity", []*graph.Value{going}))
		body.g.AddOutput(body.node("out", "Identity", []*graph.Value{body.conv("c", body.relu("r", s), 1, 2, 3, 4)}))
		count, yes := then.g.NewInitializer("count", tensor.Of(nil, int64(3))), then.g.NewInitializer("yes", tensor.Of(nil, true))
		then.g.AddOutput(then.node("l", "Loop", []*graph.Value{count, yes, x}, &graph.Attr{Name: "body", Kind: graph.AttrGraph, Graph: body.g}))
		otherwise.g.AddOutput(otherwise.node("e", "Neg", []*graph.Value{x}))
		return []*graph.Value{n.branch("w", fast, then, otherwise)}
	})
	for sound, change := range map[bool]func(c *graph.Model){true: halved(t, "c"), false: scaledBy(t, "c", 7)} {
		if found := at8k(t, m, changed(m, change)); found.Equal() != sound || !found.Complete() {
			t.Errorf("sound, %t: %+v, worst %+v", sound, found, found.Worst)
		}
	}
}

// TestLoopThatDoesNotEnd over noise is not run to see what is in it.
func TestLoopThatDoesNotEnd(t *testing.T) {
	runs := 0
	m := rated(t, "", func(n net, x, fast *graph.Value) []*graph.Value {
		then, otherwise := n.body("then"), n.body("else")
		body := then.body("body")
		body.input("i", tensor.Int64)
		going, s := body.input("going", tensor.Bool), body.input("s", tensor.Undefined)
		body.g.AddOutput(body.node("go", "Identity", []*graph.Value{going}))
		body.g.AddOutput(body.relu("r", s))
		count, yes := then.g.NewInitializer("count", tensor.Of(nil, int64(math.MaxInt64))), then.g.NewInitializer("yes", tensor.Of(nil, true))
		then.g.AddOutput(then.node("l", "Loop", []*graph.Value{count, yes, x}, &graph.Attr{Name: "body", Kind: graph.AttrGraph, Graph: body.g}))
		otherwise.g.AddOutput(otherwise.node("e", "Neg", []*graph.Value{x}))
		return []*graph.Value{n.branch("w", fast, then, otherwise)}
	})
	c := started(t, proofOf(t, m, m.Clone()), at8kHz())
	if err := c.was.until(t.Context(), value(t, m, "fast")); err != nil {
		t.Fatal(err)
	}
	s := stage{c.RegionProof.was, c.borders, c.shapes, c.was.value, nil, 1}
	g := value(t, m, "l").Graph()
	around, err := s.around(t.Context(), g, 1)
	if err != nil {
		t.Fatal(err)
	}
	h, err := s.run(t.Context(), g, around, func(Evaluation, *graph.Value, input) { runs++ })
	if err != nil || runs != 0 || h.lost != 0 || len(h.shapes) != 1 {
		t.Errorf("%d values, %+v, %v", runs, h, err)
	}
}

// TestSizesThatNumbersDecide: how many numbers there are is no size that the inputs have.
func TestSizesThatNumbersDecide(t *testing.T) {
	for name, build := range map[string]func(n net, x *graph.Value) *graph.Value{
		"NonZero": func(n net, x *graph.Value) *graph.Value { return n.node("found", "NonZero", []*graph.Value{x}) },
		"an If": func(n net, x *graph.Value) *graph.Value {
			then, otherwise := n.body("found_then"), n.body("found_else")
			then.g.AddOutput(then.relu("found_r", x))
			otherwise.g.AddOutput(otherwise.node("found_n", "NonZero", []*graph.Value{x}))
			return n.branch("found", n.g.NewInitializer("yes", tensor.Of(nil, false)), then, otherwise)
		},
		"Tile": func(n net, x *graph.Value) *graph.Value {
			times := n.node("times", "Cast", []*graph.Value{n.node("shape", "ReduceMax", []*graph.Value{x}, graph.IntsAttr("axes", 0, 2), graph.IntAttr("keepdims", 0))}, graph.IntAttr("to", int64(tensor.Int64)))
			return n.node("found", "Tile", []*graph.Value{n.ints(1, 2), times})
		},
	} {
		n := newNet(t)
		x := n.input("x", tensor.Float32, 1, 2, 4)
		s := sizing{map[*graph.Value]bool{}, map[*graph.Value]bool{}}
		if s.decide(n.node("size", "Size", []*graph.Value{build(n, x)})) {
			t.Errorf("the size of what %s gives", name)
		}
		if !s.decide(n.node("fine", "Size", []*graph.Value{n.relu("r", x)})) {
			t.Errorf("%s: the size of a Relu", name)
		}
	}
}

// TestUnknownOperatorInABranch: no other size helps.
func TestUnknownOperatorInABranch(t *testing.T) {
	n := newNet(t)
	x := n.input("x", tensor.Float32, 1, 2, -1)
	then, otherwise := n.body("then"), n.body("else")
	own := then.node("own", "Own", []*graph.Value{then.relu("r", x)})
	own.Producer().Domain = "own"
	then.g.AddOutput(then.relu("after", own))
	otherwise.g.AddOutput(otherwise.relu("e", x))
	m := n.model(n.node("y", "Neg", []*graph.Value{n.branch("w", n.input("choice", tensor.Bool), then, otherwise)}))
	c := started(t, proofOf(t, m, m.Clone()), tensor.Map{"x": repeated([]int64{1, 2, 4}, 1), "choice": tensor.Of(nil, false)})
	if err := c.rehearse(t.Context(), then.g); err != nil {
		t.Fatal(err)
	}
	h := c.rehearsals[then.g]
	if h == nil || h.lost != 0 || !slices.Equal(h.shapes[value(t, m, "r")].shape, []int64{1, 2, 4}) {
		t.Errorf("got %+v", h)
	}
}
