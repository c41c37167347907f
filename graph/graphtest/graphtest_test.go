package graphtest_test

import (
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/tensor"
)

// TestBuilder builds a graph of each kind of part, which the graph itself finds sound.
func TestBuilder(t *testing.T) {
	b := graphtest.New(17)
	x := b.Input("x", -1, 2, 4, 4)
	conv := b.Conv(x, 2, 3, []int64{3, 3}, []int64{1, 1, 1, 1}, 1, 2)
	norm := b.BatchNorm(conv, 3, 1, 2, 3, 4)
	b.Graph.AddOutput(norm)
	if err := b.Graph.Check(); err != nil {
		t.Fatal(err)
	}
	weight := conv.Producer().Input(1).Constant()
	if !slices.Equal(weight.Shape(), []int64{3, 2, 3, 3}) || !slices.Equal(weight.Float64s()[:3], []float64{1, 2, 1}) {
		t.Errorf("the kernel has shape %v and starts with %v", weight.Shape(), weight.Float64s()[:3])
	}
	if got := conv.Producer().Ints("pads"); !slices.Equal(got, []int64{1, 1, 1, 1}) {
		t.Errorf("the pads are %v", got)
	}
	for i, want := range []float64{1, 2, 3, 4} {
		if got := norm.Producer().Input(1 + i).Constant().Float64s(); !slices.Equal(got, []float64{want, want, want}) {
			t.Errorf("parameter %d of the batch normalisation is %v", i, got)
		}
	}
	dims, ok := shapes.Of(b.Graph).Shape(conv)
	if !ok || len(dims) != 4 {
		t.Fatalf("the shape of the convolution is %v", dims)
	}
	if channels, ok := dims[1].Size(); !ok || channels != 3 {
		t.Errorf("it has %d channels", channels)
	}
	if _, ok := dims[0].Size(); ok {
		t.Error("an open size counts as known")
	}
}

func TestConstants(t *testing.T) {
	b := graphtest.New(17)
	if c := b.Ints(2, -1).Constant(); c.Type() != tensor.Int64 || !slices.Equal(c.Float64s(), []float64{2, -1}) {
		t.Errorf("integers are %v of %s", c.Float64s(), c.Type())
	}
	if c := b.Floats(nil, 5).Constant(); c.Rank() != 0 || c.Len() != 1 {
		t.Errorf("a scalar has shape %v", c.Shape())
	}
}

// TestNamesDiffer gives two nodes of one operator different names.
func TestNamesDiffer(t *testing.T) {
	b := graphtest.New(17)
	x := b.Input("x", 1)
	first, second := b.Node("Relu", []*graph.Value{x}), b.Node("Relu", []*graph.Value{x})
	if first.Name() == second.Name() || second.Producer().Name != second.Name() {
		t.Errorf("they are %q and %q", first.Name(), second.Producer().Name)
	}
}

// TestInputTwice panics, since no test means it.
func TestInputTwice(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a second input of the same name is taken")
		}
	}()
	b := graphtest.New(17)
	b.Input("x", 1)
	b.Input("x", 1)
}

// TestOutputs declares what a model computes, and gives the model.
func TestOutputs(t *testing.T) {
	b := graphtest.New(17)
	x := b.Input("x", 1)
	m := b.Outputs(b.Node("Relu", []*graph.Value{x}), b.Node("Neg", []*graph.Value{x}))
	if out := m.Graph.Outputs(); m.Graph != b.Graph || len(out) != 2 || out[1].Name() != "Neg" {
		t.Errorf("the outputs are %v", out)
	}
}
