package passes

import (
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
	"github.com/acdeploy/acdeploy/tensor"
)

// gemmHost is y = α·A·B + β·C with a constant B of K×D numbers, or D×K where it is transposed.
type gemmHost struct {
	node    *graph.Node
	product matrixWeight
	alpha   float64
	bias    []float64 // β·C for each of D columns, nil for none
	front   int       // axes of A before that of K
}

// matrixWeight is a constant matrix that maps K numbers to D.
type matrixWeight struct {
	data    *tensor.Tensor
	outer   bool // D is the first axis
	in, out int  // K and D
}

func readMatrix(t *tensor.Tensor, outer bool) matrixWeight {
	m := matrixWeight{t, outer, int(t.Shape()[0]), int(t.Shape()[1])}
	if outer {
		m.in, m.out = m.out, m.in
	}
	return m
}

// byResult is the matrix with a row of K numbers for each of D results.
func (m matrixWeight) byResult() tensor.Recipe {
	if m.outer {
		return m.data
	}
	return &byColumn{of: m.data, rows: m.in, columns: m.out}
}

// scaled multiplies the results by scale, or the operands.
func (m matrixWeight) scaled(scale []float64, results bool) (*tensor.Tensor, *refusal.Refusal) {
	if results == m.outer {
		return weigh(m.data, scale, func(row, _ int) int { return row })
	}
	return weigh(m.data, scale, func(_, i int) int { return i })
}

// times is the product of the matrix with K numbers.
func (m matrixWeight) times(v []float64) []float64 {
	out := make([]float64, m.out)
	row := make([]float64, m.data.Shape()[1])
	for r := range int(m.data.Shape()[0]) {
		m.data.Row(row, r)
		for i, w := range row {
			if m.outer {
				out[r] += float64(w * v[i])
			} else {
				out[i] += float64(w * v[r])
			}
		}
	}
	return out
}

func readGemm(n *graph.Node) (host, *refusal.Refusal) {
	w, why := parameter(n, 1, "weight")
	if why != nil {
		return nil, why
	}
	if w.Rank() != 2 || w.Len() == 0 {
		return nil, refusal.New(refusal.Unsupported, "weight %q of shape [%s] is not a matrix", n.Input(1).Name(), tensor.FormatShape(w.Shape()))
	}
	h := gemmHost{node: n, product: readMatrix(w, n.Int("transB", 0) != 0), alpha: float64(n.Float("alpha", 1)), front: 1}
	if n.Int("transA", 0) != 0 {
		h.front = 0
	}
	beta := float64(n.Float("beta", 1))
	if n.Input(2) == nil {
		return h, nil
	}
	c, why := parameter(n, 2, "bias")
	if why != nil {
		return nil, why
	}
	var ok bool
	if h.bias, ok = h.result().constant(c); !ok {
		return nil, refusal.New(refusal.NotChannel, "bias %q of shape [%s] is not one number for each of %d columns; export it as a row",
			n.Input(2).Name(), tensor.FormatShape(c.Shape()), h.product.out)
	}
	scaled := make([]float64, len(h.bias))
	for i, v := range h.bias {
		scaled[i] = float64(beta * v)
	}
	h.bias = scaled
	return h, nil
}

func (h gemmHost) label() string { return h.node.Label() }

func (h gemmHost) result() view { return view{front: 1, channels: h.product.out} }

func (h gemmHost) operand() view {
	return view{front: h.front, back: 1 - h.front, channels: h.product.in}
}

// after is α·A·(B·a) + a·(β·C − center) + shift.
func (h gemmHost) after(a stencil.Affine) (change, *refusal.Refusal) {
	w, why := h.product.scaled(a.Scale, true)
	if why != nil {
		return change{}, why
	}
	return h.with(w, a.Of(h.bias, h.product.out))
}

// before is α·A·(s·B) + α·(t·B) + β·C, where the map is s·x + t.
func (h gemmHost) before(a stencil.Affine) (change, *refusal.Refusal) {
	w, why := h.product.scaled(a.Scale, false)
	if why != nil {
		return change{}, why
	}
	offset := a.Offset(h.product.in)
	if offset == nil {
		return change{apply: func() { setWeights(h.node, 1, w, 2, nil) }}, nil
	}
	sum := h.product.times(offset)
	for i := range sum {
		sum[i] = float64(h.alpha * sum[i])
		if h.bias != nil {
			sum[i] += h.bias[i]
		}
	}
	return h.with(w, sum)
}

// with plans the Gemm with another B, and a C that takes β in.
func (h gemmHost) with(w *tensor.Tensor, c []float64) (change, *refusal.Refusal) {
	var b *tensor.Tensor
	if c != nil {
		var why *refusal.Refusal
		if b, why = bias(w.Type(), c, int64(h.product.out)); why != nil {
			return change{}, why
		}
	}
	return change{apply: func() {
		setWeights(h.node, 1, w, 2, b)
		if b == nil {
			return
		}
		if h.node.Attr("beta") != nil {
			h.node.SetAttr(graph.FloatAttr("beta", 1))
		}
		if h.node.Graph().Opset() < 7 {
			h.node.SetAttr(graph.IntAttr("broadcast", 1))
		}
	}}, nil
}
