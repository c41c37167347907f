package passes

import (
	"context"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/absorb"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
	"github.com/acdeploy/acdeploy/pipeline"
)

const foldAffineDoc = `folds Mul, Add, Sub and Div by constants into the convolution or product next to them

Before: Conv(x, W, b)·m + c
After:  Conv(x, m·W, m·b + c), per output channel

The target is a Conv, ConvTranspose or Gemm, or a MatMul by a constant matrix, before or after the node.
Before a target, a product always folds. A sum folds there only if the convolution reads no padding.
The nodes that fold_batchnorm allows between the two are allowed here too.

The constant must be one number, or one number per channel: every axis of it is 1 but the channel's.
The channels are followed through Transpose and Reshape. Without such a target, a batch normalisation
next to the node takes the constant in.`

// FoldAffine folds element-wise arithmetic with constants into the linear operator before or after it.
type FoldAffine struct{}

func foldAffine() entry {
	return entry{Name: "fold_affine", Doc: foldAffineDoc, New: func() pipeline.Pass { return &FoldAffine{} }}
}

// Run folds every Mul, Add, Sub, Div and Neg that it can.
func (*FoldAffine) Run(_ context.Context, r *pipeline.Rewriter) error {
	g := r.Graph()
	known := shapes.Of(g)
	for sub := range g.All() {
		for n := range sub.Nodes() {
			operand, ok := algebra.AffineOperand(n)
			if !ok {
				continue
			}
			label := n.Label()
			m := absorb.Map{Node: n, Operand: operand, Known: known, Read: func(axis algebra.Axis, after bool) (stencil.Affine, *refusal.Refusal) {
				a, t, why := algebra.ReadAffine(n, operand, axis, known)
				if why == nil && after && t != nil && axis.Widens(n.Input(operand), t, known) {
					why = refusal.New(refusal.NotChannel, "the number of channels or of axes of %q is not known; export the model with its shapes", n.Input(operand).Name())
				}
				return a, why
			}}
			left, why := fold(r, m)
			if why != nil && !absorb.NoTarget(why) && !(why.Reason == refusal.SharedOutput && isNumber(n.Input(1-operand))) {
				r.Refuse(label, why.Reason, why.Detail)
			}
			if !left {
				return nil
			}
		}
	}
	return nil
}

// isNumber reports a constant without axes. Beside a value that others read too it belongs to the arithmetic of
// an activation, as where GELU is written out, and not to a block that was grown for training.
func isNumber(v *graph.Value) bool {
	return v != nil && v.Constant() != nil && v.Constant().Rank() == 0
}
