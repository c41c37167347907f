package linear_test

import (
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/passes/internal/linear"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
	"github.com/acdeploy/acdeploy/tensor"
)

// kernel evaluates v over x, and lowers it: one row of the kernel, the bias and what it costs now.
func kernel(t *testing.T, b graphtest.Builder, x, v *graph.Value) (row, bias []float64, now int) {
	t.Helper()
	known := shapes.Of(b.Graph)
	e, ok := linear.NewReader(b.Graph, known, nil).Read(linear.View{Value: v}, linear.MaxDepth).Over(linear.View{Value: x})
	if !ok {
		t.Fatal("it is not read over the input")
	}
	im, why := e.Image(known)
	if why != nil {
		t.Fatal(why.Detail)
	}
	form, why := e.Evaluate(im)
	if why != nil {
		t.Fatal(why.Detail)
	}
	c, err := form.Lower(form.Union())
	if err != nil {
		t.Fatal(err)
	}
	shape := []int64{int64(c.Out), int64(c.In / c.Group)}
	for _, k := range c.Kernel {
		shape = append(shape, int64(k))
	}
	all := tensor.Compute(tensor.Float64, shape, c.Weight).Float64s()
	return all[:len(all)/c.Out], c.Bias, form.Now
}

func TestVisit(t *testing.T) {
	for name, c := range map[string]struct {
		build     func(b graphtest.Builder, x *graph.Value) *graph.Value
		row, bias []float64
		now       int
	}{
		"layers": {func(b graphtest.Builder, x *graph.Value) *graph.Value {
			return b.Conv(b.Conv(x, 1, 1, []int64{1}, []int64{0, 0}, 2), 1, 1, []int64{3}, []int64{0, 0}, 1, 2, 3)
		}, []float64{2, 4, 6}, nil, 4},
		"scale and shift": {func(b graphtest.Builder, x *graph.Value) *graph.Value {
			return b.BatchNorm(b.Conv(x, 1, 1, []int64{1}, []int64{0, 0}, 2), 1, 3, 5, 1, 1)
		}, []float64{6}, []float64{2}, 1},
		"pool": {func(b graphtest.Builder, x *graph.Value) *graph.Value {
			y := b.Node("AveragePool", []*graph.Value{x}, graph.IntsAttr("kernel_shape", 2))
			return b.Conv(y, 1, 1, []int64{1}, []int64{0, 0}, 4)
		}, []float64{2, 2}, nil, 1},
		"crop and pad": {func(b graphtest.Builder, x *graph.Value) *graph.Value {
			y := b.Node("Pad", []*graph.Value{x, b.Ints(0, 0, 1, 0, 0, 1)})
			y = b.Node("Slice", []*graph.Value{y, b.Ints(1), b.Ints(-1), b.Ints(2)})
			return b.Conv(y, 1, 1, []int64{1}, []int64{0, 0}, 4)
		}, []float64{4}, nil, 1},
		"sum": {func(b graphtest.Builder, x *graph.Value) *graph.Value {
			y := b.Conv(x, 1, 1, []int64{1}, []int64{0, 0}, 2)
			z := b.Conv(x, 1, 1, []int64{3}, []int64{1, 1}, 1, 2, 3)
			return b.Node("Sub", []*graph.Value{z, y})
		}, []float64{1, 0, 3}, nil, 4},
	} {
		t.Run(name, func(t *testing.T) {
			b := graphtest.New(17)
			x := b.Input("x", 1, 1, 9)
			v := c.build(b, x)
			b.Graph.AddOutput(v)
			row, bias, now := kernel(t, b, x, v)
			if !slices.Equal(row, c.row) || !slices.Equal(bias, c.bias) || now != c.now {
				t.Errorf("kernel %v, bias %v, cost %d; want %v, %v, %d", row, bias, now, c.row, c.bias, c.now)
			}
		})
	}
}

// TestVisitSaysWhy names the value over which a batch normalisation would have been read.
func TestVisitSaysWhy(t *testing.T) {
	b := graphtest.New(17)
	x := b.Input("x", 1, 2, 4)
	v := b.BatchNorm(x, 2, 1, 0, 0, -1)
	b.Graph.AddOutput(v)
	found := linear.NewReader(b.Graph, shapes.Of(b.Graph), nil).Read(linear.View{Value: v}, linear.MaxDepth)
	if found.Why == nil || found.Why.Reason != refusal.NonFinite || found.Missed != x {
		t.Errorf("a variance below zero gives %v over %v", found.Why, found.Missed)
	}
}
