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

Between the two may be whatever only moves numbers, such as Transpose, Reshape, Squeeze, Slice, Gather,
DepthToSpace and Pad; averages, sums and maxima of numbers of one channel, such as pools and Resize; Concat,
Split and the sum of values, if all of their parts can take their share; and Relu, Clip and the like, where
scale and constant pass them. A batch normalisation before several targets goes into all of them, or into
none. The parameters must be constant and finite. Before the batch normalisation, no other node may read a
value between the two.`

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
				m := absorb.Map{
					Node: n, Known: known,
					Read:   func() (absorb.Numbers, *refusal.Refusal) { return placeStatistics(n, a, known) },
					Misfit: func(target string) *refusal.Refusal { return notSecond(n, target) },
				}
				var ok bool
				if ok, why = fold(r, m); !ok {
					return nil
				}
			}
			if why != nil && isOfConstants(n) {
				why = refusal.New(refusal.Unsupported, "it normalises constants, such as weights, and fold_constants does not compute it here; export the model with constant folding")
			}
			if why != nil {
				r.Refuse(label, why.Reason, why.Detail)
			}
		}
	}
	return nil
}

// isOfConstants reports a node whose results depend on constants alone, whatever computes its inputs. It is no layer of the
// network, and the mode in which that was exported does not matter.
func isOfConstants(n *graph.Node) bool {
	const most = 16 // nodes that are looked at: a weight is made by a few
	open, seen := []*graph.Node{n}, map[*graph.Node]bool{n: true}
	for len(open) > 0 && len(seen) <= most {
		n, open = open[0], open[1:]
		for _, v := range n.Inputs() {
			switch p := v.Producer(); {
			case v == nil || v.Constant() != nil || seen[p]:
			case p == nil || p.NumInputs() == 0 && !p.Is("Constant"):
				return false
			default:
				seen[p], open = true, append(open, p)
			}
		}
	}
	return len(open) == 0
}

// placeStatistics says where a batch normalisation normalises: on axis 1.
func placeStatistics(n *graph.Node, a stencil.Affine, known *shapes.Shapes) (absorb.Numbers, *refusal.Refusal) {
	if !algebra.PerActivation(n) {
		return absorb.Numbers{Affine: a, OnSecond: true}, nil
	}
	if rank, ok := known.Rank(n.Input(0)); !ok || rank != 2 {
		return absorb.Numbers{}, refusal.New(refusal.Unsupported, "spatial=0 normalises per activation, not per channel; export with spatial=1")
	}
	return absorb.Numbers{Affine: a, OnSecond: true}, nil
}

// notSecond refuses a batch normalisation whose axis is not that of the channels of a target.
func notSecond(n *graph.Node, target string) *refusal.Refusal {
	return refusal.New(refusal.NotChannel, "it normalises axis 1 of %q, which does not hold the channels of %s as far as is known; it folds if a Transpose before it moves them there, and the model is exported with its shapes", n.Input(0).Name(), target)
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
