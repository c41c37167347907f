package linear_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/passes/internal/linear"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
	"github.com/acdeploy/acdeploy/tensor"
)

// bordered is Conv 1×1, a Pad of one row at the top and bottom, and constants written there; it returns the
// convolution's result, the image after the first write, and the finished one.
func bordered(b graphtest.Builder, constant float32) (conv, unfinished, finished *graph.Value) {
	x := b.Input("x", 1, 1, 4, 4)
	w, bias := b.Floats([]int64{1, 1, 1, 1}, 2), b.Floats([]int64{1}, 3)
	conv = b.Node("Conv", []*graph.Value{x, w, bias})
	padded := b.Node("Pad", []*graph.Value{conv, b.Ints(0, 0, 1, 0, 0, 0, 1, 0)})
	write := func(v *graph.Value, row int64) *graph.Value {
		at := make([]int64, 0, 3*4)
		for column := range int64(4) {
			at = append(at, 0, 0, row, column)
		}
		indices := b.Graph.NewInitializer("at", tensor.Of([]int64{4, 4}, at...))
		return b.Node("ScatterND", []*graph.Value{v, indices, b.Floats([]int64{4}, constant)})
	}
	unfinished = write(padded, 0)
	return conv, unfinished, write(unfinished, 5)
}

func TestReadPaddedBorder(t *testing.T) {
	b := graphtest.New(17)
	_, unfinished, finished := bordered(b, 3)
	b.Graph.AddOutput(finished)
	border, ok := linear.ReadPaddedBorder(finished.Producer(), shapes.Of(b.Graph))
	if !ok || len(border.Nodes) != 3 || border.HasOtherConsumers {
		t.Errorf("read %v: %+v", ok, border)
	}
	if linear.IsPaddedBorder(unfinished.Producer(), shapes.Of(b.Graph)) {
		t.Error("a border of which one side is written is read as a whole one")
	}
}

// TestSharedBorder: where somebody else reads the image before its border is finished, the convolution inside
// it stays whatever is merged, so doing without it saves nothing.
func TestSharedBorder(t *testing.T) {
	for name, shared := range map[string]bool{"own": false, "shared": true} {
		t.Run(name, func(t *testing.T) {
			b := graphtest.New(17)
			_, unfinished, finished := bordered(b, 3)
			if shared {
				b.Graph.AddOutput(b.Node("Relu", []*graph.Value{unfinished}))
			}
			b.Graph.AddOutput(finished)
			known := shapes.Of(b.Graph)
			e, ok := linear.NewReader(b.Graph, known, nil).Read(linear.View{Value: finished}, linear.MaxDepth).Over(linear.View{Value: b.Graph.Lookup("x")})
			if !ok {
				t.Fatal("the border is not read over the input")
			}
			im, why := e.Image(known)
			if why != nil {
				t.Fatal(why.Detail)
			}
			form, why := e.Evaluate(im)
			if why != nil {
				t.Fatal(why.Detail)
			}
			if want := map[bool]int{false: 1, true: 0}[shared]; form.Now != want {
				t.Errorf("merging it saves %d multiply-adds per position, want %d", form.Now, want)
			}
		})
	}
}

func TestOtherConstantInBorder(t *testing.T) {
	b := graphtest.New(17)
	_, _, finished := bordered(b, 4)
	b.Graph.AddOutput(finished)
	known := shapes.Of(b.Graph)
	e, ok := linear.NewReader(b.Graph, known, nil).Read(linear.View{Value: finished}, linear.MaxDepth).Over(linear.View{Value: b.Graph.Lookup("x")})
	if !ok {
		t.Fatal("the border is not read over the input")
	}
	im, _ := e.Image(known)
	if _, why := e.Evaluate(im); why == nil || why.Reason != refusal.Border {
		t.Errorf("a border of 4 around a constant of 3 gives %v", why)
	}
	im.AnyBorder = true
	if _, why := e.Evaluate(im); why != nil {
		t.Errorf("inside the image it is refused: %v", why)
	}
}

func TestBecomesBorder(t *testing.T) {
	b := graphtest.New(17)
	conv, _, finished := bordered(b, 3)
	b.Graph.AddOutput(finished)
	constant := func(v float64) *tensor.Tensor {
		return tensor.Compute(tensor.Float32, []int64{1}, tensor.Vector{v})
	}
	for v, refused := range map[float64]bool{3: false, 3 + 1e-9: true, 4: false} {
		why := linear.BecomesBorder(conv, constant(v), shapes.Of(b.Graph))
		if (why != nil) != refused {
			t.Errorf("a constant of %v inside a border of 3: %v", v, why)
		}
	}
}
