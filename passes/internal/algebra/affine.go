package algebra

import (
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
	"github.com/acdeploy/acdeploy/tensor"
)

// AffineOperand returns which input of an element-wise node is the image, the other being constant.
func AffineOperand(n *graph.Node) (int, bool) {
	switch {
	case n.Output(0) == nil:
		return 0, false
	case n.Is("Neg"):
		return 0, n.Input(0) != nil
	case !n.Is("Mul") && !n.Is("Add") && !n.Is("Sub") && !n.Is("Div"), n.NumInputs() != 2:
		return 0, false
	}
	for i := range 2 {
		other := n.Input(1 - i)
		if n.Input(i) != nil && !n.Input(i).IsInitializer() && other != nil && other.IsInitializer() {
			return i, true
		}
	}
	return 0, false
}

// ReadAffine returns the affine map of Mul, Add, Sub, Div or Neg with a constant, which it returns too,
// for the channels of a target, which are in the result where v says.
func ReadAffine(n *graph.Node, operand int, v Axis, known *shapes.Shapes) (stencil.Affine, *tensor.Tensor, *refusal.Refusal) {
	var none stencil.Affine
	if n.Is("Neg") {
		return Negation(v.Channels), nil, nil
	}
	t, why := Parameter(n, 1-operand, "constant")
	if why == nil && !op.SpreadsFreely(n.Graph()) {
		t, why = aligned(n, operand, t, v)
	}
	if why != nil {
		return none, nil, why
	}
	c, ok := v.Constant(Collapsed(t, n.Input(operand), known))
	if !ok {
		return none, nil, refusal.New(refusal.NotChannel, "constant %q of shape [%s] does not hold one number per channel of a value with %d channels and %d axes; export it with size 1 on all other axes",
			n.Input(1-operand).Name(), tensor.FormatShape(t.Shape()), v.Channels, v.LeastRank())
	}
	a, why := AffineOf(n, operand, c)
	return a, t, why
}

// ReadConstant returns the affine map of Mul, Add, Sub, Div or Neg for each element of its constant, which it returns too in
// the shape by which it broadcasts to the result; nil for Neg, which maps all numbers alike.
func ReadConstant(n *graph.Node, operand int, known *shapes.Shapes) (stencil.Affine, *tensor.Tensor, *refusal.Refusal) {
	if n.Is("Neg") {
		return Negation(1), nil, nil
	}
	t, why := Parameter(n, 1-operand, "constant")
	if why == nil && !op.SpreadsFreely(n.Graph()) {
		v := Axis{Front: -1, Back: -1}
		if rank, ok := known.Rank(n.Input(operand)); ok {
			v.Front, v.Back = 0, rank-1
		}
		t, why = aligned(n, operand, t, v)
	}
	if why != nil {
		return stencil.Affine{}, nil, why
	}
	a, why := AffineOf(n, operand, t.Float64s())
	return a, t, why
}

// aligned gives a constant of an opset before 7 the shape under which it broadcasts by today's rule:
// the constant on the right takes the shape of the image when broadcast is set, its axes being those
// from axis on, or the last ones.
func aligned(n *graph.Node, operand int, t *tensor.Tensor, v Axis) (*tensor.Tensor, *refusal.Refusal) {
	old, _ := op.ReadOldBroadcast(n)
	switch {
	case operand != 0:
		return nil, refusal.New(refusal.Unsupported, "before opset 7 only the second operand broadcasts, and here the constant is the first; export with a newer opset")
	case !old.On:
		return nil, refusal.New(refusal.NotChannel, "broadcast is not set, so constant %q is as large as the image; export with a newer opset", n.Input(1).Name())
	case !old.HasAxis:
		return t, nil
	case !v.Ranked():
		return nil, refusal.New(refusal.NotChannel, "the number of axes of %q is not known; export the model with its shapes", n.Input(0).Name())
	}
	rank, axis := int64(v.LeastRank()), old.Axis
	if axis < 0 {
		axis += rank
	}
	if axis < 0 || axis+int64(t.Rank()) > rank {
		return nil, refusal.New(refusal.Unsupported, "axis %d does not fit constant %q; export with a newer opset", axis, n.Input(1).Name())
	}
	trailing := slices.Repeat([]int64{1}, int(rank-axis)-t.Rank())
	moved, err := t.Reshape(slices.Concat(t.Shape(), trailing))
	if err != nil {
		return nil, refusal.New(refusal.Unsupported, "%v", err)
	}
	return moved, nil
}

// Negation is x·(−1).
func Negation(channels int) stencil.Affine {
	return stencil.Affine{Scale: slices.Repeat([]float64{-1}, channels)}
}

// AffineOf is x·c, x+c, x−c, c−x or x/c.
func AffineOf(n *graph.Node, operand int, c []float64) (stencil.Affine, *refusal.Refusal) {
	switch {
	case n.Is("Mul"):
		return stencil.Affine{Scale: c}, nil
	case n.Is("Add"):
		return stencil.Affine{Shift: c}, nil
	case n.Is("Sub") && operand == 0:
		return stencil.Affine{Center: c}, nil
	case n.Is("Sub"):
		return stencil.Affine{Scale: slices.Repeat([]float64{-1}, len(c)), Shift: c}, nil
	case operand == 1:
		return stencil.Affine{}, refusal.New(refusal.Unsupported, "a constant divided by the image is not linear; it stays as it is")
	}
	inverse := make([]float64, len(c))
	for i, v := range c {
		if v == 0 {
			return stencil.Affine{}, refusal.New(refusal.NonFinite, "it divides by constant %q, which is zero in channel %d; export a checkpoint without such a channel", n.Input(1).Name(), i)
		}
		inverse[i] = 1 / v
	}
	return stencil.Affine{Scale: inverse}, nil
}
