package branches

import (
	"strings"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
	"github.com/acdeploy/acdeploy/passes/internal/linear"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// diagnose says what keeps an addend from being a branch: the node between it and a convolution that is
// no affine map per channel. The value is the one that the convolution reads; both are nil where no
// convolution is close before it.
func diagnose(v *graph.Value, known *shapes.Shapes) (*refusal.Refusal, *graph.Value) {
	if why, over := writtenBetween(v, known); why != nil {
		return why, over
	}
	const near = 8 // nodes; a block has fewer between a convolution and its sum
	var first *graph.Node
	for range near {
		n := v.Producer()
		if n == nil || n.NumInputs() == 0 || v.OnlyUse() == nil || n.Input(0) == nil {
			return nil, nil
		}
		if n.Is("Conv") {
			if first == nil {
				return pooled(n)
			}
			return between(first), n.Input(0)
		}
		_, affine := algebra.AffineOperand(n)
		if first == nil && !affine && !n.Is("BatchNormalization") {
			first = n
		}
		v = n.Input(0)
	}
	return nil, nil
}

// between is the refusal for a node between a convolution and a sum.
func between(n *graph.Node) *refusal.Refusal {
	switch {
	case strings.HasSuffix(n.OpType, "uantizeLinear"), strings.HasPrefix(n.OpType, "QLinear"):
		return refusal.New(refusal.Quantized, "%s rounds the branch before the sum; fuse the model before it is quantized", n.Label())
	case n.Is("Cast"):
		return refusal.New(refusal.ElementType, "%s changes the element type of the branch; export the model in one type", n.Label())
	}
	return refusal.New(refusal.NotAffine, "%s (%s) between the convolution and the sum is not a scale and shift per channel; the branches merge if it comes after the sum", n.Label(), n.OpType)
}

// pooled is the refusal for a convolution of the mean of the image: one pixel, which the sum spreads over
// the others.
func pooled(conv *graph.Node) (*refusal.Refusal, *graph.Value) {
	n := conv.Input(0).Producer()
	if !n.Is("GlobalAveragePool") && !n.Is("GlobalMaxPool") && !n.Is("ReduceMean") && !n.Is("ReduceMax") || n.Input(0) == nil {
		return nil, nil
	}
	return refusal.New(refusal.Misaligned, "%s computes one pixel, which the sum broadcasts over the image; it is not a branch of the block and stays as it is", conv.Label()), n.Input(0)
}

// writtenBetween is the refusal for a branch of two convolutions, or of one and a pool, between which something
// writes into the image that is not read as a padded border.
func writtenBetween(v *graph.Value, known *shapes.Shapes) (*refusal.Refusal, *graph.Value) {
	const near = 24 // nodes; four sides take three each
	var scatter *graph.Node
	for range near {
		n := v.Producer()
		switch {
		case n == nil || n.NumInputs() == 0 || n.Input(0) == nil:
			return nil, nil
		case scatter == nil && linear.IsPaddedBorder(n, known):
			return nil, nil // who reads it says what is wrong with it
		case n.Is("ScatterND"), n.Is("ScatterElements"):
			scatter = n
		case n.Is("Conv") && scatter != nil:
			return refusal.New(refusal.Border, "%s writes into the image between two layers of the branch; export the block with the padding in the first convolution",
				scatter.Label()), n.Input(0)
		}
		v = n.Input(0)
	}
	return nil, nil
}
