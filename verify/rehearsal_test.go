package verify

import (
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// rates are two networks in the branches of an If whose condition follows from the rate. The one for 16 kHz has a kernel that is longer than
// the samples of an input for 8 kHz.
func rates(t *testing.T) *graph.Model {
	t.Helper()
	n := newNet(t)
	x, rate := n.input("x", tensor.Float32, 1, 2, -1), n.input("rate", tensor.Int64, 1)
	fast := n.node("fast", "Equal", []*graph.Value{rate, n.ints(16000)})
	then, otherwise := n.body("then"), n.body("else")
	network := func(n net, name string, kernel int64) {
		long := n.node(name+"_long", "Conv", []*graph.Value{x, n.floats([]int64{2, 2, kernel}, 1, -2, 3, 4, -5)})
		n.g.AddOutput(n.node(name+"_answer", "Identity", []*graph.Value{n.conv(name+"_short", n.relu(name+"_relu", long), 1, 2, 3, 4)}))
	}
	network(then, "fast", 6)
	network(otherwise, "slow", 3)
	return n.model(n.node("y", "Identity", []*graph.Value{n.branch("chosen", fast, then, otherwise)}))
}

// at8kHz is an input of the rates.
func at8kHz() tensor.Map {
	return tensor.Map{"x": repeated([]int64{1, 2, 4}, 1, -2, 3, 5, -4), "rate": tensor.Of([]int64{1}, int64(8000))}
}

// scaledBy multiplies the weights of a convolution of two to two channels.
func scaledBy(t *testing.T, name string, factor float32) func(c *graph.Model) {
	t.Helper()
	return func(c *graph.Model) {
		setInput(value(t, c, name).Producer(), 1, repeated([]int64{2, 2, 1}, factor, 2, 3, 4))
	}
}

// halved gives a convolution half of its weights, and adds its result to itself.
func halved(t *testing.T, name string) func(c *graph.Model) {
	t.Helper()
	return func(c *graph.Model) {
		v := value(t, c, name)
		n := v.Producer()
		half := tensor.Compute(tensor.Float32, n.Input(1).Data().Shape(), tensor.Vector(scaledList(n.Input(1).Data(), 0.5)))
		setInput(n, 1, half)
		g := n.Graph()
		twice := g.NewValue("twice")
		sum := graph.NewNode("Add", v, v)
		graph.ReplaceAllUses(v, twice)
		sum.TakeOutput(twice)
		sum.SetInput(0, v)
		sum.SetInput(1, v)
		g.InsertAfter(sum, n)
		v.Redefine()
	}
}

func scaledList(t *tensor.Tensor, by float64) []float64 {
	list := t.Float64s()
	for i := range list {
		list[i] *= by
	}
	return list
}

// withoutIdentities removes the Identity at the end of a branch and of the model, and the If has the name of the result.
func withoutIdentities(t *testing.T, c *graph.Model) {
	t.Helper()
	y := value(t, c, "y")
	chosen := value(t, c, "chosen")
	n := y.Producer()
	graph.ReplaceAllUses(y, chosen)
	n.Graph().Remove(n)
	chosen.Rename("y")
}

// TestBranchThatNoInputTakes is compared by itself, in a size that it takes.
func TestBranchThatNoInputTakes(t *testing.T) {
	for name, c := range map[string]struct {
		change func(c *graph.Model)
		equal  bool
	}{
		"sound, taken":         {halved(t, "slow_short"), true},
		"sound, not taken":     {halved(t, "fast_short"), true},
		"wrong, taken":         {scaledBy(t, "slow_short", 1.001), false},
		"wrong, not taken":     {scaledBy(t, "fast_short", 1.001), false},
		"a Relu, taken":        {func(c *graph.Model) { without(value(t, c, "slow_relu")) }, false},
		"a Relu, not taken":    {func(c *graph.Model) { without(value(t, c, "fast_relu")) }, false},
		"the branches swapped": {func(c *graph.Model) { swapBranches(value(t, c, "chosen").Producer()) }, false},
	} {
		for _, tidy := range []bool{false, true} {
			m := rates(t)
			fused := changed(m, c.change)
			if tidy {
				withoutIdentities(t, fused)
			}
			proof := proofOf(t, m, fused)
			if _, _, err := proof.Compare(t.Context(), at8kHz(), true); err != nil && !errors.Is(err, ErrFirst) {
				t.Fatal(err)
			}
			if found := proof.Result(); found.Equal() != c.equal || c.equal && !found.Complete() {
				t.Errorf("%s, tidy %t: %+v, worst %+v", name, tidy, found, found.Worst)
			}
		}
	}
}

func swapBranches(n *graph.Node) {
	then, otherwise := n.Attr("then_branch").Graph, n.Attr("else_branch").Graph
	n.Attr("then_branch").Graph, n.Attr("else_branch").Graph = otherwise, then
}

// TestBranchOfAForeignModel compares what has other names and rounded weights.
func TestBranchOfAForeignModel(t *testing.T) {
	for name, equal := range map[string]bool{"": true, "slow_short": false, "fast_short": false} {
		m := rates(t)
		second := changed(m, func(c *graph.Model) {
			if name != "" {
				scaledBy(t, name, 1.001)(c)
			}
			for g := range c.Graph.All() {
				for n := range g.Nodes() {
					if v := n.Output(0); !slices.Contains(c.Graph.Outputs(), v) {
						v.Rename("other_" + v.Name())
						v.Redefine()
					}
				}
			}
		})
		proof := NewForeignProof(m, second, opened(t, m), opened(t, second), 1)
		if _, _, err := proof.Run(t.Context(), []tensor.Map{at8kHz()}, nil, 1, func(float64, string) {}); err != nil {
			t.Fatal(err)
		}
		if found := proof.Result(); found.Equal() != equal || !found.Complete() {
			t.Errorf("a wrong %q: %+v, worst %+v", name, found, found.Worst)
		}
		if origin := proof.Origin(value(t, second, "other_fast_relu")); name == "" && origin != value(t, m, "fast_relu") {
			t.Errorf("the Relu of the branch goes with %v", origin)
		}
	}
}

// TestGraphThatNothingRuns: the second model has an If of its own, and nothing says that its branches are those of the first.
func TestGraphThatNothingRuns(t *testing.T) {
	m := rates(t)
	fused := changed(m, func(c *graph.Model) {
		value(t, c, "chosen").Redefine()
		value(t, c, "fast").Redefine()
		y := value(t, c, "y")
		y.Producer().OpType = "Neg" // twice
		y.Producer().SetInput(0, prepend(y.Producer(), "Neg", y.Producer().Input(0)))
		scaledBy(t, "fast_short", 7)(c)
	})
	proof := proofOf(t, m, fused)
	if _, _, err := proof.Compare(t.Context(), at8kHz(), true); err != nil {
		t.Fatal(err)
	}
	if found := proof.Result(); found.Complete() || len(found.NotCompared) != 1 || found.NotCompared[0].Reason != "nothing that it was tried over leads into a branch of node chosen_node" {
		t.Errorf("got %+v", found)
	}
}

// TestEmptyResult shows nothing where the numbers of an input decide that it is empty.
func TestEmptyResult(t *testing.T) {
	for _, always := range []bool{true, false} {
		n := newNet(t)
		x, at := n.input("x", tensor.Float32, 1, 2, 4), n.input("at", tensor.Int64, 1)
		if always {
			at = n.ints(4)
		}
		m := n.model(n.node("y", "Slice", []*graph.Value{n.conv("inner", x, 1, 2, 3, 4), at, n.ints(4), n.ints(2)}))
		fused := changed(m, func(c *graph.Model) { value(t, c, "inner").Redefine(); scaledBy(t, "inner", 7)(c) })
		proof := proofOf(t, m, fused)
		in := tensor.Map{"x": repeated([]int64{1, 2, 4}, 1), "at": tensor.Of([]int64{1}, int64(4))}
		if _, _, err := proof.Compare(t.Context(), in, true); err != nil {
			t.Fatal(err)
		}
		if found := proof.Result(); found.Complete() != always || !always && found.NotCompared[0].Reason != "its result is empty" {
			t.Errorf("always empty, %t: %+v", always, found)
		}
	}
}

// TestEmptyInput makes an empty result of a kind that nobody infers.
func TestEmptyInput(t *testing.T) {
	n := newNet(t)
	x := n.input("x", tensor.Float32, 1, 2, 0)
	kept := n.node("kept", "Compress", []*graph.Value{n.relu("r", x), n.input("which", tensor.Bool, 1)}, graph.IntAttr("axis", 1))
	m := n.model(n.node("y", "Neg", []*graph.Value{kept}))
	fused := changed(m, func(c *graph.Model) {
		value(t, c, "r").Redefine()
		value(t, c, "kept").Redefine()
		y := value(t, c, "y").Producer()
		y.SetInput(0, prepend(y, "Identity", y.Input(0)))
	})
	proof := proofOf(t, m, fused)
	in := tensor.Map{"x": repeated([]int64{1, 2, 0}, 1), "which": tensor.Of([]int64{1}, true)}
	if _, _, err := proof.Compare(t.Context(), in, true); err != nil {
		t.Fatal(err)
	}
	if found := proof.Result(); !found.Complete() || found.Regions != 1 {
		t.Errorf("got %+v", found)
	}
}

// TestSizesDecide: the branch of an If that inputs of such a size do not lead into need not be run.
func TestSizesDecide(t *testing.T) {
	for _, sizes := range []bool{true, false} {
		n := newNet(t)
		x := n.input("x", tensor.Float32, 1, 2, 4)
		number := n.node("number", "ReduceSum", []*graph.Value{n.node("floor", "Floor", []*graph.Value{x})}, graph.IntAttr("keepdims", 0))
		if sizes {
			number = n.node("size", "Size", []*graph.Value{x})
		}
		large := n.node("large", "Equal", []*graph.Value{n.node("cast", "Cast", []*graph.Value{number}, graph.IntAttr("to", int64(tensor.Int64))), n.ints(1000)})
		then, otherwise := n.body("then"), n.body("else")
		then.g.AddOutput(then.relu("r", x))
		otherwise.g.AddOutput(otherwise.conv("c", x, 1, 2, 3, 4))
		m := n.model(n.branch("y", large, then, otherwise))
		fused := changed(m, func(c *graph.Model) { // it takes the other branch for granted
			y := value(t, c, "y").Producer()
			value(t, c, "large").Redefine()
			z := prepend(y, "Conv", value(t, c, "x"), c.Graph.NewInitializer("w", repeated([]int64{2, 2, 1}, 1, 2, 3, 4)))
			y.OpType = "Identity"
			y.RemoveAttr("then_branch")
			y.RemoveAttr("else_branch")
			y.SetInput(0, z)
		})
		proof := proofOf(t, m, fused)
		if _, _, err := proof.Compare(t.Context(), tensor.Map{"x": repeated([]int64{1, 2, 4}, 1)}, true); err != nil {
			t.Fatal(err)
		}
		if found := proof.Result(); !found.Equal() || found.Complete() != sizes {
			t.Errorf("from sizes, %t: %+v, worst %+v", sizes, found, found.Worst)
		}
	}
}

// TestResized changes what the model leaves open, but for the batch, of its inputs alone.
func TestResized(t *testing.T) {
	n := newNet(t)
	x := n.input("x", tensor.Float32, -1, -1, 4, -1)
	for by, want := range map[float64][]int64{1: {2, 3, 4, 5}, 2: {2, 6, 4, 10}, 0.25: {2, 1, 4, 1}} {
		if got := resized(x, []int64{2, 3, 4, 5}, by); !slices.Equal(got, want) {
			t.Errorf("%v times: %v", by, got)
		}
	}
	if got := resized(n.relu("y", x), []int64{1, 3, 4, 5}, 2); !slices.Equal(got, []int64{1, 3, 4, 5}) {
		t.Errorf("no input: %v", got)
	}
}

// TestRehearsalCountsWhatIsLost: a value that cannot be computed, or that holds no number.
func TestRehearsalCountsWhatIsLost(t *testing.T) {
	h := &rehearsal{shapes: map[*graph.Value]typed{}, held: map[*graph.Value]input{}}
	n := newNet(t)
	x, i := n.input("x", tensor.Float32, 2), n.input("i", tensor.Int64, 1)
	h.note(x, input{tensor.Of([]int64{2}, 1, math.NaN()), tensor.Float32})
	h.note(i, input{tensor.Of([]int64{1}, int64(7)), tensor.Int64})
	if h.lost != 0 || h.held[i].tensor == nil || h.held[x].tensor != nil {
		t.Errorf("got %+v", h)
	}
	h.note(x, input{tensor.Of([]int64{1}, math.NaN()), tensor.Float32})
	h.note(x, input{tensor.Of([]int64{0}, []float64{}...), tensor.Float32})
	if h.lost != 2 {
		t.Errorf("%d are lost", h.lost)
	}
}

// TestRehearse takes the size in which the branch can be computed that is nearest to the given one.
func TestRehearse(t *testing.T) {
	m := rates(t)
	c := started(t, proofOf(t, m, m.Clone()), at8kHz())
	if err := c.was.until(t.Context(), value(t, m, "fast")); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]int64{"fast_relu": 8, "slow_relu": 4} {
		g := value(t, m, name).Graph()
		if err := c.rehearse(t.Context(), g); err != nil {
			t.Fatal(err)
		}
		h := c.rehearsals[g]
		if got := h.around[value(t, m, "x")].tensor.Shape(); !slices.Equal(got, []int64{1, 2, want}) || h.lost != 0 {
			t.Errorf("%s: %v, %d values are lost", name, got, h.lost)
		}
	}
}

// TestGraphsThatInputsRun: what one input does not lead into another one may.
func TestGraphsThatInputsRun(t *testing.T) {
	m := chosen(t)
	fused := changed(m, func(c *graph.Model) {
		doubled := value(t, c, "doubled")
		doubled.Redefine()
		doubled.Producer().SetInput(1, c.Graph.NewInitializer("four", tensor.Of(nil, float32(4))))
		for _, name := range []string{"inner", "other"} {
			n := value(t, c, name).Producer()
			n.SetInput(0, prepend(n, "Mul", doubled, c.Graph.NewInitializer("half", tensor.Of(nil, float32(0.5)))))
		}
	})
	proof := proofOf(t, m, fused)
	for _, choice := range []bool{true, false} {
		if proof.Result().Complete() {
			t.Errorf("complete before %t", choice)
		}
		in := tensor.Map{"x": repeated([]int64{1, 2, 4}, 1, -2, 3), "choice": tensor.Of(nil, choice)}
		if _, _, err := proof.Compare(t.Context(), in, false); err != nil {
			t.Fatal(err)
		}
	}
	if found := proof.Result(); !found.Complete() || !found.Equal() {
		t.Errorf("got %+v, worst %+v", found, found.Worst)
	}
}
