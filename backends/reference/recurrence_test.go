package reference

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

func TestRecurrentRefuses(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	x, w, r := noise(rng, 2, 1, 3), noise(rng, 1, 4, 3), noise(rng, 1, 4, 4)
	names := func(list ...string) []*graph.Attr {
		return []*graph.Attr{{Name: "activations", Kind: graph.AttrStrings, Strings: list}}
	}
	for want, m := range map[string]*graph.Model{
		"hidden_size is 5, and R is of shape [1 4 4]":                   oneNode(14, "RNN", []*graph.Attr{graph.IntAttr("hidden_size", 5)}, 1, x, w, r),
		`direction "sideways" is not known`:                             oneNode(14, "RNN", []*graph.Attr{graph.StringAttr("direction", "sideways")}, 1, x, w, r),
		"W is of shape [1 4 3], and needs [2 4 3]":                      oneNode(14, "RNN", []*graph.Attr{graph.StringAttr("direction", "bidirectional")}, 1, x, w, r),
		"W is of shape [1 4 3], and needs [1 16 3]":                     oneNode(14, "LSTM", nil, 1, x, w, r),
		"sequence_lens holds 3, and the sequences have 2 steps":         oneNode(14, "RNN", nil, 1, x, w, r, nil, tensor.Of([]int64{1}, int32(3))),
		"sequence_lens is of shape [2], and the batch is 1":             oneNode(14, "RNN", nil, 1, x, w, r, nil, tensor.Of([]int64{2}, int32(1), 1)),
		"input 4 is float, which its operator does not take":            oneNode(14, "RNN", nil, 1, x, w, r, nil, x),
		"the initial state is of shape [2 1 3], and needs [1 1 4]":      oneNode(14, "RNN", nil, 1, x, w, r, nil, nil, x),
		`activation "Unheard" is not known`:                             oneNode(14, "RNN", names("Unheard"), 1, x, w, r),
		"activations has 2 names, and needs 1":                          oneNode(14, "RNN", names("Tanh", "Tanh"), 1, x, w, r),
		`activation "Affine" needs an entry of activation_alpha`:        oneNode(14, "RNN", names("Affine"), 1, x, w, r),
		"input X of shape [1 4 3 1] and R of shape [1 4 4] need 3 axes": oneNode(14, "RNN", nil, 1, noise(rng, 1, 4, 3, 1), w, r),
		"shape [1048576 1 1048576 16] has more than 134217728 elements": oneNode(14, "RNN", nil, 1, noise(rng, 1<<20, 1<<20, 0), noise(rng, 1, 16, 0), noise(rng, 1, 16, 16)),
	} {
		if _, err := evaluate(m); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// A batch or a state of nothing takes no time, however long the sequence.
func TestEmptyRecurrence(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	got, err := evaluate(oneNode(14, "RNN", nil, 1, noise(rng, 1<<26, 0, 3), noise(rng, 1, 2, 3), noise(rng, 1, 2, 2)))
	if err != nil || got[0].Len() != 0 {
		t.Errorf("%v, %v", got, err)
	}
}
