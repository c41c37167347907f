package linear_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/passes/internal/linear"
)

func TestRead(t *testing.T) {
	b := graphtest.New(17)
	x := b.Input("x", -1, 2, -1, -1)
	first := b.Conv(x, 2, 3, []int64{1, 1}, []int64{0, 0, 0, 0}, 1)
	norm := b.BatchNorm(first, 3, 2, 0, 0, 1)
	second := b.Conv(norm, 3, 4, []int64{3, 3}, []int64{0, 0, 0, 0}, 1)
	b.Graph.AddOutput(second)
	found := linear.NewReader(b.Graph, shapes.Of(b.Graph), nil).Read(linear.View{Value: second}, linear.MaxDepth)
	if len(found.All) != 1 {
		t.Fatalf("it is read over %d values", len(found.All))
	}
	e, ok := found.Over(linear.View{Value: x})
	if !ok || len(e.Nodes) != 3 || len(e.Layers) != 2 || e.Target != second.Producer() || e.Channels != 2 || !e.Certain {
		t.Errorf("over the input it is %v %+v", ok, e)
	}
	if _, ok := found.Over(linear.View{Value: norm}); ok {
		t.Error("it is read over a value that nobody else uses")
	}
}

// TestReadPastAConsumer: a value with another consumer is one to read over, and its layer stays.
func TestReadPastAConsumer(t *testing.T) {
	b := graphtest.New(17)
	x := b.Input("x", -1, 2, 8, 8)
	conv := b.Conv(x, 2, 3, []int64{1, 1}, []int64{0, 0, 0, 0}, 1)
	b.Graph.AddOutput(b.Node("Relu", []*graph.Value{conv}))
	b.Graph.AddOutput(conv)
	known := shapes.Of(b.Graph)
	found := linear.NewReader(b.Graph, known, nil).Read(linear.View{Value: conv}, linear.MaxDepth)
	if len(found.All) != 2 || found.All[0].Input.Value != conv || found.All[1].Input.Value != x {
		t.Fatalf("it is read over %v", found.All)
	}
	e := found.All[1]
	if e.Target != nil {
		t.Error("a layer with another consumer may become another one")
	}
	im, _ := e.Image(known)
	if form, why := e.Evaluate(im); why != nil || form.Now != 0 || form.Out != 3 {
		t.Errorf("it costs %d now, %v", form.Now, why)
	}
}
