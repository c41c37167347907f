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

// gemm is a Gemm with constant parameters.
type gemm struct {
	node *graph.Node
	algebra.Gemm
}

func readGemm(n *graph.Node) (target, *refusal.Refusal) {
	g, why := algebra.ReadGemm(n)
	if why != nil {
		return nil, why
	}
	return gemm{n, g}, nil
}

func (h gemm) label() string { return h.node.Label() }

func (h gemm) result() algebra.Axis { return algebra.Axis{Front: 1, Channels: h.Product.Out} }

func (h gemm) operand() algebra.Axis {
	return algebra.Axis{Front: h.Front, Back: 1 - h.Front, Channels: h.Product.In}
}

// after is α·A·(B·a) + a·(β·C − center) + shift.
func (h gemm) after(a stencil.Affine) (change, *refusal.Refusal) {
	w, why := scaleMatrix(h.Product, a.Scale, true)
	if why != nil {
		return change{}, why
	}
	return h.with(w, a.Of(h.Bias, h.Product.Out))
}

// before is α·A·(s·B) + α·(t·B) + β·C, where the map is s·x + t.
func (h gemm) before(a stencil.Affine) (change, *refusal.Refusal) {
	w, why := scaleMatrix(h.Product, a.Scale, false)
	if why != nil {
		return change{}, why
	}
	offset := a.Offset(h.Product.In)
	if offset == nil {
		return change{apply: func() { emit.SetWeights(h.node, 1, w, 2, nil) }}, nil
	}
	sum := h.Product.Times(offset)
	for i := range sum {
		sum[i] = float64(h.Alpha * sum[i])
		if h.Bias != nil {
			sum[i] += h.Bias[i]
		}
	}
	return h.with(w, sum)
}

func (h gemm) scaled(out, in []float64) (change, *refusal.Refusal) {
	var why *refusal.Refusal
	if h.Product.Data, why = scaleMatrix(h.Product, in, false); why != nil {
		return change{}, why
	}
	return h.after(stencil.Affine{Scale: out})
}

// with plans the Gemm with another B, and a C that takes β in.
func (h gemm) with(w *tensor.Tensor, c []float64) (change, *refusal.Refusal) {
	var b *tensor.Tensor
	if c != nil {
		var why *refusal.Refusal
		if b, why = emit.Bias(w.Type(), c, int64(h.Product.Out)); why != nil {
			return change{}, why
		}
	}
	return change{apply: func() {
		emit.SetWeights(h.node, 1, w, 2, b)
		if b == nil {
			return
		}
		if h.node.Attr("beta") != nil {
			h.node.SetAttr(graph.FloatAttr("beta", 1))
		}
		if !op.SpreadsFreely(h.node.Graph()) {
			h.node.SetAttr(graph.IntAttr("broadcast", 1))
		}
	}}, nil
}

// scaleMatrix multiplies the results of a matrix by scale, or its operands.
func scaleMatrix(m algebra.Matrix, scale []float64, results bool) (*tensor.Tensor, *refusal.Refusal) {
	if results == m.Outer {
		return emit.Scaled(m.Data, scale, func(row, _ int) int { return row })
	}
	return emit.Scaled(m.Data, scale, func(_, i int) int { return i })
}
