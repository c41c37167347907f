package absorb

import (
	"maps"
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// swap moves the channels from the second axis to the last, or back.
func swap(b graphtest.Builder, v *graph.Value) *graph.Value {
	return b.Node("Transpose", []*graph.Value{v}, graph.IntsAttr("perm", 0, 2, 1))
}

func TestPathBefore(t *testing.T) {
	b := graphtest.New(17)
	conv := b.Conv(b.Input("x", 1, 2, 5), 2, 3, []int64{1}, nil, 1)
	pooled := b.Node("MaxPool", []*graph.Value{conv}, graph.IntsAttr("kernel_shape", 1))
	moved := swap(b, pooled)
	v := b.Node("Mul", []*graph.Value{b.Floats([]int64{3}, 2), moved})
	b.Graph.AddOutput(v)
	p, why := Map{Node: v.Producer(), Operand: 1, Known: shapes.Of(b.Graph)}.pathBefore()
	if why != nil {
		t.Fatal(why.Detail)
	}
	if p.after || p.target.label() != conv.Producer().Label() || !slices.Equal(p.between, []*graph.Node{pooled.Producer(), moved.Producer()}) {
		t.Errorf("the path is %+v", p)
	}
	if want := (algebra.Axis{Front: 2, Channels: 3}); p.axis != want {
		t.Errorf("the channels are on %+v", p.axis)
	}
}

func TestPathAfter(t *testing.T) {
	b := graphtest.New(17)
	v := b.Node("Mul", []*graph.Value{b.Input("x", 1, 2, 5), b.Floats([]int64{2, 1}, 2)})
	pooled := b.Node("MaxPool", []*graph.Value{v}, graph.IntsAttr("kernel_shape", 1))
	moved := swap(b, pooled)
	product := b.Node("MatMul", []*graph.Value{moved, b.Floats([]int64{2, 3}, 1)})
	b.Graph.AddOutput(product)
	p, why := Map{Node: v.Producer(), Known: shapes.Of(b.Graph)}.pathAfter()
	if why != nil {
		t.Fatal(why.Detail)
	}
	if !p.after || p.target.label() != product.Producer().Label() || !slices.Equal(p.between, []*graph.Node{moved.Producer(), pooled.Producer()}) {
		t.Errorf("the path is %+v", p)
	}
	if want := (algebra.Axis{Front: 1, Back: 1, Channels: 2}); p.axis != want {
		t.Errorf("the channels are on %+v", p.axis)
	}
}

// TestNoPathBefore puts nodes between a convolution and the map, over which it is not found.
func TestNoPathBefore(t *testing.T) {
	swaps := func(count int) func(graphtest.Builder, *graph.Value) *graph.Value {
		return func(b graphtest.Builder, v *graph.Value) *graph.Value {
			for range count {
				v = swap(b, v)
			}
			return v
		}
	}
	for name, c := range map[string]struct {
		between func(b graphtest.Builder, v *graph.Value) *graph.Value
		reason  string
	}{
		"most":     {swaps(maxBetween), ""},
		"too_many": {swaps(maxBetween + 1), refusal.NoConvolution},
		"other_node": {func(b graphtest.Builder, v *graph.Value) *graph.Value {
			return b.Node("Relu", []*graph.Value{v})
		}, refusal.NoConvolution},
		"quantized": {func(b graphtest.Builder, v *graph.Value) *graph.Value {
			return b.Node("QuantizeLinear", []*graph.Value{v})
		}, refusal.Quantized},
		"shared_target": {func(b graphtest.Builder, v *graph.Value) *graph.Value {
			b.Graph.AddOutput(v)
			return swap(b, v)
		}, refusal.SharedOutput},
		"shared_between": {func(b graphtest.Builder, v *graph.Value) *graph.Value {
			v = swap(b, v)
			b.Graph.AddOutput(v)
			return v
		}, refusal.NoConvolution},
		"lost": {func(b graphtest.Builder, v *graph.Value) *graph.Value {
			return b.Node("Reshape", []*graph.Value{v, b.Ints(1, 10, -1)})
		}, refusal.NotChannel},
	} {
		t.Run(name, func(t *testing.T) {
			b := graphtest.New(17)
			conv := b.Conv(b.Input("x", 1, 2, 5), 2, 2, []int64{1}, nil, 1)
			v := b.Node("Neg", []*graph.Value{c.between(b, conv)})
			b.Graph.AddOutput(v)
			_, why := Map{Node: v.Producer(), Known: shapes.Of(b.Graph)}.pathBefore()
			refused(t, why, c.reason)
		})
	}
}

// TestNoPathAfter puts nodes between the map and a convolution, over which it is not found.
func TestNoPathAfter(t *testing.T) {
	for name, c := range map[string]struct {
		after  func(b graphtest.Builder, v *graph.Value) *graph.Value
		reason string
	}{
		"next": {func(b graphtest.Builder, v *graph.Value) *graph.Value {
			return b.Conv(v, 2, 2, []int64{1}, nil, 1)
		}, ""},
		"shape_reader": {func(b graphtest.Builder, v *graph.Value) *graph.Value {
			b.Graph.AddOutput(b.Node("Shape", []*graph.Value{v}))
			return b.Conv(v, 2, 2, []int64{1}, nil, 1)
		}, ""},
		"shared": {func(b graphtest.Builder, v *graph.Value) *graph.Value {
			b.Graph.AddOutput(b.Node("Relu", []*graph.Value{v}))
			return b.Conv(v, 2, 2, []int64{1}, nil, 1)
		}, refusal.NoConvolution},
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
			_, why := Map{Node: v.Producer(), Known: shapes.Of(b.Graph)}.pathAfter()
			refused(t, why, c.reason)
		})
	}
}

