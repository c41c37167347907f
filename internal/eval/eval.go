// Package eval computes the results of nodes whose inputs are constant. Floating-point numbers are computed
// in float64 and stay unrounded until the model is written, integers are exact, and both are the same bits on
// every machine.
//
// One file holds one kind of operator:
//
//	movement.go    what moves elements: Transpose, Slice, Concat, Expand, Reshape …
//	pad.go         Pad
//	indexing.go    what finds elements by index: Gather, OneHot, Trilu …
//	scatter.go     what puts elements by index: ScatterND …
//	selection.go   what keeps some elements, or reorders them: Compress, NonZero, DepthToSpace …
//	order.go       what compares the elements of one tensor: ArgMax, TopK, Unique, NonMaxSuppression …
//	pointwise.go   what works on each element of its operands: Add, Where, Clip …
//	functions.go   functions of one operand: Sqrt, Floor, Gelu …
//	logic.go       comparisons, tests and shifts of bits
//	reduce.go      ReduceSum, ReduceMean …
//	cumulate.go    what goes along an axis: CumSum, CumProd, RNN, GRU, LSTM
//	products.go    sums of products: MatMul, Gemm, Einsum, Det
//	conv.go        Conv, ConvTranspose, Col2Im
//	pools.go       MaxPool, AveragePool, GlobalAveragePool, MaxUnpool …
//	normalize.go   BatchNormalization, LayerNormalization …
//	resize.go      Resize, Upsample
//	sample.go      what reads an image between its elements: GridSample, RoiAlign, DeformConv
//	softmax.go     Softmax, LogSoftmax, and what is made of them: losses; RotaryEmbedding
//	attention.go   Attention
//	source.go      what makes numbers of sizes and bounds: ConstantOfShape, Range, AffineGrid …; DFT, STFT
//
// The others hold what these have in common:
//
//	numbers.go     conversions between types, and tensors of what was computed
//	margin.go      how far a result may be from that of a runtime
//	rounding.go    which results depend on how another one is rounded
//	libm.go        exp, log, sine, the error function and others, written so that every processor gives the same bits
//
// Where a result jumps, as that of Floor or Less does, it is computed of numbers that the file holds and that are
// the same in every runtime, and of others that are so far from the place where it jumps that rounding cannot move
// them over it.
//
// The element type of a result is the one that package shapes infers, and so are those sizes that do not depend on
// the elements. A node for which it infers no type or other sizes than come out is not computed.
package eval

import (
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/tensor"
)

// Evaluator computes results while its budget lasts.
type Evaluator struct {
	Known    *shapes.Shapes
	MaxBytes int // the size up to which a result may be larger than the inputs it is made from
	Steps    int // multiply-adds and moved elements that are left

	errors   map[*tensor.Tensor]float64      // how far computed constants may be from those of a runtime
	supposed map[*graph.Value]*tensor.Tensor // values that are taken for constants
}

// Result is result i of a node where it is constant, and the number of bytes that it is made from. A list of
// sizes may be constant although an input is not: the shape of an image whose sizes are known.
func (e *Evaluator) Result(n *graph.Node, i int) (t *tensor.Tensor, from int, ok bool) {
	if t, ok := e.sizes(n.Output(i)); ok {
		return t, 0, true
	}
	in, ok := e.constantInputs(n)
	if !ok {
		return nil, 0, false
	}
	node, err := op.Of(n)
	certain, ranked := e.Known.Shape(n.Output(i))
	elem := e.Known.Elem(n.Output(i))
	if err != nil || !ranked || elem == tensor.Undefined {
		return nil, 0, false
	}
	shape, _ := e.Known.Static(n.Output(i))
	from = distinctBytes(in)
	if e.errors == nil {
		e.errors = map[*tensor.Tensor]float64{}
	}
	run := evaluation{Node: node, n: n, in: in, out: i, shape: shape, elem: elem, limit: max(from, e.MaxBytes), work: &e.Steps, errors: e.errors}
	if t, ok = run.evaluate(); ok {
		run.bound(t)
	}
	return t, from, ok && t.Type() == elem && agrees(t.Shape(), certain)
}

