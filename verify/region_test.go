package verify

import (
	"slices"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// inputNames are the inputs of a region by their names in the first model.
func (r *region) inputNames() string {
	var first []*graph.Value
	for _, v := range r.inputs {
		first = append(first, v.was)
	}
	return valueNames(first)
}

// labels are the nodes of a version of a region in their order.
func labels(nodes []*graph.Node) []string {
	var list []string
	for _, n := range nodes {
		list = append(list, n.Label())
	}
	return list
}

// prepend puts a new node before another and returns its result.
func prepend(at *graph.Node, op string, in ...*graph.Value) *graph.Value {
	n := graph.NewNode(op, in...)
	n.TakeOutput(at.Graph().NewValue("made"))
	n.Name = n.Output(0).Name()
	at.Graph().InsertBefore(n, at)
	return n.Output(0)
}

// TestRegions folds two nodes into one. What did not change is no region, and what nobody reads neither.
func TestRegions(t *testing.T) {
	n := newNet(t)
	x := n.input("x", tensor.Float32, 1, 2, 4)
	doubled := n.node("doubled", "Mul", []*graph.Value{n.conv("y", x, 1, 2, 3, 4), n.floats(nil, 2)})
	unread := n.relu("unread", x)
	m := n.model(n.relu("z", doubled))
	fused := changed(m, func(c *graph.Model) {
		y := value(t, c, "y")
		setInput(y.Producer(), 1, repeated([]int64{2, 2, 1}, 2, 4, 6, 8))
		y.Redefine()
		without(value(t, c, "doubled"))
		value(t, c, unread.Name()).Producer().OpType = "Neg"
	})
	found := bordersOf(m, fused).regions()
	if len(found) != 1 {
		t.Fatalf("there are %d regions", len(found))
	}
	r := found[0]
	if r.result.was != doubled || r.result.is != value(t, fused, "y") || r.inputNames() != "x" || r.body || len(r.constants) != 0 {
		t.Errorf("the region is %+v", r)
	}
	if got := labels(r.nodes.was); !slices.Equal(got, []string{"y_node", "doubled_node"}) {
		t.Errorf("the first version is %v", got)
	}
	if got := labels(r.nodes.is); !slices.Equal(got, []string{"y_node"}) {
		t.Errorf("the second version is %v", got)
	}
}

// TestRegionOverWhatBothRead: a value that both models have, but only one version reads, is inside and no input.
func TestRegionOverWhatBothRead(t *testing.T) {
	n := newNet(t)
	x := n.input("x", tensor.Float32, 1, 2, 4)
	a := n.relu("a", x)
	m := n.model(n.node("y", "Add", []*graph.Value{a, a}), n.node("b", "Neg", []*graph.Value{a}))
	fused := changed(m, func(c *graph.Model) {
		y := value(t, c, "y").Producer()
		twin := prepend(y, "Relu", value(t, c, "x"))
		y.SetInput(0, twin)
		y.SetInput(1, twin)
	})
	b := bordersOf(m, fused)
	r := b.region(value(t, m, "y"), value(t, fused, "y"))
	if r.inputNames() != "x" || len(r.nodes.was) != 2 || len(r.nodes.is) != 2 {
		t.Errorf("it is computed from %q by %v and %v", r.inputNames(), labels(r.nodes.was), labels(r.nodes.is))
	}
	if found := b.regions(); len(found) != 0 { // Relu of x is Relu of x
		t.Errorf("%d regions are rewritten", len(found))
	}
}

// related is Tᵀ + x + ΣT of the transposed T of x, and the same with x + x in place of Tᵀ + x times a factor.
func related(t *testing.T, factor float32) (m, fused *graph.Model) {
	t.Helper()
	n := newNet(t)
	x := n.input("x", tensor.Float32, 3, 4)
	turned := n.node("turned", "Transpose", []*graph.Value{x})
	back := n.node("back", "Transpose", []*graph.Value{turned})
	sum := n.node("sum", "ReduceSum", []*graph.Value{turned, n.ints(0, 1)})
	twice := n.node("twice", "Add", []*graph.Value{back, x})
	m = n.model(n.node("y", "Add", []*graph.Value{twice, n.node("s", "Mul", []*graph.Value{sum, sum})}))
	return m, changed(m, func(c *graph.Model) {
		y := value(t, c, "y").Producer()
		y.SetInput(0, prepend(y, "Mul", value(t, c, "x"), c.Graph.NewInitializer("two", tensor.Of(nil, 2*factor))))
		for _, name := range []string{"sum", "s"} {
			value(t, c, name).Redefine()
		}
	})
}

// TestWiden takes in the node by which one input comes of another: the two versions are the same over what belongs together.
func TestWiden(t *testing.T) {
	m, fused := related(t, 1)
	b := bordersOf(m, fused)
	r := b.region(value(t, m, "y"), value(t, fused, "y"))
	if r.inputNames() != "turned x" {
		t.Fatalf("it is computed from %q", r.inputNames())
	}
	wide := b.widen(r)
	if wide == nil || wide.inputNames() != "x" || wide.result != r.result {
		t.Fatalf("it becomes %+v", wide)
	}
	if len(wide.nodes.was) != len(r.nodes.was)+1 || len(wide.nodes.is) != len(r.nodes.is)+1 {
		t.Errorf("by %v and %v", labels(wide.nodes.was), labels(wide.nodes.is))
	}
	if again := b.widen(wide); again != nil {
		t.Errorf("it becomes wider still: %q", again.inputNames())
	}
	for factor, equal := range map[float32]bool{1: true, 1.0001: false} {
		m, fused := related(t, factor)
		if found := compared(t, m, fused); found.Equal() != equal || !found.Complete() || found.Regions != 1 {
			t.Errorf("with a factor of %v: %+v, worst %+v", factor, found, found.Worst)
		}
	}
}

// TestRegionsOfBodies are compared like all others, and known as such.
func TestRegionsOfBodies(t *testing.T) {
	m := nested(t)
	fused := changed(m, func(c *graph.Model) { value(t, c, "inner").Producer().OpType = "Neg" })
	found := bordersOf(m, fused).regions()
	if len(found) != 1 || !found[0].body || found[0].result.was.Name() != "inner" || found[0].inputNames() != "a" {
		t.Fatalf("there are %d regions: %+v", len(found), found)
	}
}

// TestRegionOfAConstant: the second model knows the answer.
func TestRegionOfAConstant(t *testing.T) {
	for number, equal := range map[float32]bool{0: true, 1: false} {
		n := newNet(t)
		x := n.input("x", tensor.Float32, 1, 2, 4)
		zero := n.node("zero", "Sub", []*graph.Value{x, x})
		m := n.model(n.node("y", "Add", []*graph.Value{x, zero}))
		fused := changed(m, func(c *graph.Model) {
			value(t, c, "y").Producer().SetInput(1, c.Graph.NewInitializer("known", repeated([]int64{1, 2, 4}, number)))
			c.Graph.Remove(value(t, c, "zero").Producer())
		})
		if found := compared(t, m, fused); found.Equal() != equal || !found.Complete() || found.Regions != 1 {
			t.Errorf("%v: %+v, worst %+v", number, found, found.Worst)
		}
	}
}

// TestInitializersThatAreNoTensors, sparse ones say, cannot be run. That is no reason to fail.
func TestInitializersThatAreNoTensors(t *testing.T) {
	n := newNet(t)
	x := n.input("x", tensor.Float32, 1, 2, 4)
	sparse := n.g.NewInitializer("sparse", nil)
	sparse.SetExtra(new(int))
	m := n.model(n.node("y", "Add", []*graph.Value{n.node("p", "Mul", []*graph.Value{x, sparse}), n.floats(nil, 1)}))
	for want, change := range map[string]func(c *graph.Model){
		`the shape of "p" is not known`: func(c *graph.Model) { setInput(value(t, c, "y").Producer(), 1, repeated([]int64{1}, 1)) },
		"the value has no data":         func(c *graph.Model) { value(t, c, "p").Producer().OpType = "Div" },
	} {
		found := compared(t, m, changed(m, change))
		if found.Regions != 1 || len(found.NotCompared) != 1 || !strings.Contains(found.NotCompared[0].Reason, want) {
			t.Errorf("got %+v, want %s", found, want)
		}
	}
	if found := compared(t, m, m.Clone()); found.Regions != 0 {
		t.Errorf("the same model: %+v", found)
	}
	other := changed(m, func(c *graph.Model) { value(t, c, "sparse").SetExtra(new(int)) })
	if found := compared(t, m, other); found.Complete() {
		t.Errorf("another one: %+v", found)
	}
}

// TestParts tells regions apart by their nodes, attributes and numbers, and looks into no graphs.
func TestParts(t *testing.T) {
	m, sound := related(t, 2)
	is := func(m, fused *graph.Model) Parts { return proofOf(t, m, fused).Parts() }
	known := is(m, sound)
	if len(known) == 0 {
		t.Fatal("there are none")
	}
	again := func(change func(c *graph.Model)) *RegionProof {
		c := changed(sound, change)
		return NewRegionProof(m, c, opened(t, m), opened(t, c), func(v *graph.Value) *graph.Value {
			if v.Origin() == nil {
				return nil
			}
			return v.Origin().Origin()
		}, 1)
	}
	rest := func(a *RegionProof) int {
		a.leaveOut(known)
		return len(a.regions)
	}
	if n := rest(again(func(*graph.Model) {})); n != 0 {
		t.Errorf("%d regions of a copy are others", n)
	}
	for name, change := range map[string]func(n *graph.Node){
		"another number":    func(n *graph.Node) { setInput(n, 1, tensor.Of([]int64{1}, float32(9))) },
		"another operator":  func(n *graph.Node) { n.OpType = "Add" },
		"another attribute": func(n *graph.Node) { n.SetAttr(graph.IntAttr("extra", 1)) },
	} {
		a := again(func(c *graph.Model) {
			for n := range c.Graph.Nodes() {
				if n.Is("Mul") && n.Input(1).Constant() != nil {
					change(n)
				}
			}
		})
		if rest(a) == 0 {
			t.Errorf("%s: no region is another", name)
		}
	}
	n := newNet(t)
	body := n.body("then")
	x := n.input("x", tensor.Float32, 2)
	then := body.relu("in", x)
	body.g.AddOutput(then)
	other := n.body("else")
	other.g.AddOutput(other.node("neg", "Neg", []*graph.Value{x}))
	with := n.model(n.relu("y", n.branch("b", n.input("condition", tensor.Bool), body, other)))
	if parts := is(with, changed(with, func(c *graph.Model) { value(t, c, "b").Redefine() })); len(parts) != 0 {
		t.Errorf("%d parts have a graph in them", len(parts))
	}
}

// valueNames are the names of values in the order of the alphabet.
func valueNames(values []*graph.Value) string {
	var names []string
	for _, v := range values {
		names = append(names, v.Name())
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

// nodeNames are the labels of nodes in the order of the alphabet.
func nodeNames(c cone) string {
	var names []string
	for n := range c.nodes {
		names = append(names, n.Label())
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

func uncut(*graph.Value) bool { return false }

func cutAt(cuts ...*graph.Value) func(*graph.Value) bool {
	return func(v *graph.Value) bool { return slices.Contains(cuts, v) }
}

// TestConeOf walks back to where it is cut. Constants are no inputs.
func TestConeOf(t *testing.T) {
	n := newNet(t)
	x := n.input("x", tensor.Float32, 1)
	a := n.relu("a", x)
	b := n.node("b", "Add", []*graph.Value{a, n.floats([]int64{1}, 1), nil})
	c := n.node("c", "Mul", []*graph.Value{a, b})
	n.relu("aside", a)
	for name, want := range map[string]struct {
		result        *graph.Value
		cut           func(*graph.Value) bool
		inputs, nodes string
	}{
		"to the input":        {c, uncut, "x", "a_node b_node c_node"},
		"to a":                {c, cutAt(a), "a", "b_node c_node"},
		"to b":                {c, cutAt(b), "b x", "a_node c_node"},
		"to a and b":          {c, cutAt(a, b), "a b", "c_node"},
		"not at its own end":  {c, cutAt(c), "x", "a_node b_node c_node"},
		"of an input":         {x, uncut, "x", ""},
		"of a constant":       {b.Producer().Input(1), uncut, "", ""},
		"of one node's value": {a, uncut, "x", "a_node"},
	} {
		got := coneOf(want.result, want.cut)
		if valueNames(got.inputs) != want.inputs || nodeNames(got) != want.nodes {
			t.Errorf("%s: from %q by %q", name, valueNames(got.inputs), nodeNames(got))
		}
	}
}

// TestConeOfBody ends at the graph around, and reads what a sub-graph of its own captures.
func TestConeOfBody(t *testing.T) {
	n := newNet(t)
	x, choice := n.input("x", tensor.Float32, 1), n.input("choice", tensor.Bool)
	a := n.relu("a", x)
	then, otherwise := n.body("then"), n.body("else")
	inner := then.relu("inner", then.relu("within", a))
	then.g.AddOutput(inner)
	otherwise.g.AddOutput(otherwise.relu("other", x))
	y := n.branch("y", choice, then, otherwise)
	if got := coneOf(inner, uncut); valueNames(got.inputs) != "a" || nodeNames(got) != "inner_node within_node" {
		t.Errorf("inside: from %q by %q", valueNames(got.inputs), nodeNames(got))
	}
	if got := coneOf(y, uncut); valueNames(got.inputs) != "choice x" || nodeNames(got) != "a_node y_node" {
		t.Errorf("outside: from %q by %q", valueNames(got.inputs), nodeNames(got))
	}
	if got := valueNames(slices.Collect(operands(y.Producer()))); got != "a choice x" {
		t.Errorf("the If reads %q", got)
	}
	for range operands(y.Producer()) { // it can be left early
		break
	}
}

// TestFixed: what is computed from constants alone is one.
func TestFixed(t *testing.T) {
	n := newNet(t)
	x, c := n.input("x", tensor.Float32, 1), n.floats([]int64{4}, 1)
	w := n.input("w", tensor.Float32, 1)
	if _, err := n.g.AddInitializer("w", repeated([]int64{1}, 1)); err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string]struct {
		of   *graph.Value
		want bool
	}{
		"a constant":                    {c, true},
		"a part of one":                 {n.node("part", "Slice", []*graph.Value{c, n.ints(1), n.ints(2)}), true},
		"an input":                      {x, false},
		"what is computed from one":     {n.node("sum", "Add", []*graph.Value{c, x}), false},
		"an initializer with a default": {w, false},
	} {
		if got := fixed(v.of); got != v.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
