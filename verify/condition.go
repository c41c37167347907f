package verify

import (
	"context"
	"math"
	"math/rand/v2"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// Conditions is how many times as far as its parameters each output of a model moves, both relative to their
// size. Rounding moves the answers of a network of n layers √n times as far as one number, unless it
// amplifies: a Softmax of large logits does, a difference of large numbers does. There is none where
// float64 cannot run the graph.
func Conditions(ctx context.Context, m *graph.Model, open func(*graph.Model) (Exact, error), inputs []tensor.Map, outputs []tensor.Spec) map[string]float64 {
	moved := m.Clone()
	nudgeParameters(moved)
	before, err := open(m)
	if err != nil {
		return nil
	}
	defer func() { _ = before.Close() }()
	after, err := open(moved)
	if err != nil {
		return nil
	}
	defer func() { _ = after.Close() }()
	pair := Pair{Backend: "float64", Before: RunFunc(before.RunFloat64), After: RunFunc(after.RunFloat64), Outputs: outputs}
	check, err := pair.Compare(ctx, inputs)
	if err != nil {
		return nil
	}
	conditions := map[string]float64{}
	for _, o := range check.Outputs {
		if by := float64(o.MaxRel) / nudge; by > 0 && !math.IsInf(by, 0) {
			conditions[o.Name] = by
		}
	}
	return conditions
}

// nudge is by how much of itself a parameter is moved: little, but far more than float64 rounds.
const nudge = 0x1p-30

// nudgeParameters moves every parameter of a layer up or down, as rounding does.
func nudgeParameters(m *graph.Model) {
	seen := map[*graph.Value]bool{}
	for g := range m.Graph.All() {
		for n := range g.Nodes() {
			if !n.Is("Conv") && !n.Is("ConvTranspose") && !n.Is("Gemm") && !n.Is("MatMul") && !n.Is("BatchNormalization") {
				continue
			}
			for _, v := range n.Inputs() {
				t := v.Constant()
				if t == nil || seen[v] || !t.Type().IsFloat() || !t.Finite() {
					continue
				}
				seen[v] = true
				v.SetData(tensor.Compute(t.Type(), t.Shape(), nudged{t, uint64(len(seen))}))
			}
		}
	}
}

// nudged is a tensor with every number moved.
type nudged struct {
	of   *tensor.Tensor
	salt uint64 // so that no two tensors move alike
}

// Row implements [tensor.Recipe]. Whether a number goes up or down follows from its place.
func (p nudged) Row(dst []float64, row int) {
	p.of.Row(dst, row)
	r := rand.NewPCG(p.salt, uint64(row))
	for i, v := range dst {
		by := nudge
		if r.Uint64()>>63 == 0 {
			by = -nudge
		}
		dst[i] = v + float64(v*by)
	}
}

// MaxAbs implements [tensor.Recipe].
func (p nudged) MaxAbs() float64 { return p.of.MaxAbs() * (1 + nudge) }
