package passes

import (
	"context"
	"fmt"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/absorb"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
	"github.com/acdeploy/acdeploy/passes/internal/linear"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
)

const foldBatchNormDoc = `folds a batch normalisation into the convolution or product next to it

Before: BatchNormalization(Conv(x, W, b), γ, β, μ, σ²)
After:  Conv(x, a·W, a·(b−μ)+β) with a = γ/√(σ²+ε), per output channel

The target is a Conv, ConvTranspose or Gemm, or a MatMul by a constant matrix. A MatMul has no bias: the
Add after it takes the constant, or the MatMul of two matrices becomes a Gemm, or an Add replaces the
batch normalisation. A batch normalisation before a target folds too, if the target is no ConvTranspose
and reads no padding. Two batch normalisations in a row become one.

Between the two may be Transpose, Reshape and Flatten that keep the channels together, means over the
image, and MaxPool if no scale is below zero. The parameters must be constant and finite. No other node
may read the value between the two.`

// FoldBatchNorm folds BatchNormalization into the linear operator before or after it.
type FoldBatchNorm struct{}

func foldBatchNorm() entry {
	return entry{Name: "fold_batchnorm", Doc: foldBatchNormDoc, New: func() pipeline.Pass { return &FoldBatchNorm{} }}
}

// Run folds every batch normalisation that it can.
func (*FoldBatchNorm) Run(_ context.Context, r *pipeline.Rewriter) error {
	g := r.Graph()
	known := shapes.Of(g)
	for sub := range g.All() {
		for n := range sub.Nodes() {
			if !n.Is("BatchNormalization") {
				continue
			}
			label := n.Label()
			a, why := algebra.ReadStatistics(n)
			if why == nil {
				m := absorb.Map{Node: n, Known: known, Read: func(axis algebra.Axis, _ bool) (stencil.Affine, *refusal.Refusal) {
					return placeStatistics(n, a, axis)
				}}
				var ok bool
				if ok, why = fold(r, m); !ok {
					return nil
				}
			}
			if why != nil {
				r.Refuse(label, why.Reason, why.Detail)
			}
		}
	}
	return nil
}

// placeStatistics spreads the map of a batch normalisation over the channels of a target, if they
// are where it normalises: on axis 1.
func placeStatistics(n *graph.Node, a stencil.Affine, v algebra.Axis) (stencil.Affine, *refusal.Refusal) {
	in := n.Input(0).Name()
	switch {
	case v.Front < 0:
		return a, refusal.New(refusal.NotChannel, "the number of axes of %q is not known, so its channels may not be on axis 1; export the model with its shapes", in)
	case v.Front != 1:
		return a, refusal.New(refusal.NotChannel, "it normalises axis 1, and the channels of %q are on axis %d; it folds if a Transpose before it moves them to axis 1", in, v.Front)
	case !v.Fits(len(a.Scale)):
		return a, refusal.New(refusal.Misaligned, "it has %d channels, and %q has %d; the model is invalid, export it again", len(a.Scale), in, v.Channels)
	case algebra.PerActivation(n) && v.Back != 0:
		return a, refusal.New(refusal.Unsupported, "spatial=0 normalises per activation, not per channel; export with spatial=1")
	}
	return v.Affine(a), nil
}

// fold folds a map into the target before or after it, or says why not; false when the budget of rewrites is
// spent. A convolution whose constant is the border of a merge to come stays as it is.
func fold(r *pipeline.Rewriter, m absorb.Map) (ok bool, why *refusal.Refusal) {
	m.Needed = func(result *graph.Value, constant *tensor.Tensor) *refusal.Refusal {
		return linear.BecomesBorder(result, constant, m.Known)
	}
	f, why := m.Plan()
	if why != nil {
		return true, why
	}
	return r.Rewrite(m.Node.Label(), fmt.Sprintf("%s folded into %s", m.Node.OpType, f.Target), f.Apply), nil
}
