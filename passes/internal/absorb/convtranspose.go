package absorb

import (
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
	"github.com/acdeploy/acdeploy/passes/internal/emit"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
	"github.com/acdeploy/acdeploy/tensor"
)

// convTranspose is a transposed convolution. Its weight is [C, D/g, k…]: output channel o of D is
// column o mod D/g of the rows of its group.
type convTranspose struct {
	node        *graph.Node
	weight      *tensor.Tensor
	bias        []float64
	group       int
	out, column int // D and D/g
}

func readConvTranspose(n *graph.Node) (target, *refusal.Refusal) {
	w, why := algebra.Parameter(n, 1, "weight")
	if why != nil {
		return nil, why
	}
	shape := w.Shape()
	says, err := op.ReadConvTranspose(n, shape)
	if err != nil {
		return nil, refusal.Of(err)
	}
	if w.Len() == 0 {
		return nil, refusal.New(refusal.Unsupported, "weight %q is empty; the model is invalid, export it again", n.Input(1).Name())
	}
	h := convTranspose{node: n, weight: w, group: says.Group, column: int(shape[1]), out: int(shape[1]) * says.Group}
	if n.Input(2) != nil {
		b, why := algebra.Parameter(n, 2, "bias")
		if why != nil {
			return nil, why
		}
		if h.bias = b.Float64s(); len(h.bias) != h.out {
			return nil, refusal.New(refusal.Unsupported, "bias %q has %d numbers for %d channels; the model is invalid, export it again", n.Input(2).Name(), len(h.bias), h.out)
		}
	}
	return h, nil
}

func (h convTranspose) label() string { return h.node.Label() }

func (h convTranspose) result() algebra.Axis {
	return algebra.Axis{Front: 1, Back: h.weight.Rank() - 2, Channels: h.out}
}

func (h convTranspose) operand() algebra.Axis {
	return algebra.Axis{Front: 1, Back: h.weight.Rank() - 2, Channels: int(h.weight.Shape()[0])}
}

func (h convTranspose) after(a stencil.Affine) (change, *refusal.Refusal) {
	w, why := h.scaledResults(a.Scale)
	if why != nil {
		return change{}, why
	}
	var b *tensor.Tensor
	if moved := a.Of(h.bias, h.out); moved != nil {
		if b, why = emit.Bias(h.weight.Type(), moved, int64(h.out)); why != nil {
			return change{}, why
		}
	}
	return change{apply: func() { emit.SetWeights(h.node, 1, w, 2, b) }}, nil
}

// before takes a scale in. A constant it does not: how often one is added depends on the position.
func (h convTranspose) before(a stencil.Affine) (change, *refusal.Refusal) {
	channels := int(h.weight.Shape()[0])
	if a.Offset(channels) != nil {
		return change{}, refusal.New(refusal.PaddingMode, "a constant before a transposed convolution is not a constant after it; a scale alone folds")
	}
	w, why := emit.Scaled(h.weight, a.Scale, func(row, _ int) int { return row })
	return change{apply: func() { emit.SetWeights(h.node, 1, w, 2, nil) }}, why
}

func (h convTranspose) scaled(out, in []float64) (change, *refusal.Refusal) {
	var why *refusal.Refusal
	if h.weight, why = emit.Scaled(h.weight, in, func(row, _ int) int { return row }); why != nil {
		return change{}, why
	}
	return h.after(stencil.Affine{Scale: out})
}

// scaledResults is the weight with each output channel multiplied by a number.
func (h convTranspose) scaledResults(scale []float64) (*tensor.Tensor, *refusal.Refusal) {
	rows := int(h.weight.Shape()[0]) / h.group
	taps := h.weight.Len() / int(h.weight.Shape()[0]) / h.column
	return emit.Scaled(h.weight, scale, func(row, i int) int { return row/rows*h.column + i/taps })
}
