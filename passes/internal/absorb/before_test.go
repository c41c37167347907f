package absorb

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// TestBefore puts nodes between a convolution and a map, over which it is found or not.
func TestBefore(t *testing.T) {
	type between = func(b graphtest.Builder, v *graph.Value) *graph.Value
	node := func(op string, attrs ...*graph.Attr) between {
		return func(b graphtest.Builder, v *graph.Value) *graph.Value { return b.Node(op, []*graph.Value{v}, attrs...) }
	}
	for name, c := range map[string]struct {
		between between
		reason  string
	}{
		"nothing":   {func(_ graphtest.Builder, v *graph.Value) *graph.Value { return v }, ""},
		"swapped":   {swap, ""},
		"rectified": {node("Relu"), ""},
		"squashed":  {node("Sigmoid"), refusal.NoConvolution},
		"quantized": {node("QuantizeLinear"), refusal.Quantized},
		"shared": {func(b graphtest.Builder, v *graph.Value) *graph.Value {
			b.Graph.AddOutput(v)
			return swap(b, v)
		}, refusal.SharedOutput},
		"shared_activation": {func(b graphtest.Builder, v *graph.Value) *graph.Value {
			b.Graph.AddOutput(v)
			return b.Node("Relu", []*graph.Value{v})
		}, refusal.NoConvolution},
		"shared_between": {func(b graphtest.Builder, v *graph.Value) *graph.Value {
			v = swap(b, v)
			b.Graph.AddOutput(v)
			return v
		}, refusal.NoConvolution},
		"met_again": {func(b graphtest.Builder, v *graph.Value) *graph.Value {
			return b.Node("Add", []*graph.Value{b.Node("Relu", []*graph.Value{v}), v})
		}, ""},
		"squared": {func(b graphtest.Builder, v *graph.Value) *graph.Value {
			return b.Node("Mul", []*graph.Value{v, v})
		}, refusal.NoConvolution},
		"with_an_input": {func(b graphtest.Builder, v *graph.Value) *graph.Value {
			return b.Node("Add", []*graph.Value{b.Input("y", 1, 2, 5), v})
		}, refusal.NoConvolution},
		"a_constant_alone": {func(b graphtest.Builder, v *graph.Value) *graph.Value {
			return b.Node("Add", []*graph.Value{b.Floats([]int64{5}, 1, 2), b.Node("Sigmoid", []*graph.Value{v})})
		}, refusal.NoConvolution},
	} {
		t.Run(name, func(t *testing.T) {
			b := graphtest.New(17)
			conv := b.Conv(b.Input("x", 1, 2, 5), 2, 2, []int64{1}, nil, 1)
			v := b.Node("Neg", []*graph.Value{c.between(b, conv)})
			b.Graph.AddOutput(v)
			_, why := doubled(b, v).before()
			refused(t, why, c.reason)
		})
	}
}

// TestConstantsTakeTheirShare: the constant of a sum becomes another one, and takes the shift of the map.
func TestConstantsTakeTheirShare(t *testing.T) {
	b := graphtest.New(17)
	conv := b.Conv(b.Input("x", 1, 2, 5), 2, 2, []int64{1}, nil, 1)
	bias := b.Floats([]int64{5}, 1, 2, 3, 4, 5)
	sum := b.Node("Sub", []*graph.Value{bias, conv})
	v := b.BatchNorm(sum, 2, 1, 0, 0, 1)
	b.Graph.AddOutput(v)
	fold, why := mapOf(b, v, example()).Plan()
	if why != nil {
		t.Fatal(why.Detail)
	}
	fold.Apply()
	holds(t, conv.Producer().Input(1), []float64{2, 2, -4, -4})
	holds(t, sum.Producer().Input(0), []float64{5, 7, 9, 11, 13, 15, 11, 7, 3, -1})
}
