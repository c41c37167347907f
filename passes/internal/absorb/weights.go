package absorb

import (
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
	"github.com/acdeploy/acdeploy/tensor"
)

// Weights are the numbers of a layer.
type Weights struct {
	Data           *tensor.Tensor
	Out, In, Group int
	// At is the output channel and the input channel that an element of Data joins: the i-th of a row.
	At func(row, i int) (out, in int)
	// Bias is one number for each output channel, nil for none.
	Bias []float64
	// Shared says that another node reads Data, too, so that it would be in a file twice if the layer had another one.
	Shared bool
}

// Weights are those of the layer when it was found.
func (l Layer) Weights() Weights {
	var w Weights
	at := 1
	switch h := l.target.(type) {
	case convTarget:
		w = Weights{Out: h.conv.Out, In: h.conv.In, Group: h.conv.Group, Bias: h.conv.Bias}
		taps, perGroup, outOfGroup := stencil.Product(h.conv.Kernel...), h.conv.In/h.conv.Group, h.conv.Out/h.conv.Group
		w.At = func(row, i int) (int, int) { return row, row/outOfGroup*perGroup + i/taps }
	case convTranspose:
		w = Weights{Out: h.out, In: int(h.weight.Shape()[0]), Group: h.group, Bias: h.bias}
		rows, taps := w.In/h.group, h.weight.Len()/w.In/h.column
		w.At = func(row, i int) (int, int) { return row/rows*h.column + i/taps, row }
	case gemm:
		w = weightsOf(h.Product, h.Bias)
	case matMul:
		w, at = weightsOf(h.product, h.bias), h.weight
	}
	w.Data = l.Node.Input(at).Constant()
	w.Shared = l.Node.Input(at).OnlyUse() == nil
	return w
}

// weightsOf is a matrix as the weights of a layer.
func weightsOf(m algebra.Matrix, bias []float64) Weights {
	w := Weights{Out: m.Out, In: m.In, Group: 1, Bias: bias, At: func(row, i int) (int, int) { return i, row }}
	if m.Outer {
		w.At = func(row, i int) (int, int) { return row, i }
	}
	return w
}
