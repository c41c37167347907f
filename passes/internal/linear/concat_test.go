package linear_test

import (
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/passes/internal/linear"
)

// TestVisitConcat reads joined channels over the value that all parts have in common. A layer that is joined twice costs
// what it costs once.
func TestVisitConcat(t *testing.T) {
	b := graphtest.New(17)
	x := b.Input("x", 1, 2, 4)
	conv := b.Conv(x, 2, 1, []int64{1}, []int64{0, 0}, 3, 4)
	axis := graph.IntAttr("axis", -2)
	v := b.Node("Concat", []*graph.Value{x, conv}, axis)
	b.Graph.AddOutput(v)
	known := shapes.Of(b.Graph)
	e, ok := linear.NewReader(b.Graph, known, nil).Read(linear.View{Value: v}, linear.MaxDepth).Over(linear.View{Value: x})
	if !ok || !e.Moved || len(e.Layers) != 1 || e.Target != nil {
		t.Fatalf("over the input it is %v %+v", ok, e)
	}
	im, why := e.Image(known)
	if why != nil {
		t.Fatal(why.Detail)
	}
	form, why := e.Evaluate(im)
	if why != nil || form.Out != 3 || form.Now != 2 {
		t.Fatalf("%v: %d channels that cost %d now", why, form.Out, form.Now)
	}
	c, err := form.Lower(form.Union())
	if err != nil {
		t.Fatal(err)
	}
	for o, want := range [][]float64{{1, 0}, {0, 1}, {3, 4}} {
		row := make([]float64, 2)
		if c.Weight.Row(row, o); !slices.Equal(row, want) {
			t.Errorf("channel %d is %v", o, row)
		}
	}
}

// TestVisitConcatOfOtherAxes reads nothing of a Concat of pixels, or of values that have nothing in common.
func TestVisitConcatOfOtherAxes(t *testing.T) {
	b := graphtest.New(17)
	x, y := b.Input("x", 1, 2, 4), b.Input("y", 1, 2, 4)
	for _, v := range []*graph.Value{
		b.Node("Concat", []*graph.Value{x, x}, graph.IntAttr("axis", 2)),
		b.Node("Concat", []*graph.Value{x, y}, graph.IntAttr("axis", 1)),
	} {
		found := linear.NewReader(b.Graph, shapes.Of(b.Graph), nil).Read(linear.View{Value: v}, linear.MaxDepth)
		if len(found.All) != 1 || found.All[0].Input.Value != v {
			t.Errorf("it is read over %v", found.All)
		}
	}
}

// TestVisitConcatOfParts counts no layer for a part of its result, since the other part needs it, too.
func TestVisitConcatOfParts(t *testing.T) {
	b := graphtest.New(17)
	x := b.Input("x", 1, 1, 4)
	split := b.Node("Split", []*graph.Value{b.Conv(x, 1, 2, []int64{1}, []int64{0, 0}, 3, 4)}, graph.IntAttr("axis", 1)).Producer()
	if err := split.AddOutput(b.Graph.NewValue("second")); err != nil {
		t.Fatal(err)
	}
	v := b.Node("Concat", []*graph.Value{split.Output(1), split.Output(0)}, graph.IntAttr("axis", 1))
	b.Graph.AddOutput(v)
	known := shapes.Of(b.Graph)
	e, ok := linear.NewReader(b.Graph, known, nil).Read(linear.View{Value: v}, linear.MaxDepth).Over(linear.View{Value: x})
	if !ok {
		t.Fatal("it is not read over the input")
	}
	im, why := e.Image(known)
	if why != nil {
		t.Fatal(why.Detail)
	}
	if form, why := e.Evaluate(im); why != nil || form.Now != 0 {
		t.Errorf("%v: it costs %d now", why, form.Now)
	}
}
