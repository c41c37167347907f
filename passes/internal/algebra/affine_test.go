package algebra_test

import (
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// TestReadAffine checks each operator by its value at 10, in a channel with the constant 4.
func TestReadAffine(t *testing.T) {
	for name, c := range map[string]struct {
		op    string
		first bool // the constant is the first operand
		want  float64
	}{
		"mul": {"Mul", false, 40}, "add": {"Add", true, 14}, "sub": {"Sub", false, 6}, "sub_from": {"Sub", true, -6}, "div": {"Div", false, 2.5},
	} {
		b := graphtest.New(17)
		in := []*graph.Value{b.Input("x", 1, 2, 3), b.Floats([]int64{2, 1}, 4)}
		if c.first {
			slices.Reverse(in)
		}
		n := b.Node(c.op, in).Producer()
		operand, ok := algebra.AffineOperand(n)
		if !ok || n.Input(operand).Name() != "x" {
			t.Fatalf("%s: operand %d, %v", name, operand, ok)
		}
		a, _, why := algebra.ReadAffine(n, operand, algebra.Axis{Front: 1, Back: 1, Channels: 2}, shapes.Of(b.Graph))
		if why != nil {
			t.Fatalf("%s: %s", name, why.Detail)
		}
		if got := a.Of([]float64{10, 10}, 2); got[1] != c.want {
			t.Errorf("%s: 10 becomes %v", name, got)
		}
	}
}

func TestNotAffine(t *testing.T) {
	b := graphtest.New(17)
	x := b.Input("x", 1, 2, 3)
	axis := algebra.Axis{Front: 1, Back: 1, Channels: 2}
	for reason, in := range map[string][]*graph.Value{
		refusal.Unsupported: {b.Floats([]int64{1}, 4), x}, refusal.NonFinite: {x, b.Floats([]int64{1}, 0)}, refusal.NotChannel: {x, b.Floats([]int64{3}, 1, 2, 3)},
	} {
		n := b.Node("Div", in).Producer()
		operand, _ := algebra.AffineOperand(n)
		if _, _, why := algebra.ReadAffine(n, operand, axis, shapes.Of(b.Graph)); why == nil || why.Reason != reason {
			t.Errorf("want %s, got %v", reason, why)
		}
	}
}

// TestReadConstant gives the map of each element of a constant, in the shape by which it broadcasts.
func TestReadConstant(t *testing.T) {
	for _, c := range []struct {
		opset int64
		attrs []*graph.Attr
		shape []int64
	}{
		{17, nil, []int64{2}},
		{6, []*graph.Attr{graph.IntAttr("broadcast", 1), graph.IntAttr("axis", 1)}, []int64{2, 1}},
	} {
		b := graphtest.New(c.opset)
		v := b.Node("Sub", []*graph.Value{b.Input("x", 1, 2, 2), b.Floats([]int64{2}, 3, 4)}, c.attrs...)
		a, constant, why := algebra.ReadConstant(v.Producer(), 0, shapes.Of(b.Graph))
		if why != nil || !slices.Equal(a.Center, []float64{3, 4}) || !slices.Equal(constant.Shape(), c.shape) {
			t.Errorf("opset %d: %v, %v", c.opset, a, why)
		}
	}
	b := graphtest.New(17)
	if a, constant, why := algebra.ReadConstant(b.Node("Neg", []*graph.Value{b.Input("x", 1)}).Producer(), 0, shapes.Of(b.Graph)); why != nil || constant != nil || !slices.Equal(a.Scale, []float64{-1}) {
		t.Errorf("Neg is %v of %v, %v", a, constant, why)
	}
}
