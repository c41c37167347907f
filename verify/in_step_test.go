package verify

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// fourConvs is x → a → a2 → … → d2, convolutions and a Relu after each.
func fourConvs(t *testing.T) *graph.Model {
	t.Helper()
	n := newNet(t)
	v := n.input("x", tensor.Float32, 1, 2, 4)
	for _, name := range []string{"a", "b", "c", "d"} {
		v = n.relu(name+"2", n.conv(name, v, 1, 2, 3, 4))
	}
	return n.model(v)
}

// TestInStepKeepsNoMore forgets every value of both models once the last region and the last node that read it are done.
func TestInStepKeepsNoMore(t *testing.T) {
	m := fourConvs(t)
	fused := changed(m, func(c *graph.Model) {
		setInput(value(t, c, "b").Producer(), 1, repeated([]int64{2, 2, 1}, 1, 2, 3, 5))
	})
	a := proofOf(t, m, fused)
	was, is := newFake(), newFake()
	a.was, a.is = exact[*fake]{&fakeExecutor{made: was}}, exact[*fake]{&fakeExecutor{made: is}}
	c := started(t, a, tensor.Map{"x": repeated([]int64{1, 2, 4}, 1)})
	c.noise = false
	c.regions[0].constants = nil
	most := 0
	for {
		node, err := c.is.step(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if node == nil {
			break
		}
		for _, r := range c.due[node] {
			if err := c.was.until(t.Context(), r.result.was); err != nil {
				t.Fatal(err)
			}
			if !slices.Contains(was.names(), "a2") || !slices.Contains(was.names(), "b") || !slices.Contains(is.names(), "b") {
				t.Errorf("a region is due, held are %v and %v", was.names(), is.names())
			}
			c.letGo(r)
		}
		most = max(most, len(is.names()))
	}
	for {
		if node, err := c.was.step(t.Context()); err != nil {
			t.Fatal(err)
		} else if node == nil {
			break
		}
	}
	if got, want := was.names(), []string{"d2"}; !slices.Equal(got, want) || !slices.Equal(is.names(), want) || most > 2 {
		t.Errorf("held are %v and %v at the end, at most %d", got, is.names(), most)
	}
}

// TestUnreached: to learn that a deep region differs, nothing is run that leads to it.
func TestUnreached(t *testing.T) {
	m := fourConvs(t)
	a := proofOf(t, m, changed(m, func(c *graph.Model) {
		setInput(value(t, c, "d").Producer(), 1, repeated([]int64{2, 2, 1}, 1, 2, 3, 5))
	}))
	a.regions[0].constants = nil // as where the two versions are other operators
	nodes := 0
	a.was = counted{a.was, &nodes}
	if differs, err := a.Differs(t.Context(), inputsOf(t, m, 1), nil); err != nil || !differs {
		t.Fatal(differs, err)
	}
	if nodes > 5 { // six lead to it
		t.Errorf("%d nodes of the first model are run for a region of one node", nodes)
	}
}

// TestInStepGoesOn puts the same numbers into both models where neither can be run, so that both can go on. Then what they
// answer is no answer of theirs.
func TestInStepGoesOn(t *testing.T) {
	n := newNet(t)
	h := n.node("h", "LpNormalization", []*graph.Value{n.input("x", tensor.Float32, 1, 2, 4)}, graph.IntAttr("p", 3)) // there is no such norm
	m := n.model(n.relu("y", n.relu("z", h)))
	fused := changed(m, func(c *graph.Model) { without(value(t, c, "y")) })
	a := proofOf(t, m, fused)
	before, after, err := a.Compare(t.Context(), tensor.Map{"x": repeated([]int64{1, 2, 4}, 1)}, false)
	if !errors.Is(err, ErrFirst) || !strings.Contains(err.Error(), "LpNormalization") {
		t.Errorf("the outputs are what the models answer: %v", err)
	}
	if before["y"] == nil || after["y"] == nil || difference64(before["y"], after["y"]) != 0 || slices.Max(before["y"].Float64s()) == 0 {
		t.Errorf("they do not go on alike: %v, %v", before, after)
	}
	if got := a.Result(); got.Compared != 0 {
		t.Errorf("a region is compared over what no model has: %+v", got)
	}
	if _, _, err := a.Compare(t.Context(), tensor.Map{"x": repeated([]int64{1, 2, 4}, 1)}, true); !errors.Is(err, ErrFirst) || !a.Result().Complete() {
		t.Errorf("over noise: %+v, %v", a.Result(), err)
	}
}

// TestInStepEndsWithTheContext stops in the middle.
func TestInStepEndsWithTheContext(t *testing.T) {
	m := headed(t, func(_ net, v *graph.Value) *graph.Value { return v })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := proofOf(t, m, m.Clone()).Compare(ctx, inputsOf(t, m, 1)[0], true); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// chosen is an If with a convolution in one branch.
func chosen(t *testing.T) *graph.Model {
	t.Helper()
	n := newNet(t)
	x, choice := n.input("x", tensor.Float32, 1, 2, 4), n.input("choice", tensor.Bool)
	doubled := n.node("doubled", "Mul", []*graph.Value{x, n.floats(nil, 2)})
	then, otherwise := n.body("then"), n.body("else")
	then.g.AddOutput(then.relu("r", then.conv("inner", doubled, 1, 2, 3, 4)))
	otherwise.g.AddOutput(otherwise.node("other", "Neg", []*graph.Value{doubled}))
	return n.model(n.branch("y", choice, then, otherwise))
}

// TestBranches compares both branches of an If, whichever is taken.
func TestBranches(t *testing.T) {
	m := chosen(t)
	weights := func(last float32) func(c *graph.Model) {
		return func(c *graph.Model) {
			n := value(t, c, "inner").Producer()
			setInput(n, 1, repeated([]int64{2, 2, 1}, 1, 2, 3, last))
		}
	}
	// The factor goes into the convolution, and the branches read something else.
	folded := func(last float32) func(c *graph.Model) {
		return func(c *graph.Model) {
			x := value(t, c, "x")
			inner, other := value(t, c, "inner").Producer(), value(t, c, "other").Producer()
			setInput(inner, 1, repeated([]int64{2, 2, 1}, 2, 4, 6, last))
			inner.SetInput(0, x)
			other.SetInput(0, prepend(other, "Add", x, x))
			doubled := value(t, c, "doubled")
			c.Graph.Remove(doubled.Producer())
		}
	}
	for name, c := range map[string]struct {
		change func(c *graph.Model)
		equal  bool
	}{
		"a wrong weight": {weights(5), false}, "a factor folded": {folded(8), true}, "a factor folded wrongly": {folded(9), false},
	} {
		fused := changed(m, c.change)
		for _, choice := range []bool{true, false} {
			a := proofOf(t, m, fused)
			in := tensor.Map{"x": repeated([]int64{1, 2, 4}, 1, -2, 3), "choice": tensor.Of(nil, choice)}
			if _, _, err := a.Compare(t.Context(), in, true); err != nil {
				t.Fatal(err)
			}
			if got := a.Result(); got.Equal() != c.equal || !got.Complete() {
				t.Errorf("%s, choice %v: %+v, worst %+v", name, choice, got, got.Worst)
			}
		}
	}
}

// TestInStepKeepsIndices keeps the integers that a region needs once it is widened: over other ones the two versions would be
// run over what cannot be.
func TestInStepKeepsIndices(t *testing.T) {
	for by, equal := range map[float32]bool{1: true, 1.001: false} {
		n := newNet(t)
		x, at := n.input("x", tensor.Float32, 2, 4), n.input("at", tensor.Int64, 2)
		moved := n.node("moved", "Add", []*graph.Value{at, n.ints(-1)})
		some := n.node("some", "Gather", []*graph.Value{n.relu("z", x), moved})
		most, least := n.node("most", "Max", []*graph.Value{some, n.floats([]int64{1, 1}, -1)}), n.node("least", "ReduceMin", []*graph.Value{some})
		m := n.model(n.node("y", "Max", []*graph.Value{most, least, n.node("all", "ReduceMax", []*graph.Value{value(t, n.g.Model(), "z")})}))
		fused := changed(m, func(c *graph.Model) { // the largest of some is no more than that of all
			y := value(t, c, "y").Producer()
			for _, name := range []string{"most", "least", "all"} {
				value(t, c, name).Redefine()
			}
			value(t, c, "most").Producer().OpType = "Min"
			y.SetInput(2, prepend(y, "Mul", value(t, c, "all"), c.Graph.NewInitializer("by", tensor.Of(nil, by))))
		})
		a := proofOf(t, m, fused)
		in := tensor.Map{"x": repeated([]int64{2, 4}, 0), "at": tensor.Of([]int64{2}, int64(1), 2)}
		if _, _, err := a.Compare(t.Context(), in, true); err != nil {
			t.Fatal(err)
		}
		if got := a.Result(); got.Equal() != equal || !got.Complete() {
			t.Errorf("with a factor of %v: %+v, worst %+v", by, got, got.Worst)
		}
	}
}
