package passes

import (
	"context"
	"math"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
	"github.com/acdeploy/acdeploy/pipeline"
)

const foldBatchNormDoc = `folds a batch normalisation into the convolution or product beside it

Before: BatchNormalization(Conv(x, W, b), γ, β, μ, σ²)
After:  Conv(x, a·W, a·(b−μ)+β) with a = γ/√(σ²+ε), per output channel

ConvTranspose, Gemm and MatMul by a constant matrix take one in like Conv. A MatMul has no bias: the
Add behind it takes it, or the product of two matrices becomes a Gemm, or an Add takes the place of the
batch normalisation. One in front folds too: where a convolution reads no padding, not into a
ConvTranspose. In between may stand Transpose, Reshape and Flatten that keep the channels together,
means over the image, and MaxPool where no scale is below zero. Two in a row become one. The parameters must be constant and
finite, and nobody else may use the value in between.`

// FoldBatchNorm folds BatchNormalization into the linear operator beside it.
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
			a, why := readStatistics(n)
			if why == nil {
				node := affineNode{n, 0, func(v view, _ bool) (stencil.Affine, *refusal.Refusal) { return placeStatistics(n, a, v) }, known}
				var ok bool
				if ok, why = node.fold(r); !ok {
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

// placeStatistics spreads the map of a batch normalisation over the channels of a host, when they
// stand where it normalises: on axis 1.
func placeStatistics(n *graph.Node, a stencil.Affine, v view) (stencil.Affine, *refusal.Refusal) {
	in := n.Input(0).Name()
	switch {
	case v.front < 0:
		return a, refusal.New(refusal.NotChannel, "the number of axes of %q is not known, so its channels may not be on axis 1; export with shapes", in)
	case v.front != 1:
		return a, refusal.New(refusal.NotChannel, "it normalises axis 1, the channels of %q are on axis %d; it folds behind a Transpose that puts them on axis 1", in, v.front)
	case !v.fits(len(a.Scale)):
		return a, refusal.New(refusal.Misaligned, "it has %d channels, %q has %d; the model contradicts itself", len(a.Scale), in, v.channels)
	case perActivation(n) && v.back != 0:
		return a, refusal.New(refusal.Unsupported, "spatial=0 normalises per activation, not per channel; export with spatial=1")
	}
	return v.affine(a), nil
}

// readBatchNorm returns the affine map of an inference batch normalisation of an image.
func readBatchNorm(n *graph.Node) (stencil.Affine, *refusal.Refusal) {
	if perActivation(n) {
		return stencil.Affine{}, refusal.New(refusal.Unsupported, "spatial=0 normalises per activation, not per channel; export with spatial=1")
	}
	return readStatistics(n)
}

// perActivation reports the form up to opset 8 that has a mean for every element of an image. Of a
// matrix that is one per channel.
func perActivation(n *graph.Node) bool { return n.Int("spatial", 1) != 1 }

// readStatistics returns the affine map of an inference batch normalisation:
// y = γ/√(σ²+ε)·(x−μ) + β.
func readStatistics(n *graph.Node) (stencil.Affine, *refusal.Refusal) {
	var none stencil.Affine
	if n.Input(0) == nil || n.Output(0) == nil {
		return none, refusal.New(refusal.Unsupported, "its input or its output is absent")
	}
	if why := inTraining(n); why != nil {
		return none, why
	}
	names := []string{"", "scale", "bias", "mean", "variance"}
	var p [5][]float64
	for i := 1; i < 5; i++ {
		t, why := parameter(n, i, names[i])
		if why != nil {
			return none, why
		}
		if t.Rank() != 1 || i > 1 && t.Len() != len(p[1]) {
			return none, refusal.New(refusal.Unsupported, "%s %q does not hold one number per channel; export with spatial=1", names[i], n.Input(i).Name())
		}
		p[i] = t.Float64s()
	}
	epsilon := float64(n.Float("epsilon", 1e-5))
	scale := make([]float64, len(p[1]))
	for i, gamma := range p[1] {
		variance := p[4][i]
		if variance < 0 || variance+epsilon <= 0 {
			return none, refusal.New(refusal.NonFinite, "variance %q is %g in channel %d; export a checkpoint whose statistics are sound", n.Input(4).Name(), variance, i)
		}
		scale[i] = gamma / math.Sqrt(variance+epsilon)
	}
	return stencil.Affine{Scale: scale, Center: p[3], Shift: p[2]}, nil
}

// inTraining reports a batch normalisation that uses the statistics of the batch. The sign is an
// attribute from opset 14 on, is_test up to opset 6, and the number of outputs in all of them.
func inTraining(n *graph.Node) *refusal.Refusal {
	if n.Int("training_mode", 0) != 0 {
		return refusal.New(refusal.TrainingMode, "training_mode is set; export the model in evaluation mode")
	}
	for i := 1; i < n.NumOutputs(); i++ {
		if n.Output(i) != nil {
			return refusal.New(refusal.TrainingMode, "it has the outputs of training; export the model in evaluation mode")
		}
	}
	if opset := n.Graph().Opset(); opset < 7 && n.Int("is_test", 0) == 0 {
		return refusal.New(refusal.TrainingMode, "is_test is not set in opset %d; export the model in evaluation mode", opset)
	}
	return nil
}
