package passes

import (
	"context"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
)

const foldConstantsDoc = `computes nodes whose inputs are all constant

The constant sub-graphs that exporters leave: shapes and their arithmetic, casts, reshapes, transposes,
slices, gathers, concatenations, fills and element-wise arithmetic. Floating-point results are kept
unrounded until the model is written. One that is larger than max_bytes and than its inputs together is
not stored.`

const defaultMaxBytes = 1 << 20

// maxGrowth bounds, in units of max_bytes, how much one run may add to a model in all, so that a small
// file does not grow out of proportion.
const maxGrowth = 8

// FoldConstants evaluates constant nodes.
type FoldConstants struct {
	// MaxBytes is the size up to which a result may be larger than its inputs.
	MaxBytes int `yaml:"max_bytes"`
}

var _ pipeline.Pass = (*FoldConstants)(nil)

// Run evaluates nodes in order, so that a chain of constants folds in one walk.
func (p *FoldConstants) Run(ctx context.Context, g *graph.Graph) (pipeline.Summary, error) {
	var sum pipeline.Summary
	grown := 0
	for sub := range g.All() {
		for n := range sub.Nodes() {
			out := n.Output(0)
			if n.Is("Constant") || n.NumOutputs() != 1 || out == nil || !out.Used() || out.IsOutput() {
				continue
			}
			in, ok := constantInputs(n)
			if !ok {
				continue
			}
			size := distinctBytes(in)
			t, ok := evaluate(n, in, max(size, p.MaxBytes))
			if !ok || grown+t.ByteSize()-size > maxGrowth*p.MaxBytes {
				continue
			}
			if !pipeline.Allow(ctx) {
				return sum, nil
			}
			grown += max(t.ByteSize()-size, 0)
			label := n.Label()
			replaceByConstant(n, 0, t)
			sum.Rewrote(label, "%s computed, its inputs are constant", n.OpType)
		}
	}
	return sum, nil
}

// distinctBytes is the size of the inputs, each counted once.
func distinctBytes(in []*tensor.Tensor) int {
	total := 0
	for i, t := range in {
		if t != nil && !slices.Contains(in[:i], t) {
			total += t.ByteSize()
		}
	}
	return total
}

// constantInputs returns the inputs of n, nil for absent ones; false when one is not constant or of a
// type that is not evaluated.
func constantInputs(n *graph.Node) ([]*tensor.Tensor, bool) {
	if n.NumInputs() == 0 {
		return nil, false
	}
	in := make([]*tensor.Tensor, n.NumInputs())
	for i, v := range n.Inputs() {
		if v == nil {
			continue
		}
		t := v.Constant()
		if t == nil || t.Type().Bits() < 8 {
			return nil, false
		}
		in[i] = t
	}
	return in, in[0] != nil
}
