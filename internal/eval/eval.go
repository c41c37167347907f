// Package eval computes the results of nodes whose inputs are constant. Floating-point numbers are computed
// in float64 and stay unrounded until the model is written, integers are exact, and both are the same bits on
// every machine.
//
// One file holds one kind of operator:
//
//	movement.go    what moves elements: Transpose, Slice, Concat, Expand, Reshape …
//	indexing.go    what finds or puts elements by index: Gather, ScatterND, OneHot, Trilu …
//	pointwise.go   what works on each element: Add, Where, Clip, Sqrt …
//	reduce.go      ReduceSum, ReduceMean …
//	products.go    sums of products: Conv, MatMul, Gemm, Einsum
//	softmax.go     Softmax, LogSoftmax
//	libm.go        exp, log and others, written so that every processor gives the same bits
//
// The shape and the element type of a result are those that package shapes infers. A node for which it infers
// none, or others than come out, is not computed.
package eval

import (
	"encoding/binary"
	"math"
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
}

// Result is result i of a node where it is constant, and the number of bytes that it is made from. A list of
// sizes may be constant although an input is not: the shape of an image whose sizes are known.
func (e *Evaluator) Result(n *graph.Node, i int) (t *tensor.Tensor, from int, ok bool) {
	if t, ok := e.sizes(n.Output(i)); ok {
		return t, 0, true
	}
	in, ok := constantInputs(n)
	if !ok {
		return nil, 0, false
	}
	node, err := op.Of(n)
	shape, known := e.Known.Static(n.Output(i))
	elem := e.Known.Elem(n.Output(i))
	if err != nil || !known || elem == tensor.Undefined {
		return nil, 0, false
	}
	from = distinctBytes(in)
	t, ok = evaluation{Node: node, n: n, in: in, out: i, shape: shape, elem: elem, limit: max(from, e.MaxBytes), work: &e.Steps}.evaluate()
	return t, from, ok && t.Type() == elem && slices.Equal(t.Shape(), shape)
}

// sizes is a list of sizes all of which are known.
func (e *Evaluator) sizes(v *graph.Value) (*tensor.Tensor, bool) {
	if e.Known.Elem(v) != tensor.Int64 {
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
func constantInputs(n *graph.Node) ([]*tensor.Tensor, bool) {
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
	shape []int64     // of the result
	elem  tensor.Type // of the result
	limit int         // bytes that a result may have
	work  *int        // steps that are left
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
	case "Conv", "MatMul", "Gemm", "Einsum":
		return e.product()
	case "Softmax", "LogSoftmax":
		return e.softmax()
	case "ReduceSum", "ReduceMean", "ReduceProd", "ReduceMax", "ReduceMin", "ReduceSumSquare", "ReduceL1", "ReduceL2":
		return e.reduce()
	}
	if t, ok := e.move(); ok {
		return t, true
	}
	if t, ok := e.index(); ok {
		return t, true
	}
	return e.pointwise()
}

// sizesOf is Shape.
func (e evaluation) sizesOf() (*tensor.Tensor, bool) {
	shape := e.in[0].Shape()
	first, end, err := op.ShapeRange(e.n, len(shape))
	return tensor.Of([]int64{int64(end - first)}, shape[first:end]...), err == nil
}

// cast converts between numbers. Floats convert to integers only where the value is one exactly.
func (e evaluation) cast(to tensor.Type) (*tensor.Tensor, bool) {
	from := e.in[0]
	if to == from.Type() {
		return from, true
	}
	if from.Type().Bits() < 8 || !to.Known() || to.ByteSize(from.Len()) > e.limit || !e.spend(from.Len()) {
		return nil, false
	}
	if ints, ok := from.Int64s(); ok {
		if to.IsFloat() {
			values := make([]float64, len(ints))
			for i, v := range ints {
				values[i] = float64(v)
				if v > 1<<53 || v < -1<<53 {
					return nil, false
				}
			}
			return floats(to, from.Shape(), values)
		}
		return integers(to, from.Shape(), ints)
	}
	if !from.Type().IsFloat() {
		return nil, false
	}
	values := from.Float64s()
	if to.IsFloat() {
		if t, ok := exactly(to, from.Shape(), values); ok || !to.Holds(from.Type()) {
			return t, ok
		}
		return floats(to, from.Shape(), values) // a computed one stays unrounded
	}
	ints := make([]int64, len(values))
	for i, v := range values {
		if v != math.Trunc(v) || math.Abs(v) > 1<<53 {
			return nil, false
		}
		ints[i] = int64(v)
	}
	return integers(to, from.Shape(), ints)
}

// floats makes a tensor of a floating-point type whose values are not rounded before they are written;
// false when one of them is not a finite number of that type.
func floats(typ tensor.Type, shape []int64, values []float64) (*tensor.Tensor, bool) {
	if _, err := tensor.Count(shape); err != nil || !typ.IsFloat() {
		return nil, false
	}
	t := tensor.Compute(typ, shape, tensor.Vector(values))
	return t, t.Finite() && t.Fits()
}

// exactly is [floats] of values that the type holds as they are: what a Cast rounds is not the
// model's own value any more, so such a Cast stays.
func exactly(typ tensor.Type, shape []int64, values []float64) (*tensor.Tensor, bool) {
	t, ok := floats(typ, shape, values)
	if !ok {
		return nil, false
	}
	rounded, ok := t.Rounded()
	if !ok || !slices.Equal(rounded.Float64s(), values) {
		return nil, false
	}
	return rounded, true
}

// integers makes a tensor of int64, int32 or bool; false when a value does not fit.
func integers(typ tensor.Type, shape []int64, values []int64) (*tensor.Tensor, bool) {
	raw := make([]byte, 0, typ.ByteSize(len(values)))
	for _, v := range values {
		switch typ {
		case tensor.Int64:
			raw = binary.LittleEndian.AppendUint64(raw, uint64(v))
		case tensor.Int32:
			if v != int64(int32(v)) {
				return nil, false
			}
			raw = binary.LittleEndian.AppendUint32(raw, uint32(v))
		case tensor.Bool:
			raw = append(raw, map[bool]byte{true: 1}[v != 0])
		default:
			return nil, false
		}
	}
	t, err := tensor.New(typ, shape, raw)
	return t, err == nil
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
