package absorb

import (
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
	"github.com/acdeploy/acdeploy/passes/internal/emit"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
	"github.com/acdeploy/acdeploy/tensor"
)

// matMul is a MatMul by a constant matrix, on the right of [.., K] or on the left of [.., K, L],
// with the Add of a constant after it as its bias if there is one.
type matMul struct {
	node    *graph.Node
	weight  int // which input is the matrix
	product algebra.Matrix
	rank    int // of the other input, −1 where it is not certain
	add     *graph.Node
	bias    []float64
}

// readMatMul reads a MatMul with the Add after it, nil for none.
func readMatMul(n, add *graph.Node, known *shapes.Shapes) (target, *refusal.Refusal) {
	if n.Input(0) == nil || n.Input(1) == nil || n.Output(0) == nil {
		return nil, nil
	}
	h := matMul{node: n, weight: 1, rank: -1}
	if n.Input(0).IsInitializer() && !n.Input(1).IsInitializer() {
		h.weight = 0
	}
	if !n.Input(h.weight).IsInitializer() {
		return nil, quantizedWeight(n)
	}
	w, why := algebra.Parameter(n, h.weight, "weight")
	if why != nil {
		return nil, why
	}
	if w.Rank() != 2 || w.Len() == 0 {
		return nil, nil
	}
	h.product = algebra.MatrixOf(w, h.weight == 0)
	if rank, ok := known.Rank(n.Input(1 - h.weight)); ok {
		h.rank = rank
	}
	if h.rank < 2 && h.weight == 0 {
		return nil, refusal.New(refusal.NotChannel, "the number of axes of %q is not known; export the model with its shapes", n.Input(1).Name())
	}
	if add == nil {
		return h, nil
	}
	operand, _ := algebra.AffineOperand(add)
	c, why := algebra.Parameter(add, 1-operand, "bias")
	if why != nil {
		return nil, why
	}
	var ok bool
	if h.bias, ok = h.result().Constant(c); !ok {
		return nil, refusal.New(refusal.NotChannel, "bias %q of shape [%s] does not hold one number per channel; export it with size 1 on all other axes", add.Input(1-operand).Name(), tensor.FormatShape(c.Shape()))
	}
	h.add = add
	return h, nil
}

// quantizedWeight refuses a MatMul whose matrix comes from quantized numbers.
func quantizedWeight(n *graph.Node) *refusal.Refusal {
	for i := range 2 {
		if n.Input(i).Producer().Is("DequantizeLinear") {
			_, why := algebra.Parameter(n, i, "weight")
			return why
		}
	}
	return nil
}

// matMulBefore is the MatMul to which n adds a constant, when nobody else uses its result.
func matMulBefore(n *graph.Node) *graph.Node {
	operand, ok := algebra.AffineOperand(n)
	if !ok || !op.SpreadsFreely(n.Graph()) {
		return nil
	}
	v := n.Input(operand)
	if m := v.Producer(); m.Is("MatMul") && m.Graph() == n.Graph() && v.OnlyUse() != nil {
		return m
	}
	return nil
}

// biasAfter is the Add of a constant after a MatMul, unless it is the node that stays.
func biasAfter(m, stays *graph.Node) *graph.Node {
	use := m.Output(0).OnlyUse()
	if use == nil || use.Node == stays || !use.Node.Is("Add") || matMulBefore(use.Node) != m {
		return nil
	}
	return use.Node
}

func (h matMul) label() string { return h.node.Label() }

func (h matMul) result() algebra.Axis { return h.axis(h.product.Out) }

func (h matMul) operand() algebra.Axis { return h.axis(h.product.In) }

// axis is the last axis, or the last but one where the matrix is on the left.
func (h matMul) axis(channels int) algebra.Axis {
	v := algebra.Axis{Front: -1, Back: 1 - h.weight, Channels: channels}
	if h.rank > 0 {
		v.Front = h.rank - 1 - v.Back
	}
	return v
}

func (h matMul) after(a stencil.Affine) (change, *refusal.Refusal) {
	w, why := scaleMatrix(h.product, a.Scale, true)
	if why != nil {
		return change{}, why
	}
	return h.with(w, a.Of(h.bias, h.product.Out))
}

func (h matMul) before(a stencil.Affine) (change, *refusal.Refusal) {
	w, why := scaleMatrix(h.product, a.Scale, false)
	if why != nil {
		return change{}, why
	}
	offset := a.Offset(h.product.In)
	if offset == nil {
		return change{apply: func() { emit.SetWeights(h.node, h.weight, w, 0, nil) }}, nil
	}
	return h.with(w, stencil.Affine{Shift: h.product.Times(offset)}.Of(h.bias, h.product.Out))
}

func (h matMul) scaled(out, in []float64) (change, *refusal.Refusal) {
	var why *refusal.Refusal
	if h.product.Data, why = scaleMatrix(h.product, in, false); why != nil {
		return change{}, why
	}
	return h.after(stencil.Affine{Scale: out})
}

// with plans the MatMul with another matrix and bias. The bias goes into the Add after it; without
// one the MatMul of two matrices becomes a Gemm, and any other gets an Add.
func (h matMul) with(w *tensor.Tensor, values []float64) (change, *refusal.Refusal) {
	setMatrix := func() { emit.SetWeights(h.node, h.weight, w, 0, nil) }
	if values == nil {
		return change{apply: setMatrix}, nil
	}
	shape := []int64{int64(h.product.Out)}
	if h.weight == 0 {
		shape = append(shape, 1)
	}
	b, why := emit.Bias(w.Type(), values, shape...)
	if why != nil {
		return change{}, why
	}
	name := emit.BiasName(h.node.Input(h.weight).Name())
	switch {
	case h.add != nil:
		operand, _ := algebra.AffineOperand(h.add)
		return change{apply: func() {
			setMatrix()
			h.node.Output(0).Redefine()
			emit.SetParameter(h.add, 1-operand, name, b)
		}}, nil
	case h.rank == 2 && h.weight == 1 && op.SpreadsFreely(h.node.Graph()):
		return change{apply: func() {
			setMatrix()
			h.node.OpType = "Gemm"
			emit.SetParameter(h.node, 2, name, b)
		}}, nil
	}
	if h.weight == 0 && !op.SpreadsFreely(h.node.Graph()) {
		return change{}, refusal.New(refusal.Unsupported, "its constant would need an Add that broadcasts a column, which opset %d does not have; export with a newer opset", h.node.Graph().Opset())
	}
	return change{adds: 1, apply: func() {
		setMatrix()
		h.addBias(h.node.Graph().NewInitializer(name, b))
	}}, nil
}

// addBias puts an Add of a constant directly after the MatMul.
func (h matMul) addBias(b *graph.Value) {
	g, v := h.node.Graph(), h.node.Output(0)
	n := graph.NewNode("Add", nil, b)
	if h.node.Name != "" {
		n.Name = g.FreshNodeName(emit.BiasName(h.node.Name))
	}
	if !op.SpreadsFreely(g) {
		n.SetAttr(graph.IntAttr("broadcast", 1))
	}
	out := g.NewValue(v.Name())
	n.TakeOutput(out)
	g.InsertAfter(n, h.node)
	graph.ReplaceAllUses(v, out)
	v.Redefine()
	n.SetInput(0, v)
}
