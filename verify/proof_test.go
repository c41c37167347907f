package verify

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// headed is a convolution with a head that hides from the output what is different before it.
func headed(t *testing.T, head func(n net, v *graph.Value) *graph.Value) *graph.Model {
	t.Helper()
	n := newNet(t)
	y := n.conv("y", n.input("x", tensor.Float32, 1, 2, 64), 1, 2, 3, 4)
	return n.model(head(n, n.relu("z", y)))
}

// TestNoHeadHidesAFault makes faults before operators that answer the same all the same.
func TestNoHeadHidesAFault(t *testing.T) {
	heads := map[string]func(n net, v *graph.Value) *graph.Value{
		"ArgMax": func(n net, v *graph.Value) *graph.Value {
			return n.node("a", "ArgMax", []*graph.Value{v}, graph.IntAttr("axis", 2))
		},
		"TopK": func(n net, v *graph.Value) *graph.Value { // of which only the places are read
			largest := n.node("largest", "TopK", []*graph.Value{v, n.ints(3)})
			places := n.g.NewValue("places")
			largest.Producer().TakeOutput(places)
			return places
		},
		"Softmax": func(n net, v *graph.Value) *graph.Value { // of logits that are far apart
			return n.node("s", "Softmax", []*graph.Value{n.node("far", "Mul", []*graph.Value{v, n.floats(nil, 1e6)})})
		},
		"a dead Relu": func(n net, v *graph.Value) *graph.Value {
			return n.relu("dead", n.node("low", "Sub", []*graph.Value{v, n.floats(nil, 1e6)}))
		},
		"GlobalMaxPool": func(n net, v *graph.Value) *graph.Value {
			return n.node("g", "GlobalMaxPool", []*graph.Value{v})
		},
	}
	for name, head := range heads {
		m := headed(t, head)
		for fault, change := range map[string]func(c *graph.Model){
			"a wrong weight": func(c *graph.Model) {
				setInput(value(t, c, "y").Producer(), 1, repeated([]int64{2, 2, 1}, 1, 2, 3, 4.0001))
			},
			"a Relu dropped": func(c *graph.Model) { without(value(t, c, "z")) },
		} {
			found := compared(t, m, changed(m, change))
			if found.Equal() || !found.Complete() || found.Regions != 1 {
				t.Errorf("%s before %s: %+v, worst %+v", fault, name, found, found.Worst)
			}
		}
		if found := compared(t, m, m.Clone()); found.Regions != 0 || !found.Equal() || !found.Complete() {
			t.Errorf("%s: the same model: %+v", name, found)
		}
	}
}

// lstm is an operator of [1, 1, 4] that float64 cannot run here: an LSTM with a function that it does not know.
func (n net) lstm(name string, x, weights *graph.Value) *graph.Value {
	return n.node(name, "LSTM", []*graph.Value{x, weights, n.floats([]int64{1, 16, 4}, 1)},
		graph.IntAttr("hidden_size", 4), &graph.Attr{Name: "activations", Kind: graph.AttrStrings, Strings: []string{"Unheard", "Tanh", "Tanh"}})
}