// TestFoldRedefines: what lies between the map and its target holds other numbers after the fold, and so does what the map
// read or computed. All else keeps its meaning.
func TestFoldRedefines(t *testing.T) {
	before := func(b graphtest.Builder) (mapped *graph.Value) {
		conv := b.Conv(b.Input("x", 1, 2, 5), 2, 2, []int64{1}, nil, 1, 2, 3, 4)
		moved := swap(b, b.Node("MaxPool", []*graph.Value{conv}, graph.IntsAttr("kernel_shape", 1)))
		mapped = b.Node("Mul", []*graph.Value{moved, b.Floats([]int64{2}, 2, 4)})
		b.Graph.AddOutput(b.Node("Relu", []*graph.Value{mapped}))
		return mapped
	}
	after := func(b graphtest.Builder) (mapped *graph.Value) {
		mapped = b.Node("Mul", []*graph.Value{b.Node("Relu", []*graph.Value{b.Input("x", 1, 2, 5)}), b.Floats([]int64{2, 1}, 2, 4)})
		moved := swap(b, b.Node("MaxPool", []*graph.Value{mapped}, graph.IntsAttr("kernel_shape", 1)))
		b.Graph.AddOutput(b.Node("MatMul", []*graph.Value{moved, b.Floats([]int64{2, 3}, 1)}))
		return mapped
	}
	// A MatMul without a bias gets an Add for the shift of the map.
	biased := func(b graphtest.Builder) (mapped *graph.Value) {
		product := b.Node("MatMul", []*graph.Value{b.Input("x", 1, 5, 2), b.Floats([]int64{2, 2}, 1)})
		mapped = b.BatchNorm(swap(b, product), 2, 2, 1, 0, 1)
		b.Graph.AddOutput(mapped)
		return mapped
	}
	for name, c := range map[string]struct {
		build func(b graphtest.Builder) *graph.Value
		shift []float64
		want  map[string]string // of the values that are left and have an origin: by the operator that computes them
	}{
		"before": {before, nil, map[string]string{"Transpose": "Mul", "Relu": "Relu"}},
		"after":  {after, nil, map[string]string{"Relu": "Relu", "MatMul": "MatMul"}},
		"biased": {biased, []float64{1, 1}, map[string]string{"Transpose": "BatchNormalization"}},
	} {
		t.Run(name, func(t *testing.T) {
			original := graphtest.New(17)
			mapped := c.build(original)
			b := graphtest.Builder{Graph: original.Graph.Model().Clone().Graph}
			fold, why := mapOf(b, b.Graph.Lookup(mapped.Name()), stencil.Affine{Scale: []float64{2, 4}, Shift: c.shift}).Plan()
			if why != nil {
				t.Fatal(why.Detail)
			}
			fold.Apply()
			got := map[string]string{}
			for n := range b.Graph.Nodes() {
				if was := n.Output(0).Origin(); was != nil {
					got[n.OpType] = was.Producer().OpType
				}
			}
			if !maps.Equal(got, c.want) {
				t.Errorf("origins are %v, want %v", got, c.want)
			}
		})
	}
}
