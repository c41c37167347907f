package verify

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// TestUnchanged changes one thing of a node, each of which can make it compute something else.
func TestUnchanged(t *testing.T) {
	build := func() *graph.Model {
		n := newNet(t)
		x := n.relu("x2", n.input("x", tensor.Float32, 1, 2, 4))
		y := n.node("y", "Conv", []*graph.Value{x, n.floats([]int64{2, 2, 3}, 1, 2)}, graph.IntsAttr("pads", 1, 1),
			graph.TensorAttr("table", tensor.Of([]int64{1}, float32(1))))
		return n.model(n.relu("z", y))
	}
	for name, c := range map[string]struct {
		change func(n *graph.Node)
		want   bool
	}{
		"nothing":           {func(*graph.Node) {}, true},
		"its name":          {func(n *graph.Node) { n.Name = "other" }, true},
		"the same constant": {func(n *graph.Node) { setInput(n, 1, repeated([]int64{2, 2, 3}, 1, 2)) }, true},
		"the same table":    {func(n *graph.Node) { n.SetAttr(graph.TensorAttr("table", tensor.Of([]int64{1}, float32(1)))) }, true},
		"a number":          {func(n *graph.Node) { setInput(n, 1, repeated([]int64{2, 2, 3}, 1, 2.0000002)) }, false},
		"a shape":           {func(n *graph.Node) { setInput(n, 1, repeated([]int64{2, 3, 2}, 1, 2)) }, false},
		"an attribute":      {func(n *graph.Node) { n.SetAttr(graph.IntsAttr("pads", 2, 0)) }, false},
		"one more":          {func(n *graph.Node) { n.SetAttr(graph.IntAttr("group", 2)) }, false},
		"one less":          {func(n *graph.Node) { n.RemoveAttr("pads") }, false},
		"one for another": {func(n *graph.Node) {
			n.RemoveAttr("pads")
			n.SetAttr(graph.IntsAttr("strides", 1, 1))
		}, false},
		"a table":        {func(n *graph.Node) { n.SetAttr(graph.TensorAttr("table", tensor.Of([]int64{1}, float32(2)))) }, false},
		"the operator":   {func(n *graph.Node) { n.OpType = "ConvTranspose" }, false},
		"the domain":     {func(n *graph.Node) { n.Domain = "other" }, false},
		"one input more": {func(n *graph.Node) { n.AddInput(n.Graph().NewInitializer("bias", repeated([]int64{2}, 0))) }, false},
		"no input":       {func(n *graph.Node) { n.SetInput(1, nil) }, false},
		"another input":  {func(n *graph.Node) { n.SetInput(0, n.Graph().Lookup("x")) }, false},
		"a recipe": {func(n *graph.Node) {
			setInput(n, 1, tensor.Compute(tensor.Float32, []int64{2, 2, 3}, tensor.Vector(make([]float64, 12))))
		}, false},
	} {
		m := build()
		fused := changed(m, func(m *graph.Model) { c.change(value(t, m, "y").Producer()) })
		if got := bordersOf(m, fused).unchanged(value(t, m, "y"), value(t, fused, "y")); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestUnchangedOverNewValues looks through what only one model has to where both start from.
func TestUnchangedOverNewValues(t *testing.T) {
	n := newNet(t)
	a := n.relu("a", n.input("x", tensor.Float32, 1))
	m := n.model(n.node("y", "Add", []*graph.Value{a, n.relu("b", a)}))
	same := changed(m, func(c *graph.Model) {
		value(t, c, "a").Redefine()
		value(t, c, "b").Redefine()
	})
	if !bordersOf(m, same).unchanged(value(t, m, "y"), value(t, same, "y")) {
		t.Error("the same nodes over values without an origin count as changed")
	}
	other := changed(same, func(c *graph.Model) { value(t, c, "b").Producer().OpType = "Neg" })
	borders := findBorders(m, other, func(*graph.Value) *graph.Value { return nil })
	if borders.unchanged(value(t, m, "y"), value(t, other, "y")) {
		t.Error("another node further up counts as unchanged")
	}
	if !borders.unchanged(value(t, m, "x"), value(t, other, "x")) {
		t.Error("an input counts as changed")
	}
}

// TestUnchangedResults: the second result of a node is not its first.
func TestUnchangedResults(t *testing.T) {
	n := newNet(t)
	split := graph.NewNode("Split", n.input("x", tensor.Float32, 4))
	split.TakeOutput(n.g.NewValue("first"))
	split.TakeOutput(n.g.NewValue("second"))
	n.g.Append(split)
	m := n.model(n.relu("y", split.Output(0)))
	fused := changed(m, func(c *graph.Model) {
		value(t, c, "y").Producer().SetInput(0, value(t, c, "second"))
	})
	if bordersOf(m, fused).unchanged(value(t, m, "y"), value(t, fused, "y")) {
		t.Error("one result counts as the other")
	}
}

// TestUnchangedBodies: a node whose sub-graphs are compared by themselves is the same node. Where they cannot be, it is not.
func TestUnchangedBodies(t *testing.T) {
	m := nested(t)
	for name, c := range map[string]struct {
		change func(c *graph.Model)
		want   bool
	}{
		"compared":     {func(c *graph.Model) { value(t, c, "inner").Producer().OpType = "Neg" }, true},
		"not compared": {func(c *graph.Model) { value(t, c, "a").Redefine() }, false},
	} {
		fused := changed(m, c.change)
		if got := bordersOf(m, fused).unchanged(value(t, m, "y"), value(t, fused, "y")); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestSameTensor(t *testing.T) {
	a := tensor.Of([]int64{2}, float32(1), 2)
	recipe := tensor.Compute(tensor.Float32, []int64{2}, tensor.Vector([]float64{1, 2}))
	for name, c := range map[string]struct {
		a, b *tensor.Tensor
		want bool
	}{
		"none":               {nil, nil, true},
		"itself":             {a, a, true},
		"the same numbers":   {a, tensor.Of([]int64{2}, float32(1), 2), true},
		"a recipe itself":    {recipe, recipe, true},
		"one against none":   {a, nil, false},
		"none against one":   {nil, a, false},
		"another type":       {a, tensor.Of([]int64{2}, 1.0, 2), false},
		"another shape":      {a, tensor.Of([]int64{2, 1}, float32(1), 2), false},
		"another number":     {a, tensor.Of([]int64{2}, float32(1), 3), false},
		"a recipe of it":     {a, recipe, false},
		"the end of a Slice": {tensor.Of([]int64{2}, int64(1<<63-1), 3), tensor.Of([]int64{2}, int64(1<<63-1), 2), false},
	} {
		if got := sameTensor(c.a, c.b); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestConstants finds the inputs in which two nodes differ, if these are constants and nothing else differs.
func TestConstants(t *testing.T) {
	n := newNet(t)
	x := n.input("x", tensor.Float32, 1, 2, 4)
	cut := n.node("cut", "Slice", []*graph.Value{n.floats([]int64{4, 2, 1}, 1, 2), n.ints(0), n.ints(2)})
	m := n.model(n.node("y", "Conv", []*graph.Value{x, cut, n.floats([]int64{2}, 1)}))
	for name, c := range map[string]struct {
		change func(n *graph.Node)
		want   int
	}{
		"nothing": {func(*graph.Node) {}, 0},
		"one":     {func(n *graph.Node) { setInput(n, 1, repeated([]int64{2, 2, 1}, 1)) }, 1},
		"two": {func(n *graph.Node) {
			setInput(n, 1, repeated([]int64{2, 2, 1}, 1))
			setInput(n, 2, repeated([]int64{2}, 2))
		}, 2},
		"and more":  {func(n *graph.Node) { setInput(n, 1, repeated([]int64{2, 2, 1}, 1)); n.OpType = "Other" }, 0},
		"no more":   {func(n *graph.Node) { n.SetInput(2, nil) }, 0},
		"not fixed": {func(n *graph.Node) { n.SetInput(1, n.Input(0)) }, 0},
	} {
		fused := changed(m, func(m *graph.Model) { c.change(value(t, m, "y").Producer()) })
		got := bordersOf(m, fused).constants(value(t, m, "y"), value(t, fused, "y"))
		if len(got) != c.want {
			t.Errorf("%s: %d", name, len(got))
		}
		if c.want == 1 && (got[0].was != cut || got[0].is.Constant() == nil) {
			t.Errorf("%s: %v", name, got)
		}
	}
}