// TestUnknownOperator puts an operator that cannot be run outside the rewritten region, where it hides nothing, and inside.
func TestUnknownOperator(t *testing.T) {
	wrong := func(v string) func(c *graph.Model) {
		return func(c *graph.Model) {
			setInput(value(t, c, v).Producer(), 1, repeated([]int64{2, 2, 1}, 1, 2, 3, 5))
		}
	}
	before := func() *graph.Model {
		n := newNet(t)
		h := n.lstm("h", n.input("x", tensor.Float32, 2, 1, 4), n.floats([]int64{1, 16, 4}, 1))
		moved := n.node("moved", "Reshape", []*graph.Value{h, n.ints(1, 2, 4)})
		return n.model(n.relu("z", n.conv("y", moved, 1, 2, 3, 4)))
	}()
	after := headed(t, func(n net, v *graph.Value) *graph.Value {
		return n.lstm("h", v, n.floats([]int64{1, 16, 64}, 1))
	})
	for name, m := range map[string]*graph.Model{"before the region": before, "after the region": after} {
		found := compared(t, m, changed(m, wrong("y")))
		if found.Equal() || found.Compared != 1 {
			t.Errorf("%s it hides a wrong weight: %+v", name, found)
		}
		right := changed(m, func(c *graph.Model) { // Relu(Relu(x)) for Relu(x)
			z := value(t, c, "z")
			twice := net{t, c.Graph}.relu("twice", z.Producer().Input(0))
			n := twice.Producer()
			c.Graph.Remove(n)
			n = graph.NewNode("Relu", z.Producer().Input(0))
			n.TakeOutput(c.Graph.NewValue("once"))
			c.Graph.InsertBefore(n, z.Producer())
			z.Producer().SetInput(0, n.Output(0))
		})
		if found := compared(t, m, right); !found.Equal() || !found.Complete() || found.Regions != 1 {
			t.Errorf("%s: a rewrite that is right: %+v, worst %+v", name, found, found.Worst)
		}
	}
	n := newNet(t)
	m := n.model(n.lstm("h", n.input("x", tensor.Float32, 2, 1, 4), n.floats([]int64{1, 16, 4}, 1)))
	found := compared(t, m, changed(m, func(c *graph.Model) {
		setInput(value(t, c, "h").Producer(), 1, repeated([]int64{1, 16, 4}, 2))
	}))
	if found.Complete() || len(found.NotCompared) != 1 || found.NotCompared[0].Value != "h" || !strings.Contains(found.NotCompared[0].Reason, "LSTM") {
		t.Errorf("inside the region: %+v", found)
	}
}

// TestConstantsOfAnUnknownOperator computes the weights of an operator that cannot be run in one version only. Where they are
// the same numbers the operator need not be run.
func TestConstantsOfAnUnknownOperator(t *testing.T) {
	for last, equal := range map[float32]bool{2: true, 2.001: false} {
		n := newNet(t)
		stacked := n.g.NewInitializer("stacked", repeated([]int64{2, 16, 4}, 1, 2))
		cut := n.node("cut", "Slice", []*graph.Value{stacked, n.ints(1), n.ints(2), n.ints(0)})
		m := n.model(n.lstm("h", n.input("x", tensor.Float32, 2, 1, 4), cut))
		found := compared(t, m, changed(m, func(c *graph.Model) {
			v := value(t, c, "cut")
			graph.ReplaceAllUses(v, c.Graph.NewInitializer("folded", repeated([]int64{1, 16, 4}, 1, last)))
			c.Graph.Remove(v.Producer())
		}))
		if found.Regions != 1 || found.Complete() != equal || !found.Equal() {
			t.Errorf("with a last weight of %v: %+v", last, found)
		}
	}
}

// TestTwoConsumers folds a factor into one of two readers of a value.
func TestTwoConsumers(t *testing.T) {
	n := newNet(t)
	y := n.conv("y", n.input("x", tensor.Float32, 1, 2, 4), 1, 2, 3, 4)
	doubled := n.node("doubled", "Mul", []*graph.Value{y, n.floats(nil, 2)})
	m := n.model(n.conv("a", doubled, 1, -1, 1, 0), n.relu("b", y))
	right := changed(m, func(c *graph.Model) {
		setInput(value(t, c, "a").Producer(), 1, repeated([]int64{2, 2, 1}, 2, -2, 2, 0))
		without(value(t, c, "doubled"))
	})
	if found := compared(t, m, right); found.Regions != 1 || !found.Complete() || !found.Equal() {
		t.Errorf("folded into its reader: %+v, worst %+v", found, found.Worst)
	}
	wrong := changed(right, func(c *graph.Model) { // the factor reaches the other reader too
		setInput(value(t, c, "y").Producer(), 1, repeated([]int64{2, 2, 1}, 2, 4, 6, 8))
	})
	origins := func(v *graph.Value) *graph.Value { return v.Origin().Origin() }
	proof := NewRegionProof(m, wrong, opened(t, m), opened(t, wrong), func(v *graph.Value) *graph.Value {
		if v.Origin() == nil {
			return nil
		}
		return origins(v)
	}, 1)
	if _, _, err := proof.Run(t.Context(), inputsOf(t, m, 1), nil, 0, func(float64, string) {}); err != nil {
		t.Fatal(err)
	}
	if found := proof.Result(); found.Equal() || found.Worst.Value != "y" {
		t.Errorf("folded where both read it: %+v, worst %+v", found, found.Worst)
	}
}

