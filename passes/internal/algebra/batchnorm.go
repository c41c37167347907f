package algebra

import (
	"math"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
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
func PerActivation(n *graph.Node) bool {
	said, err := op.ReadBatchNormalization(n)
	return err == nil && said.PerElement
}

// ReadStatistics returns the affine map of an inference batch normalisation:
// y = γ/√(σ²+ε)·(x−μ) + β.
func ReadStatistics(n *graph.Node) (stencil.Affine, *refusal.Refusal) {
	var none stencil.Affine
	if n.Input(0) == nil || n.Output(0) == nil {
		return none, refusal.New(refusal.Unsupported, "its input or its output is absent; the model is invalid, export it again")
	}
	said, err := op.ReadBatchNormalization(n)
	if err != nil {
		return none, refusal.Of(err)
	}
	if why := inTraining(n, said); why != nil {
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
	scale := make([]float64, len(p[1]))
	for i, gamma := range p[1] {
		variance := p[4][i]
		if variance < 0 || variance+said.Epsilon <= 0 {
			return none, refusal.New(refusal.NonFinite, "variance %q is %g in channel %d; export a checkpoint with valid statistics", n.Input(4).Name(), variance, i)
		}
		scale[i] = gamma / math.Sqrt(variance+said.Epsilon)
	}
	return stencil.Affine{Scale: scale, Center: p[3], Shift: p[2]}, nil
}

// inTraining refuses a batch normalisation that uses the statistics of the batch: it says so, or it has more
// than one result.
func inTraining(n *graph.Node, said op.BatchNormalization) *refusal.Refusal {
	if said.Training && !said.UnlessTest {
		return refusal.New(refusal.TrainingMode, "training_mode is set; export the model in evaluation mode")
	}
	for i := 1; i < n.NumOutputs(); i++ {
		if n.Output(i) != nil {
			return refusal.New(refusal.TrainingMode, "it has the outputs of training mode; export the model in evaluation mode")
		}
	}
	if said.UnlessTest {
		return refusal.New(refusal.TrainingMode, "is_test is not set, which in opset %d means training mode; export the model in evaluation mode", n.Graph().Opset())
	}
	return nil
}
