package absorb

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// TestAfter puts nodes behind a map, over which a convolution is found or not.
func TestAfter(t *testing.T) {
	conv := func(b graphtest.Builder, v *graph.Value) *graph.Value { return b.Conv(v, 2, 2, []int64{1}, nil, 1) }
	for name, c := range map[string]struct {
		after  func(b graphtest.Builder, v *graph.Value) *graph.Value
		reason string
	}{
		"next": {conv, ""},
		"shape_reader": {func(b graphtest.Builder, v *graph.Value) *graph.Value {
			b.Graph.AddOutput(b.Node("Shape", []*graph.Value{v}))
			return conv(b, v)
		}, ""},
		"shared": {func(b graphtest.Builder, v *graph.Value) *graph.Value {
			b.Graph.AddOutput(b.Node("Sigmoid", []*graph.Value{v}))
			return conv(b, v)
		}, refusal.NoConvolution},
		"two": {func(b graphtest.Builder, v *graph.Value) *graph.Value {
			b.Graph.AddOutput(conv(b, b.Node("Relu", []*graph.Value{v})))
			return conv(b, v)
		}, ""},
		"beside_another": {func(b graphtest.Builder, v *graph.Value) *graph.Value {
			joined := b.Node("Concat", []*graph.Value{b.Input("y", 1, 2, 5), v}, graph.IntAttr("axis", 1))
			return b.Conv(joined, 4, 2, []int64{1}, nil, 1)
		}, ""},
		"behind_another": {func(b graphtest.Builder, v *graph.Value) *graph.Value {
			joined := b.Node("Concat", []*graph.Value{b.Input("y", 1, 2, 5), v}, graph.IntAttr("axis", 2))
			return conv(b, joined)
		}, refusal.NotChannel},
		"added_to_another": {func(b graphtest.Builder, v *graph.Value) *graph.Value {
			return conv(b, b.Node("Add", []*graph.Value{b.Input("y", 1, 2, 5), v}))
		}, refusal.NoConvolution},
		"added_to_itself": {func(b graphtest.Builder, v *graph.Value) *graph.Value {
			return conv(b, b.Node("Add", []*graph.Value{swap(b, swap(b, v)), v}))
		}, ""},
		"multiplied_by_itself": {func(b graphtest.Builder, v *graph.Value) *graph.Value {
			return conv(b, b.Node("Mul", []*graph.Value{v, v}))
		}, refusal.NoConvolution},
		"output": {func(b graphtest.Builder, v *graph.Value) *graph.Value { return v }, refusal.NoConvolution},
		"parameter": {func(b graphtest.Builder, v *graph.Value) *graph.Value {
			return b.Node("Conv", []*graph.Value{b.Input("image", 1, 2, 5), v})
		}, refusal.NoConvolution},
		"quantized": {func(b graphtest.Builder, v *graph.Value) *graph.Value {
			return b.Node("QuantizeLinear", []*graph.Value{v})
		}, refusal.Quantized},
		"unread": {func(b graphtest.Builder, v *graph.Value) *graph.Value {
			return b.Node("Conv", []*graph.Value{v, b.Node("Relu", []*graph.Value{b.Floats([]int64{2, 2, 1}, 1)})})
		}, refusal.NotConstant},
	} {
		t.Run(name, func(t *testing.T) {
			b := graphtest.New(17)
			v := b.Node("Neg", []*graph.Value{b.Input("x", 1, 2, 5)})
			b.Graph.AddOutput(c.after(b, v))
			_, why := doubled(b, v).after()
			refused(t, why, c.reason)
		})
	}
}

// TestPastAConstant: a scale passes a sum whose constant is divided by it.
func TestPastAConstant(t *testing.T) {
	b := graphtest.New(17)
	v := b.Node("Mul", []*graph.Value{b.Input("x", 1, 2, 5), b.Floats(nil, 2)})
	sum := b.Node("Add", []*graph.Value{v, b.Floats([]int64{2, 1}, 6, 8)})
	conv := b.Conv(sum, 2, 2, []int64{3}, []int64{1, 1}, 1)
	b.Graph.AddOutput(conv)
	fold, why := doubled(b, v).Plan()
	if why != nil {
		t.Fatal(why.Detail)
	}
	fold.Apply()
	holds(t, sum.Producer().Input(1), []float64{3, 4})
	holds(t, conv.Producer().Input(1), []float64{2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2})
}