// TestBoundsShow leaves out one of the two bounds of a Clip: the numbers have to go beyond both of them.
func TestBoundsShow(t *testing.T) {
	n := newNet(t)
	x := n.input("x", tensor.Float32, 1, 2, 4)
	m := n.model(n.node("y", "Clip", []*graph.Value{x, n.floats(nil, -6), n.floats(nil, 6)}))
	for i := 1; i <= 2; i++ {
		found := compared(t, m, changed(m, func(c *graph.Model) { value(t, c, "y").Producer().SetInput(i, nil) }))
		if found.Equal() {
			t.Errorf("without input %d: %+v", i, found)
		}
	}
}

// TestNaN: what is NaN in both models is the same, and shows nothing; NaN for a number is a difference.
func TestNaN(t *testing.T) {
	n := newNet(t)
	x := n.input("x", tensor.Float32, 1, 2, 4)
	zero := n.node("zero", "Mul", []*graph.Value{x, n.floats(nil, 0)})
	m := n.model(n.node("y", "Div", []*graph.Value{zero, n.floats(nil, 1)}))
	found := compared(t, m, changed(m, func(c *graph.Model) { setInput(value(t, c, "y").Producer(), 1, tensor.Of(nil, float32(0))) }))
	if found.Equal() || !math.IsInf(float64(found.Worst.MaxRel), 1) {
		t.Errorf("NaN for zero: %+v", found)
	}
	n = newNet(t)
	x = n.input("x", tensor.Float32, 1, 2, 4)
	m = n.model(n.node("y", "Mul", []*graph.Value{x, n.floats(nil, float32(math.NaN()))}))
	both := changed(m, func(c *graph.Model) { value(t, c, "y").Producer().OpType = "Add" })
	if found := compared(t, m, both); !found.Equal() || found.Complete() || found.NotCompared[0].Reason != "its result is not a number" {
		t.Errorf("NaN alone: %+v", found)
	}
	number := changed(m, func(c *graph.Model) { setInput(value(t, c, "y").Producer(), 1, tensor.Of(nil, float32(1))) })
	if found := compared(t, m, number); found.Equal() {
		t.Errorf("a number for NaN: %+v", found)
	}
}

// TestShapesDiffer: another shape is a difference, also of a value that nothing but a reader of any shape reads.
func TestShapesDiffer(t *testing.T) {
	n := newNet(t)
	x := n.input("x", tensor.Float32, 1, 2, 4)
	r := n.node("r", "Reshape", []*graph.Value{x, n.ints(2, 4)})
	m := n.model(n.node("sum", "ReduceSum", []*graph.Value{n.relu("z", r)}, graph.IntAttr("keepdims", 0)))
	found := compared(t, m, changed(m, func(c *graph.Model) {
		setInput(value(t, c, "r").Producer(), 1, tensor.Of([]int64{2}, int64(4), 2))
	}))
	if found.Equal() || found.Worst.Value != "r" {
		t.Errorf("got %+v", found)
	}
}

// TestTwoValuesOfOneOrigin computes a value of the first model twice in the second, once wrongly.
func TestTwoValuesOfOneOrigin(t *testing.T) {
	n := newNet(t)
	y := n.conv("y", n.input("x", tensor.Float32, 1, 2, 4), 1, 2, 3, 4)
	m := n.model(n.relu("a", y), n.node("b", "Neg", []*graph.Value{y}))
	for weight, equal := range map[float32]bool{4: true, 4.001: false} {
		fused := m.Clone()
		c := net{t, fused.Graph}
		twin := c.conv("twin", value(t, fused, "x"), 1, 2, 3, weight)
		fused.Graph.Remove(twin.Producer())
		twin = fused.Graph.NewValue("twin")
		made := graph.NewNode("Conv", value(t, fused, "x"), c.floats([]int64{2, 2, 1}, 1, 2, 3, weight))
		made.TakeOutput(twin)
		fused.Graph.InsertAfter(made, value(t, fused, "y").Producer())
		value(t, fused, "b").Producer().SetInput(0, twin)
		proof := NewRegionProof(m, fused, opened(t, m), opened(t, fused), func(v *graph.Value) *graph.Value {
			if v == twin {
				return y
			}
			return v.Origin()
		}, 1)
		if _, _, err := proof.Run(t.Context(), inputsOf(t, m, 1), nil, 0, func(float64, string) {}); err != nil {
			t.Fatal(err)
		}
		if found := proof.Result(); found.Equal() != equal || !found.Complete() {
			t.Errorf("with a weight of %v: %+v, worst %+v", weight, found, found.Worst)
		}
	}
}

