package passes

import (
	"context"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/passes/internal/absorb"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
)

const foldAffineDoc = `folds Mul, Add, Sub and Div by constants into the convolution or product next to them

Before: Conv(x, W, b)·m + c
After:  Conv(x, m·W, m·b + c), per output channel

The target is a Conv, ConvTranspose or Gemm, or a MatMul by a constant matrix, before or after the node.
Before a target, a product always folds. A sum folds there only if the convolution reads no padding.
The nodes that fold_batchnorm allows between the two are allowed here too. A product passes a sum with a
constant, which is divided by it.

The constant must be one number, or one number per channel of the target: the channels are followed over
what is between. Without such a target, a batch normalisation next to the node takes the constant in.`

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
			m := absorb.Map{
				Node: n, Operand: operand, Known: known,
				Read:   func() (absorb.Numbers, *refusal.Refusal) { return readConstant(n, operand, known) },
				Misfit: func(target string) *refusal.Refusal { return notPerChannel(n, operand, target) },
			}
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

// readConstant is the map of a node, and where its numbers are.
func readConstant(n *graph.Node, operand int, known *shapes.Shapes) (absorb.Numbers, *refusal.Refusal) {
	a, t, why := algebra.ReadConstant(n, operand, known)
	if why != nil || t == nil {
		return absorb.Numbers{Affine: a}, why
	}
	return absorb.Numbers{Affine: a, Shape: t.Shape()}, nil
}

// notPerChannel refuses a constant whose elements are not one for each channel of a target.
func notPerChannel(n *graph.Node, operand int, target string) *refusal.Refusal {
	c := n.Input(1 - operand)
	if c == nil {
		return refusal.New(refusal.NotChannel, "the channels of %s are not known; export the model with its shapes", target)
	}
	return refusal.New(refusal.NotChannel, "constant %q of shape [%s] does not hold one number per channel of %s; export it with size 1 on all other axes",
		c.Name(), tensor.FormatShape(c.Constant().Shape()), target)
}

// isNumber reports a constant of one element. Beside a value that others read too it belongs to the arithmetic of
// an activation, as where GELU is written out, and not to a block that was grown for training.
func isNumber(v *graph.Value) bool {
	return v != nil && v.Constant() != nil && v.Constant().Len() == 1
}
