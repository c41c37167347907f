package absorb

import (
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// exampleMatMul is the product with the example's matrix on the right or on the left of an input of these
// sizes, and the Add of its bias.
func exampleMatMul(b graphtest.Builder, left bool, dims ...int64) (product, sum *graph.Value) {
	x := b.Input("x", dims...)
	if left {
		product = b.Node("MatMul", []*graph.Value{b.Floats([]int64{2, 2}, 1, 2, 3, 4), x})
		return product, b.Node("Add", []*graph.Value{product, b.Floats([]int64{2, 1}, 6, 8)})
	}
	product = b.Node("MatMul", []*graph.Value{x, b.Floats([]int64{2, 2}, 1, 3, 2, 4)})
	return product, b.Node("Add", []*graph.Value{b.Floats([]int64{2}, 6, 8), product})
}

func TestMatMulTakesInAMap(t *testing.T) {
	for name, c := range map[string]struct{ after, left bool }{
		"after": {true, false}, "after_left": {true, true}, "before": {false, false}, "before_left": {false, true},
	} {
		t.Run(name, func(t *testing.T) {
			b := graphtest.New(17)
			product, sum := exampleMatMul(b, c.left, 1, 2, 2)
			b.Graph.AddOutput(sum)
			to := read(t, b, product)
			made, why := to.before(example())
			w, numbers := fed(example(), 1)
			if c.after {
				made, why = to.after(example())
				w, numbers = mappedBy(example())
			}
			apply(t, made, why)
			weight, constant := product.Producer().Input(0), sum.Producer().Input(1)
			if !c.left {
				w = transposed2(w)
				weight, constant = product.Producer().Input(1), sum.Producer().Input(0)
			}
			holds(t, weight, w)
			holds(t, constant, numbers)
			if made.adds != 0 {
				t.Error("it has a bias already, and another one is counted")
			}
		})
	}
}

// TestMatMulWithoutBias: a bias makes the product of two matrices a Gemm, and puts an Add after any other.
func TestMatMulWithoutBias(t *testing.T) {
	for name, c := range map[string]struct {
		opset  int64
		dims   []int64
		left   bool
		nodes  []string
		reason string
	}{
		"matrices": {17, []int64{5, 2}, false, []string{"Gemm"}, ""},
		"stacked":  {17, []int64{1, 5, 2}, false, []string{"MatMul", "Add"}, ""},
		"left":     {17, []int64{2, 5}, true, []string{"MatMul", "Add"}, ""},
		"old":      {6, []int64{5, 2}, false, []string{"MatMul", "Add"}, ""},
		"old_left": {6, []int64{2, 5}, true, nil, refusal.Unsupported},
	} {
		t.Run(name, func(t *testing.T) {
			b := graphtest.New(c.opset)
			in := []*graph.Value{b.Input("x", c.dims...), b.Floats([]int64{2, 2}, 1)}
			shape := []int64{2}
			if c.left {
				slices.Reverse(in)
				shape = []int64{2, 1}
			}
			v := b.Node("MatMul", in)
			b.Graph.AddOutput(v)
			made, why := read(t, b, v).after(stencil.Affine{Shift: []float64{5, 7}})
			refused(t, why, c.reason)
			if why != nil {
				return
			}
			made.apply()
			if made.adds != len(c.nodes)-1 {
				t.Errorf("%d nodes are added to the count", made.adds)
			}
			var ops []string
			var last *graph.Node
			for n := range b.Graph.Nodes() {
				ops, last = append(ops, n.OpType), n
			}
			if !slices.Equal(ops, c.nodes) || !last.Output(0).IsOutput() {
				t.Fatalf("the graph is %v", ops)
			}
			constant := last.Input(last.NumInputs() - 1)
			holds(t, constant, []float64{5, 7})
			if !slices.Equal(constant.Constant().Shape(), shape) {
				t.Errorf("the bias has the shape %v", constant.Constant().Shape())
			}
			if old := c.opset < 7; (last.Int("broadcast", 0) == 1) != old {
				t.Errorf("broadcast is %d in opset %d", last.Int("broadcast", 0), c.opset)
			}
		})
	}
}

func TestMatMulAxes(t *testing.T) {
	b := graphtest.New(17)
	x := b.Input("x", 1, 2, 5, 3)
	right := read(t, b, b.Node("MatMul", []*graph.Value{x, b.Floats([]int64{3, 4}, 1)}))
	if right.operand() != (algebra.Axis{Front: 3, Channels: 3}) || right.result() != (algebra.Axis{Front: 3, Channels: 4}) {
		t.Errorf("on the right: %+v, %+v", right.operand(), right.result())
	}
	left := read(t, b, b.Node("MatMul", []*graph.Value{b.Floats([]int64{4, 5}, 1), x}))
	if left.operand() != (algebra.Axis{Front: 2, Back: 1, Channels: 5}) || left.result() != (algebra.Axis{Front: 2, Back: 1, Channels: 4}) {
		t.Errorf("on the left: %+v, %+v", left.operand(), left.result())
	}
}

func TestReadMatMul(t *testing.T) {
	b := graphtest.New(17)
	x, w := b.Input("x", 1, 5, 2), b.Floats([]int64{2, 2}, 1)
	unranked := b.Node("Unknown", []*graph.Value{x})
	product := b.Node("MatMul", []*graph.Value{x, w})
	levels := b.Graph.NewInitializer("q", b.Floats([]int64{2, 2}, 1).Constant())
	for name, c := range map[string]struct {
		in     []*graph.Value
		found  bool
		reason string
	}{
		"constant":         {[]*graph.Value{x, w}, true, ""},
		"no_matrix":        {[]*graph.Value{x, product}, false, ""},
		"vector":           {[]*graph.Value{x, b.Floats([]int64{2}, 1)}, false, ""},
		"quantized":        {[]*graph.Value{x, b.Node("DequantizeLinear", []*graph.Value{levels, b.Floats(nil, 1)})}, false, refusal.Quantized},
		"unranked":         {[]*graph.Value{unranked, w}, true, ""},
		"left_of_unranked": {[]*graph.Value{w, unranked}, false, refusal.NotChannel},
	} {
		to, why := readMatMul(b.Node("MatMul", c.in).Producer(), nil, shapes.Of(b.Graph))
		if (to != nil) != c.found {
			t.Errorf("%s: read %v", name, to)
		}
		refused(t, why, c.reason)
	}
	add := b.Node("Add", []*graph.Value{product, b.Floats([]int64{5, 2}, 1, 2, 3)})
	_, why := readMatMul(product.Producer(), add.Producer(), shapes.Of(b.Graph))
	refused(t, why, refusal.NotChannel)
}

// TestMatMulBefore: the Add of a constant is the bias of a product that only it reads.
func TestMatMulBefore(t *testing.T) {
	for name, c := range map[string]struct {
		opset        int64
		read, shared bool
	}{"alone": {17, true, false}, "shared": {17, false, true}, "old": {6, false, false}} {
		b := graphtest.New(c.opset)
		product, sum := exampleMatMul(b, false, 1, 5, 2)
		b.Graph.AddOutput(sum)
		if c.shared {
			b.Graph.AddOutput(b.Node("Relu", []*graph.Value{product}))
		}
		if got := matMulBefore(sum.Producer()) == product.Producer(); got != c.read {
			t.Errorf("%s: %v", name, got)
		}
		if got := biasAfter(product.Producer(), nil) == sum.Producer(); got != c.read {
			t.Errorf("%s: the Add is found %v", name, got)
		}
		if biasAfter(product.Producer(), sum.Producer()) != nil {
			t.Errorf("%s: a node that stays is taken for the bias", name)
		}
	}
}
