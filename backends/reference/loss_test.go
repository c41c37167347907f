package reference

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// The loss of two scores that tie is log 2, whatever is ignored beside.
func TestLossIgnores(t *testing.T) {
	x, target := tensor.Of([]int64{2, 2}, 1.0, 1, 5, 9), tensor.Of([]int64{2}, int64(1), -7)
	got, err := evaluate(oneNode(13, "SoftmaxCrossEntropyLoss", []*graph.Attr{graph.IntAttr("ignore_index", -7)}, 1, x, target))
	if err != nil || math.Abs(got[0].Float64s()[0]-math.Ln2) > 1e-15 {
		t.Errorf("%v, %v", got, err)
	}
}

func TestLossRefuses(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	x, target := noise(rng, 2, 3), tensor.Of([]int64{2}, int64(1), 3)
	for want, m := range map[string]*graph.Model{
		"target 3 is outside 3 classes":          oneNode(13, "SoftmaxCrossEntropyLoss", nil, 1, x, target),
		"weight float[2] does not fit 3 classes": oneNode(13, "NegativeLogLikelihoodLoss", nil, 1, x, target, noise(rng, 2)),
		"targets int64[2] do not fit an input":   oneNode(13, "NegativeLogLikelihoodLoss", nil, 1, noise(rng, 3, 3), target),
	} {
		if _, err := evaluate(m); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}
