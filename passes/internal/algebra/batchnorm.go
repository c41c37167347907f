package algebra

import (
	"math"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// ReadBatchNorm returns the affine map of an inference batch normalisation of an image.
func ReadBatchNorm(n *graph.Node) (stencil.Affine, *refusal.Refusal) {
	if PerActivation(n) {
		return stencil.Affine{}, refusal.New(refusal.Unsupported, "spatial=0 normalises per activation, not per channel; export with spatial=1")
	}
	return ReadStatistics(n)
}

// PerActivation reports the form up to opset 8 that has a mean for every element of an image. Of a
// matrix that is one per channel.
func PerActivation(n *graph.Node) bool { return n.Int("spatial", 1) != 1 }

// ReadStatistics returns the affine map of an inference batch normalisation:
// y = γ/√(σ²+ε)·(x−μ) + β.
func ReadStatistics(n *graph.Node) (stencil.Affine, *refusal.Refusal) {
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
		t, why := Parameter(n, i, names[i])
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
