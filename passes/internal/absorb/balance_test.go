package absorb

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/backends/reference"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/tensor"
)

// layered is a convolution, what build puts behind it, and a convolution.
func layered(build func(b graphtest.Builder, x, conv *graph.Value) *graph.Value, channels int64) (graphtest.Builder, *graph.Node) {
	b := graphtest.New(17)
	x := b.Input("x", 1, 2, 4, 4)
	conv := b.Node("Conv", []*graph.Value{x, b.Floats([]int64{4, 2, 1, 1}, 1, 2, -3, 4, -5, 6, 7, -8), b.Floats([]int64{4}, 1, -2, 3, 4)})
	v := build(b, x, conv)
	last := b.Conv(v, channels, 2, []int64{3, 3}, []int64{1, 1, 1, 1}, 1, -2, 3, 5, -7)
	b.Graph.AddOutput(last)
	return b, conv.Producer()
}

// TestBalance gives each class of channels a scale of its own, and compares the answers in float64.
func TestBalance(t *testing.T) {
	node := func(op string, attrs ...*graph.Attr) func(b graphtest.Builder, x, v *graph.Value) *graph.Value {
		return func(b graphtest.Builder, _, v *graph.Value) *graph.Value {
			return b.Node(op, []*graph.Value{v}, attrs...)
		}
	}
	second := func(b graphtest.Builder, x *graph.Value, out int64) *graph.Value {
		return b.Conv(x, 2, out, []int64{1, 1}, nil, 3, 1, -4, 1, 5)
	}
	for name, c := range map[string]struct {
		build    func(b graphtest.Builder, x, v *graph.Value) *graph.Value
		channels int64 // that the last convolution reads
		classes  int
		layers   [2]int // in front and behind
	}{
		"relu":      {node("Relu"), 4, 4, [2]int{1, 1}},
		"identity":  {node("Identity"), 4, 4, [2]int{1, 1}},
		"pool":      {node("MaxPool", graph.IntsAttr("kernel_shape", 2, 2), graph.IntsAttr("pads", 1, 1, 1, 1)), 4, 4, [2]int{1, 1}},
		"relu6":     {node("Clip"), 4, 0, [2]int{1, 1}},
		"sigmoid":   {node("Sigmoid"), 4, 0, [2]int{1, 1}},
		"deep":      {node("DepthToSpace", graph.IntAttr("blocksize", 2)), 1, 1, [2]int{1, 1}},
		"transpose": {node("Transpose", graph.IntsAttr("perm", 0, 2, 1, 3)), 4, 1, [2]int{1, 1}},
		"slope": {func(b graphtest.Builder, _, v *graph.Value) *graph.Value {
			return b.Node("PRelu", []*graph.Value{v, b.Floats([]int64{4, 1, 1}, 0.5, -1, 2, 3)})
		}, 4, 4, [2]int{1, 1}},
		"sum": {func(b graphtest.Builder, x, v *graph.Value) *graph.Value {
			return b.Node("Relu", []*graph.Value{b.Node("Add", []*graph.Value{b.Node("Relu", []*graph.Value{v}), second(b, x, 4)})})
		}, 4, 4, [2]int{2, 1}},
		"sum_with_the_input": {func(b graphtest.Builder, x, v *graph.Value) *graph.Value {
			return b.Node("Add", []*graph.Value{v, b.Node("Concat", []*graph.Value{x, x}, graph.IntAttr("axis", 1))})
		}, 4, 0, [2]int{1, 1}},
		"joined": {func(b graphtest.Builder, x, v *graph.Value) *graph.Value {
			return b.Node("Concat", []*graph.Value{v, b.Node("Sigmoid", []*graph.Value{x}), b.Node("Relu", []*graph.Value{second(b, x, 3)})}, graph.IntAttr("axis", 1))
		}, 9, 7, [2]int{2, 1}},
		"two_readers": {func(b graphtest.Builder, _, v *graph.Value) *graph.Value {
			v = b.Node("Relu", []*graph.Value{v})
			b.Graph.AddOutput(b.Conv(v, 4, 1, []int64{1, 1}, nil, 1, 2, 3, 4))
			return v
		}, 4, 4, [2]int{1, 2}},
		"another_reader": {func(b graphtest.Builder, _, v *graph.Value) *graph.Value {
			b.Graph.AddOutput(b.Node("Sigmoid", []*graph.Value{v}))
			return v
		}, 4, 0, [2]int{1, 1}},
		"output": {func(b graphtest.Builder, _, v *graph.Value) *graph.Value {
			b.Graph.AddOutput(v)
			return v
		}, 4, 0, [2]int{1, 1}},
		"residual": {func(b graphtest.Builder, _, v *graph.Value) *graph.Value {
			v = b.Node("Relu", []*graph.Value{v})
			return b.Node("Add", []*graph.Value{v, b.Conv(v, 4, 4, []int64{1, 1}, nil, 1, -2, 3, 5, -7)})
		}, 4, 4, [2]int{2, 2}},
		"parts": {func(b graphtest.Builder, _, v *graph.Value) *graph.Value {
			part := b.Node("Split", []*graph.Value{v, b.Ints(1, 3)}, graph.IntAttr("axis", 1))
			other := b.Graph.NewValue("part")
			part.Producer().TakeOutput(other)
			b.Graph.AddOutput(b.Node("Sigmoid", []*graph.Value{part}))
			return other
		}, 3, 3, [2]int{1, 1}},
		"gate": {func(b graphtest.Builder, _, v *graph.Value) *graph.Value {
			gate := b.Node("Sigmoid", []*graph.Value{b.Input("g", 1, 4, 1, 1)})
			return b.Node("Mul", []*graph.Value{v, gate})
		}, 4, 4, [2]int{1, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			b, first := layered(c.build, c.channels)
			before := answers(t, b.Graph.Model())
			balance, ok := Between(first, shapes.Of(b.Graph))
			if !ok {
				t.Fatal("it is no layer")
			}
			if got := [2]int{len(balance.Front), len(balance.Behind)}; balance.Classes != c.classes || c.classes > 0 && got != c.layers {
				t.Fatalf("%d classes of %v layers, want %d of %v; %v", balance.Classes, got, c.classes, c.layers, balance.Pins)
			}
			if c.classes == 0 && len(balance.Pins) == 0 {
				t.Error("nothing says why no channel is scaled")
			}
			scale := make([]float64, balance.Classes)
			for i := range scale {
				scale[i] = float64(int(1) << (i + 1))
			}
			apply, why := balance.Plan(scale)
			if why != nil {
				t.Fatal(why.Detail)
			}
			weight := slices.Clone(first.Input(1).Constant().Float64s())
			apply()
			if c.classes > 0 && slices.Equal(weight, first.Input(1).Constant().Float64s()) {
				t.Error("the weight is what it was")
			}
			after := answers(t, b.Graph.Model())
			for name, want := range before {
				for i, number := range after[name].Float64s() {
					if number != want.Float64s()[i] {
						t.Fatalf("number %d of %q is %g, it was %g", i, name, number, want.Float64s()[i])
					}
				}
			}
		})
	}
}

// answers runs a model over small whole numbers, so that powers of two change no sum.
func answers(t *testing.T, m *graph.Model) tensor.Map {
	t.Helper()
	r := rand.New(rand.NewPCG(5, 5))
	in := tensor.Map{}
	for _, v := range m.Graph.Inputs() {
		shape := make([]int64, len(v.Type().Shape))
		for i, d := range v.Type().Shape {
			shape[i] = d.Size
		}
		count, _ := tensor.Count(shape)
		numbers := make([]float64, count)
		for i := range numbers {
			numbers[i] = float64(r.IntN(9) - 4)
		}
		in[v.Name()] = tensor.Of(shape, numbers...)
	}
	s, err := reference.OpenGraph(m)
	if err != nil {
		t.Fatal(err)
	}
	out, err := s.RunFloat64(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
