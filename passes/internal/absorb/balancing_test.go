package absorb

import (
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/internal/shapes"
)

func TestClasses(t *testing.T) {
	c := classes{0}
	a, b, d := c.add(), c.add(), c.add()
	if got, ok := c.join(b, a); !ok || got != a || c.root(b) != a {
		t.Errorf("two classes are %d, %v", got, ok)
	}
	if got, _ := c.join(free, d); got != d || c.root(d) != d {
		t.Errorf("nobody's label changes the class %d", d)
	}
	if _, _ = c.join(b, 0); c.root(a) != 0 || c.root(d) != d {
		t.Errorf("the classes are %v", c)
	}
}

// TestBetween is false for what is no layer, and bounded.
func TestBetween(t *testing.T) {
	b := graphtest.New(17)
	x := b.Input("x", 1, 2, 5)
	conv := b.Conv(x, 2, 2, []int64{1}, nil, 1)
	v := conv
	for range maxBalanced + 1 {
		v = b.Node("Relu", []*graph.Value{v})
	}
	b.Graph.AddOutput(v)
	known := shapes.Of(b.Graph)
	if _, ok := Between(v.Producer(), known); ok {
		t.Error("a Relu is a layer")
	}
	if _, ok := Between(conv.Producer(), known); ok {
		t.Error("a balance may be of any size")
	}
}

// TestProductsAreBalanced: the sum with its bias is the result of a product.
func TestProductsAreBalanced(t *testing.T) {
	b := graphtest.New(17)
	matrix := b.Floats([]int64{3, 3}, 1, 2, 3, 4)
	bias := b.Floats([]int64{3}, 5, 6, 7)
	first := b.Node("MatMul", []*graph.Value{b.Input("x", 2, 3), matrix})
	last := b.Node("MatMul", []*graph.Value{b.Node("Relu", []*graph.Value{b.Node("Add", []*graph.Value{first, bias})}), matrix})
	b.Graph.AddOutput(last)
	before := answers(t, b.Graph.Model())
	balance, ok := Between(first.Producer(), shapes.Of(b.Graph))
	if !ok || balance.Classes != 3 {
		t.Fatalf("%d classes, %v", balance.Classes, balance.Pins)
	}
	apply, why := balance.Plan([]float64{2, 4, 8})
	if why != nil {
		t.Fatal(why.Detail)
	}
	apply()
	holds(t, bias, []float64{10, 24, 56})
	for name, want := range before {
		got := answers(t, b.Graph.Model())[name].Float64s()
		for i, number := range want.Float64s() {
			if got[i] != number {
				t.Errorf("number %d is %g, it was %g", i, got[i], number)
			}
		}
	}
}

// TestWhatStopsScales: where another operand keeps a scale from passing, the words name that one.
func TestWhatStopsScales(t *testing.T) {
	type values = []*graph.Value
	for name, c := range map[string]struct {
		build func(b graphtest.Builder, conv, x *graph.Value) *graph.Value
		want  string
	}{
		"an_addend_of_unknown_shape": {func(b graphtest.Builder, conv, x *graph.Value) *graph.Value {
			return b.Node("Add", values{conv, b.Node("Custom", values{x})})
		}, `the shape of "Custom", which goes into Add with "Conv", is not known`},
		"an_addend_that_no_scale_passes": {func(b graphtest.Builder, conv, x *graph.Value) *graph.Value {
			return b.Node("Add", values{conv, b.Node("Sigmoid", values{x})})
		}, `"Sigmoid" comes from Sigmoid`},
		"the_second_factor": {func(b graphtest.Builder, conv, x *graph.Value) *graph.Value {
			return b.Node("Mul", values{b.Node("Relu", values{x}), conv})
		}, `"Conv" is multiplied by "Relu" in Mul`},
		"the_divisor": {func(b graphtest.Builder, conv, x *graph.Value) *graph.Value {
			return b.Node("Div", values{b.Node("Relu", values{x}), conv})
		}, `"Conv" divides "Relu" in Div`},
		"a_slope": {func(b graphtest.Builder, conv, x *graph.Value) *graph.Value {
			return b.Node("PRelu", values{x, conv})
		}, `"Conv" is the slope of PRelu, and only what the slope is for, "x", is scaled`},
		"a_function": {func(b graphtest.Builder, conv, _ *graph.Value) *graph.Value {
			return b.Node("Tanh", values{conv})
		}, `"Conv" goes into Tanh, which a scale does not pass`},
	} {
		t.Run(name, func(t *testing.T) {
			b := graphtest.New(17)
			x := b.Input("x", 1, 2, 5)
			conv := b.Conv(x, 2, 2, []int64{1}, nil, 1)
			b.Graph.AddOutput(c.build(b, conv, x))
			balance, ok := Between(conv.Producer(), shapes.Of(b.Graph))
			var said []string
			for _, p := range balance.Pins {
				said = append(said, p.Why.Detail)
			}
			if !ok || !strings.Contains(strings.Join(said, "\n"), c.want) {
				t.Errorf("it is said %q, not %q", said, c.want)
			}
		})
	}
}