// TestWholeNumbersAreEqualOrNot: no difference of integers is rounding, however large the others are.
func TestWholeNumbersAreEqualOrNot(t *testing.T) {
	n := newNet(t)
	x := n.input("x", tensor.Float32, 1, 2, 4)
	m := n.model(n.node("y", "Slice", []*graph.Value{x, n.ints(0, 0), n.ints(math.MaxInt64, 3), n.ints(1, 2)}))
	found := compared(t, m, changed(m, func(c *graph.Model) {
		setInput(value(t, c, "y").Producer(), 2, tensor.Of([]int64{2}, int64(math.MaxInt64), 2))
	}))
	if found.Equal() {
		t.Errorf("another end of a Slice: %+v, worst %+v", found, found.Worst)
	}
}

// TestRunComparesOutputs checks the answers of the models too, and says why it does not.
func TestRunComparesOutputs(t *testing.T) {
	m := headed(t, func(_ net, v *graph.Value) *graph.Value { return v })
	wrong := changed(m, func(c *graph.Model) {
		setInput(value(t, c, "y").Producer(), 1, repeated([]int64{2, 2, 1}, 1, 2, 3, 5))
	})
	outputs := []tensor.Spec{{Name: "z"}}
	check, lost, err := proofOf(t, m, wrong).Run(t.Context(), inputsOf(t, m, 3), outputs, 1e-12, func(float64, string) {})
	if err != nil || lost != nil || check.Equal() || check.Inputs != 3 {
		t.Errorf("%+v, %v, %v", check, lost, err)
	}
	if check, lost, err = proofOf(t, m, m.Clone()).Run(t.Context(), inputsOf(t, m, 1), outputs, 1e-12, func(float64, string) {}); err != nil || lost != nil || !check.Equal() {
		t.Errorf("the same model: %+v, %v, %v", check, lost, err)
	}
	unknown := headed(t, func(n net, v *graph.Value) *graph.Value { return n.lstm("z2", v, n.floats([]int64{1, 16, 4}, 1)) })
	_, lost, err = proofOf(t, unknown, unknown.Clone()).Run(t.Context(), inputsOf(t, unknown, 1), []tensor.Spec{{Name: "z2"}}, 1e-12, func(float64, string) {})
	if err != nil || !errors.Is(lost, ErrFirst) || !strings.Contains(lost.Error(), "LSTM") {
		t.Errorf("an output that cannot be computed: %v, %v", lost, err)
	}
	if _, _, err := proofOf(t, m, m.Clone()).Run(t.Context(), []tensor.Map{{}}, outputs, 1e-12, func(float64, string) {}); err == nil || !strings.Contains(err.Error(), `input "x" is missing`) {
		t.Errorf("without its input: %v", err)
	}
}

