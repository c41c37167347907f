package passes

import (
	"context"
	"math"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/stencil"
)

const foldBatchNormDoc = `folds a batch normalisation into the convolution beside it

Before: BatchNormalization(Conv(x, W, b), γ, β, μ, σ²)
After:  Conv(x, a·W, a·(b−μ)+β) with a = γ/√(σ²+ε), per output channel

A batch normalisation in front of a convolution folds too, when the convolution reads no padding.
The parameters must be constant and finite, and nobody else may use the value in between.`

// FoldBatchNorm folds BatchNormalization into Conv.
type FoldBatchNorm struct{}

var _ pipeline.Pass = (*FoldBatchNorm)(nil)

// Run folds every batch normalisation that it can.
func (*FoldBatchNorm) Run(ctx context.Context, g *graph.Graph) (pipeline.Summary, error) {
	var sum pipeline.Summary
	for sub := range g.All() {
		for n := range sub.Nodes() {
			if !n.Is("BatchNormalization") {
				continue
			}
			a, why := readBatchNorm(n)
			if !foldNode(ctx, n, 0, a, why, &sum) {
				return sum, nil
			}
		}
	}
	return sum, nil
}

// readBatchNorm returns the affine map of an inference batch normalisation:
// y = γ/√(σ²+ε)·(x−μ) + β.
func readBatchNorm(n *graph.Node) (stencil.Affine, *refusal) {
	var none stencil.Affine
	if n.Input(0) == nil || n.Output(0) == nil {
		return none, refuse(Unsupported, "its input or its output is absent")
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
			return none, refuse(Unsupported, "%s %q does not hold one number per channel", names[i], n.Input(i).Name())
		}
		p[i] = t.Float64s()
	}
	epsilon := float64(n.Float("epsilon", 1e-5))
	scale := make([]float64, len(p[1]))
	for i, gamma := range p[1] {
		variance := p[4][i]
		if variance < 0 || variance+epsilon <= 0 {
			return none, refuse(NonFinite, "variance %q is %g in channel %d", n.Input(4).Name(), variance, i)
		}
		scale[i] = gamma / math.Sqrt(variance+epsilon)
	}
	return stencil.Affine{Scale: scale, Center: p[3], Shift: p[2]}, nil
}

// inTraining reports a batch normalisation that uses the statistics of the batch. The sign is an
// attribute from opset 14 on, is_test up to opset 6, and the number of outputs in all of them.
func inTraining(n *graph.Node) *refusal {
	if n.Int("training_mode", 0) != 0 {
		return refuse(TrainingMode, "training_mode is set; export the model in evaluation mode")
	}
	for i := 1; i < n.NumOutputs(); i++ {
		if n.Output(i) != nil {
			return refuse(TrainingMode, "it has the outputs of training; export the model in evaluation mode")
		}
	}
	if opset := n.Graph().Opset(); opset < 7 && n.Int("is_test", 0) == 0 {
		return refuse(TrainingMode, "is_test is not set in opset %d; export the model in evaluation mode", opset)
	}
	if n.Int("spatial", 1) != 1 {
		return refuse(Unsupported, "spatial=0 normalises per activation, not per channel")
	}
	return nil
}
