package linear

import (
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// isLayer reports whether n has a kernel of weights: a convolution, a transposed one, or a Gemm, which is one
// without spatial axes.
func isLayer(n *graph.Node) bool { return n.Is("Conv") || n.Is("Gemm") || n.Is("ConvTranspose") }

// layerOf is the stencil of a layer.
func layerOf(n *graph.Node) (stencil.Stencil, *refusal.Refusal) {
	if n.Is("Gemm") {
		return gemmStencil(n)
	}
	if n.Is("ConvTranspose") {
		return algebra.ReadConvTranspose(n)
	}
	c, why := algebra.ReadConv(n)
	if why != nil {
		return stencil.Stencil{}, why
	}
	return stencil.Of(c), nil
}

// gemmStencil is a Gemm as a stencil without spatial axes.
func gemmStencil(n *graph.Node) (stencil.Stencil, *refusal.Refusal) {
	h, why := algebra.ReadGemm(n)
	if why != nil {
		return stencil.Stencil{}, why
	}
	if h.Front != 1 {
		return stencil.Stencil{}, refusal.New(refusal.Misaligned, "its first operand is transposed; export it with transA=0")
	}
	s := stencil.Of(stencil.Conv{Weight: h.Product.ByResult(), In: h.Product.In, Out: h.Product.Out, Group: 1}).Times(h.Alpha)
	s.Bias = h.Bias
	return s, nil
}

// constantMap is the affine map of an element-wise node on a value with the channels on an axis.
func constantMap(n *graph.Node, operand int, at algebra.Axis, known *shapes.Shapes) (stencil.Affine, *refusal.Refusal) {
	if n.Is("Neg") {
		return algebra.Negation(at.Channels), nil
	}
	t, why := algebra.Parameter(n, 1-operand, "constant")
	if why != nil {
		return stencil.Affine{}, why
	}
	c, ok := at.Constant(algebra.Collapsed(t, n.Input(operand), known))
	if !ok {
		return stencil.Affine{}, refusal.New(refusal.NotChannel, "constant %q does not hold one number per channel; export it with size 1 on all other axes", n.Input(1-operand).Name())
	}
	return algebra.AffineOf(n, operand, c)
}