// TestRunTellsHowFarItIs names each node and the share of the work that is done after it. The first input counts twice.
func TestRunTellsHowFarItIs(t *testing.T) {
	m := headed(t, func(_ net, v *graph.Value) *graph.Value { return v })
	var done []float64
	var nodes []string
	_, _, err := proofOf(t, m, m.Clone()).Run(t.Context(), inputsOf(t, m, 2), nil, 0, func(share float64, node string) {
		done, nodes = append(done, 6*share), append(nodes, node)
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{2, 4, 5, 6} { // two nodes
		if len(done) != 4 || math.Abs(done[i]-want) > 1e-9 || nodes[i] != []string{"y_node", "z_node"}[i%2] {
			t.Fatalf("after %v the shares are %v of 6", nodes, done)
		}
	}
}

// TestVerdictKeepsTheWorst: a difference is never lost to a smaller one, nor to a result that shows nothing.
func TestVerdictKeepsTheWorst(t *testing.T) {
	number, nothing := tensor.Of([]int64{1}, 1.0), tensor.Of([]int64{1}, math.NaN())
	v := &verdict{bound: 1e-12}
	v.note(nothing, 0, 1e-12)
	if v.compared || v.reason == "" {
		t.Errorf("NaN alone: %+v", v)
	}
	v.note(number, 1e-13, 1e-12)
	v.note(number, 1e-6, 1e-9)
	v.note(number, 1e-12, 1e-12)
	v.note(nothing, 0, 1e-12)
	if !v.compared || v.rel != 1e-6 || v.bound != 1e-9 {
		t.Errorf("got %+v", v)
	}
	v.note(nothing, math.Inf(1), 1e-12)
	if !math.IsInf(v.rel, 1) {
		t.Errorf("a number for NaN: %+v", v)
	}
	whole := &verdict{bound: 1e-12}
	whole.note(tensor.Of([]int64{0}, []float64{}...), 0, 1e-12)
	if !whole.compared {
		t.Errorf("nothing at all: %+v", whole)
	}
}

// TestResultOfWhatIsLost: a region that could not be run over noise that fits is not compared, unless it differs all the same.
func TestResultOfWhatIsLost(t *testing.T) {
	m := powered(t, 1)
	a, _, v := onlyRegion(t, m, halves(t, m, 1, 1))
	*v = verdict{compared: true, bound: 1e-12, lost: true, reason: "why"}
	if got := a.Result(); got.Complete() || !got.Equal() || got.Worst != nil || got.NotCompared[0] != (NotCompared{"y", "why"}) {
		t.Errorf("got %+v", got)
	}
	v.rel = 1
	if got := a.Result(); got.Equal() || !got.Complete() {
		t.Errorf("one that differs: %+v", got)
	}
}

func TestAlgebraResult(t *testing.T) {
	worst := func(rel, bound float64) *RegionResult {
		return &RegionResult{MaxRel: Number(rel), Bound: Number(bound)}
	}
	lost := []NotCompared{{"h", "it is not known"}}
	for name, c := range map[string]struct {
		result          AlgebraResult
		equal, complete bool
	}{
		"nothing rewritten": {AlgebraResult{}, true, true},
		"equal":             {AlgebraResult{Regions: 1, Compared: 1, Worst: worst(1e-12, 1e-12)}, true, true},
		"different":         {AlgebraResult{Regions: 1, Compared: 1, Worst: worst(2e-12, 1e-12)}, false, true},
		"infinitely far":    {AlgebraResult{Regions: 1, Compared: 1, Worst: worst(math.Inf(1), 1e-9)}, false, true},
		"no number":         {AlgebraResult{Regions: 1, Compared: 1, Worst: worst(math.NaN(), 1e-9)}, false, true},
		"one not compared":  {AlgebraResult{Regions: 2, Compared: 1, Worst: worst(0, 1e-12), NotCompared: lost}, true, false},
		"none compared":     {AlgebraResult{Regions: 1, NotCompared: lost}, true, false},
		"one forgotten":     {AlgebraResult{Regions: 2, Compared: 1, Worst: worst(0, 1e-12)}, true, false},
	} {
		if c.result.Equal() != c.equal || c.result.Complete() != c.complete {
			t.Errorf("%s: equal %v, complete %v", name, c.result.Equal(), c.result.Complete())
		}
	}
}

// TestAlgebraResultInJSON writes a difference without bound as null, and leaves out what there is none of.
func TestAlgebraResultInJSON(t *testing.T) {
	for want, r := range map[string]AlgebraResult{
		`{"regions":0,"compared":0}`: {},
		`{"regions":2,"compared":1,"worst":{"value":"y","node":"n","max_rel":null,"bound":1e-12},"not_compared":[{"value":"h","reason":"why"}]}`: {
			Regions: 2, Compared: 1, Worst: &RegionResult{"y", "n", Number(math.Inf(1)), 1e-12}, NotCompared: []NotCompared{{"h", "why"}},
		},
	} {
		if got, err := json.Marshal(r); err != nil || string(got) != want {
			t.Errorf("got %s, %v", got, err)
		}
	}
}

func TestWorse(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		a, b float64
		want bool
	}{{2, 1, true}, {1, 1, false}, {1, 2, false}, {nan, 1, true}, {nan, math.Inf(1), true}, {1, nan, false}, {nan, nan, false}} {
		if got := worse(c.a, c.b); got != c.want {
			t.Errorf("worse(%v, %v) is %v", c.a, c.b, got)
		}
	}
}

func TestLabel(t *testing.T) {
	n := newNet(t)
	x := n.input("x", tensor.Float32, 1)
	if y := n.relu("y", x); label(y) != "y_node" || label(x) != "" {
		t.Errorf("got %q and %q", label(y), label(x))
	}
}
