package linear_test

import (
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/passes/internal/linear"
)

// TestChosenChannels reads a Slice of channels as a kernel that picks them.
func TestChosenChannels(t *testing.T) {
	b := graphtest.New(17)
	x := b.Input("x", 1, 4, 5)
	y := b.Node("Slice", []*graph.Value{x, b.Ints(1), b.Ints(4), b.Ints(1), b.Ints(2)})
	v := b.Conv(y, 2, 1, []int64{1}, []int64{0, 0}, 5, 7)
	b.Graph.AddOutput(v)
	if row, _, _ := kernel(t, b, x, v); !slices.Equal(row, []float64{0, 5, 0, 7}) {
		t.Errorf("channels 1 and 3 give the kernel %v", row)
	}
}

func TestNoChannelLeft(t *testing.T) {
	b := graphtest.New(17)
	x := b.Input("x", 1, 4, 5)
	y := b.Node("Slice", []*graph.Value{x, b.Ints(4), b.Ints(4), b.Ints(1)})
	b.Graph.AddOutput(y)
	known := shapes.Of(b.Graph)
	e, ok := linear.NewReader(b.Graph, known, nil).Read(linear.View{Value: y}, linear.MaxDepth).Over(linear.View{Value: x})
	if !ok {
		t.Fatal("it is not read over the input")
	}
	im, _ := e.Image(known)
	if _, why := e.Evaluate(im); why == nil {
		t.Error("a crop that leaves no channel is a stencil")
	}
}
