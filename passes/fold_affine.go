package passes

import (
	"context"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/stencil"
	"github.com/acdeploy/acdeploy/tensor"
)

const foldAffineDoc = `folds Mul, Add, Sub and Div by constants into the convolution beside them

Before: Conv(x, W, b)·m + c
After:  Conv(x, m·W, m·b + c), per output channel

In front of a convolution a product always folds, and a sum where the convolution reads no padding.
The constant must be one number, or one per channel: every axis of it is 1 but the channel's.`

// FoldAffine folds element-wise arithmetic with constants into Conv.
type FoldAffine struct{}

var _ pipeline.Pass = (*FoldAffine)(nil)

// Run folds every Mul, Add, Sub, Div and Neg that it can.
func (*FoldAffine) Run(ctx context.Context, g *graph.Graph) (pipeline.Summary, error) {
	var sum pipeline.Summary
	for sub := range g.All() {
		for n := range sub.Nodes() {
			operand, ok := affineOperand(n)
			if !ok || !besideConv(n, operand) {
				continue
			}
			a, why := readAffine(n, operand)
			if !foldNode(ctx, n, operand, a, why, &sum) {
				return sum, nil
			}
		}
	}
	return sum, nil
}

// affineOperand returns which input of an element-wise node is the image, the other being constant.
func affineOperand(n *graph.Node) (int, bool) {
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

// besideConv reports whether a convolution stands directly before or behind n.
func besideConv(n *graph.Node, operand int) bool {
	if n.Input(operand).Producer().Is("Conv") {
		return true
	}
	use := n.Output(0).OnlyUse()
	return use != nil && use.Index == 0 && use.Node.Is("Conv")
}

// readAffine returns the affine map of Mul, Add, Sub, Div or Neg with a constant. The rank and the
// number of channels are those of the convolution beside it.
func readAffine(n *graph.Node, operand int) (stencil.Affine, *refusal) {
	var none stencil.Affine
	if n.Graph().Opset() < 7 {
		return none, refuse(Unsupported, "element-wise operators broadcast differently before opset 7")
	}
	rank, channels, why := imageBeside(n, operand)
	if why != nil {
		return none, why
	}
	if n.Is("Neg") {
		return negation(channels), nil
	}
	t, why := parameter(n, 1-operand, "constant")
	if why != nil {
		return none, why
	}
	c, ok := channelConstant(t, rank, channels)
	if !ok {
		return none, refuse(NotChannel, "constant %q of shape [%s] is not one number per channel of an image with %d channels and %d axes",
			n.Input(1-operand).Name(), tensor.FormatShape(t.Shape()), channels, rank)
	}
	return affineOf(n, operand, c)
}

// negation is x·(−1).
func negation(channels int) stencil.Affine {
	return stencil.Affine{Scale: slices.Repeat([]float64{-1}, channels)}
}

// affineOf is x·c, x+c, x−c, c−x or x/c.
func affineOf(n *graph.Node, operand int, c []float64) (stencil.Affine, *refusal) {
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
		return stencil.Affine{}, refuse(Unsupported, "a constant divided by the image is not linear")
	}
	inverse := make([]float64, len(c))
	for i, v := range c {
		if v == 0 {
			return stencil.Affine{}, refuse(NonFinite, "constant %q divides by zero in channel %d", n.Input(1).Name(), i)
		}
		inverse[i] = 1 / v
	}
	return stencil.Affine{Scale: inverse}, nil
}
