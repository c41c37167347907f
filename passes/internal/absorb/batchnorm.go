package absorb

import (
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
	"github.com/acdeploy/acdeploy/passes/internal/emit"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
	"github.com/acdeploy/acdeploy/tensor"
)

// batchNorm is a batch normalisation that has no linear operator next to it, a·(x − μ) + β. Two affine
// maps in a row are one.
type batchNorm struct {
	node *graph.Node
	norm stencil.Affine
	back int
}

// readBatchNorm returns nil for a batch normalisation that cannot be read: it is no target, and says why as a
// node of its own.
func readBatchNorm(n *graph.Node, known *shapes.Shapes) (target, *refusal.Refusal) {
	a, why := algebra.ReadBatchNorm(n)
	rank, ok := known.Rank(n.Input(0))
	if why != nil || !ok || rank < 2 {
		return nil, nil
	}
	return batchNorm{n, a, rank - 2}, nil
}

func (h batchNorm) label() string { return h.node.Label() }

func (h batchNorm) result() algebra.Axis {
	return algebra.Axis{Front: 1, Back: h.back, Channels: len(h.norm.Scale)}
}

func (h batchNorm) operand() algebra.Axis { return h.result() }

// after is s·(a·(x − μ) + β − c) + t: γ and β change.
func (h batchNorm) after(a stencil.Affine) (change, *refusal.Refusal) {
	return h.with(a.Scale, a.Of(h.norm.Shift, len(h.norm.Scale)), nil)
}

// before is a·(s·(x − c) + t − μ) + β: the center becomes c + (μ − t)/s. Where s is zero nothing of x is
// left, and β takes what is.
func (h batchNorm) before(m stencil.Affine) (change, *refusal.Refusal) {
	n := len(h.norm.Scale)
	center, shift := make([]float64, n), append([]float64{}, h.norm.Shift...)
	at := m.Of(nil, n) // of zero: t − s·c
	for i, mean := range h.norm.Center {
		rest := mean
		if at != nil {
			rest -= at[i]
		}
		switch {
		case m.Scale == nil:
			center[i] = rest
		case m.Scale[i] == 0:
			shift[i] -= float64(h.norm.Scale[i] * rest)
		default:
			center[i] = rest / m.Scale[i]
		}
	}
	return h.with(m.Scale, shift, center)
}

// scaled is never asked for: a batch normalisation is no layer.
func (h batchNorm) scaled(out, in []float64) (change, *refusal.Refusal) {
	if in != nil {
		return change{}, refusal.New(refusal.Unsupported, "fold the batch normalisation %s first", h.label())
	}
	return h.after(stencil.Affine{Scale: out})
}

// with plans the batch normalisation with γ multiplied by scale, and another β and μ; nil keeps them.
func (h batchNorm) with(scale, shift, center []float64) (change, *refusal.Refusal) {
	var made [4]*tensor.Tensor // for the inputs from γ on
	var why *refusal.Refusal
	if made[1], why = emit.Scaled(h.node.Input(1).Constant(), scale, func(row, _ int) int { return row }); why != nil {
		return change{}, why
	}
	for i, values := range [][]float64{shift, center} {
		if values == nil {
			continue
		}
		if made[2+i], why = emit.Bias(h.node.Input(2+i).Elem(), values, int64(len(values))); why != nil {
			return change{}, why
		}
	}
	return change{apply: func() {
		for i, t := range made {
			if t != nil && t != h.node.Input(i).Constant() {
				emit.SetParameter(h.node, i, h.node.Input(i).Name(), t)
			}
		}
	}}, nil
}