// agrees reports whether a shape has the axes and the sizes that are certain.
func agrees(shape []int64, certain []shapes.Dim) bool {
	return slices.EqualFunc(shape, certain, func(size int64, d shapes.Dim) bool {
		number, known := d.Size()
		return !known || number == size
	})
}

// sizes is a list of sizes all of which are known.
func (e *Evaluator) sizes(v *graph.Value) (*tensor.Tensor, bool) {
	if !shapes.MayHoldInts(v) || e.Known.Elem(v) != tensor.Int64 {
		return nil, false
	}
	list, ok := e.Known.Ints(v)
	shape, known := e.Known.Static(v)
	if !ok || !known {
		return nil, false
	}
	values := make([]int64, len(list))
	for i, d := range list {
		if values[i], ok = d.Size(); !ok {
			return nil, false
		}
	}
	return integers(tensor.Int64, shape, values)
}

// constantInputs returns the inputs of n, nil for absent ones; false when one is not constant or of a
// type that is not evaluated. Of CastLike's second input only the type matters.
func (e *Evaluator) constantInputs(n *graph.Node) ([]*tensor.Tensor, bool) {
	count := n.NumInputs()
	if n.Is("CastLike") {
		count = 1
	}
	if count == 0 {
		return nil, false
	}
	in := make([]*tensor.Tensor, count)
	for i := range in {
		v := n.Input(i)
		if v == nil {
			continue
		}
		t := v.Constant()
		if t == nil {
			t = e.supposed[v]
		}
		if t == nil || t.Type().Bits() < 8 {
			return nil, false
		}
		in[i] = t
	}
	return in, in[0] != nil
}

// distinctBytes is the size of the inputs, each counted once.
func distinctBytes(in []*tensor.Tensor) int {
	total, seen := 0, make(map[*tensor.Tensor]bool, len(in))
	for _, t := range in {
		if t != nil && !seen[t] {
			seen[t] = true
			total += t.ByteSize()
		}
	}
	return total
}

// evaluation computes one result of a node over constants. Every method says false where the operator is
// not one that it knows, the operands are unusual, or the result or the work is beyond what is allowed.
type evaluation struct {
	op.Node
	n     *graph.Node
	in    []*tensor.Tensor
	out   int         // the result that is asked for
	shape []int64     // of the result, nil where it depends on the elements
	elem  tensor.Type // of the result
	limit int         // bytes that a result may have
	work  *int        // steps that are left

	errors map[*tensor.Tensor]float64 // of the evaluator
	doubt  *bool                      // whether rounding may turn round a comparison of two elements
}

// spend takes steps from what is left; false when that is less.
func (e evaluation) spend(steps int) bool {
	if steps < 0 || steps > *e.work {
		return false
	}
	*e.work -= steps
	return true
}

// evaluate computes the result.
func (e evaluation) evaluate() (*tensor.Tensor, bool) {
	switch e.n.OpType {
	case "Shape":
		return e.sizesOf()
	case "Size":
		return tensor.Of(nil, int64(e.in[0].Len())), true
	case "Cast", "CastLike":
		return e.cast(e.elem)
	case "BitCast":
		return e.bitCast()
	}
	for _, family := range []func(evaluation) (*tensor.Tensor, bool){
		evaluation.move, evaluation.index, evaluation.scatter, evaluation.selection, evaluation.order, evaluation.product,
		evaluation.convolution, evaluation.pool, evaluation.normalize, evaluation.softmax, evaluation.resize, evaluation.sample, evaluation.reduce,
		evaluation.cumulate, evaluation.source, evaluation.decide, evaluation.pointwise,
	} {
		if t, ok := family(e); ok {
			return t, true
		}
	}
	return nil, false
}

// sizesOf is Shape.
func (e evaluation) sizesOf() (*tensor.Tensor, bool) {
	shape := e.in[0].Shape()
	first, end, err := op.ShapeRange(e.n, len(shape))
	return tensor.Of([]int64{int64(end - first)}, shape[first:end]...), err == nil
}

// strided maps an index into shape to one into from, which is broadcast to it.
func strided(from, shape []int64) func(int) int {
	strides := make([]int, len(shape))
	step := 1
	for i, size := range slices.Backward(from) {
		if size != 1 {
			strides[len(shape)-len(from)+i] = step
		}
		step *= int(size)
	}
	return func(i int) int { return dot(i, shape, strides) }
}
