package passes

import (
	"encoding/binary"
	"math"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// evaluator computes one result of a node over constants. Every method says false where the operator is
// not one that it knows, the operands are unusual, or the result or the work is beyond what is allowed.
type evaluator struct {
	n     *graph.Node
	in    []*tensor.Tensor
	out   int         // the result that is asked for
	like  tensor.Type // the element type that CastLike converts to
	limit int         // bytes that a result may have
	work  *int        // steps that are left
}

// spend takes steps from what is left; false when that is less.
func (e evaluator) spend(steps int) bool {
	if steps < 0 || steps > *e.work {
		return false
	}
	*e.work -= steps
	return true
}

// evaluate computes the result.
func (e evaluator) evaluate() (*tensor.Tensor, bool) {
	if !e.n.Is(e.n.OpType) {
		return nil, false
	}
	switch e.n.OpType {
	case "Shape":
		return e.shape()
	case "Size":
		return tensor.Of(nil, int64(e.in[0].Len())), true
	case "Cast":
		return e.cast(tensor.Type(e.n.Int("to", 0)))
	case "CastLike":
		return e.cast(e.like)
	case "Reshape", "Flatten", "Squeeze", "Unsqueeze":
		return e.reshape()
	case "Transpose":
		return e.transpose()
	case "Slice":
		return e.slice()
	case "Gather":
		return e.gather()
	case "Concat":
		return e.concat()
	case "Expand":
		return e.expand()
	case "ConstantOfShape":
		return e.fill()
	case "Range":
		return e.sequence()
	case "Conv", "MatMul", "Gemm", "Einsum":
		return e.product()
	case "Softmax", "LogSoftmax":
		return e.softmax()
	case "ReduceSum", "ReduceMean", "ReduceProd", "ReduceMax", "ReduceMin", "ReduceSumSquare", "ReduceL1", "ReduceL2":
		return e.reduce()
	}
	if t, ok := e.place(); ok {
		return t, true
	}
	return e.pointwise()
}

func (e evaluator) shape() (*tensor.Tensor, bool) {
	shape := e.in[0].Shape()
	rank := int64(len(shape))
	start, end := clampAxis(e.n.Int("start", 0), rank), clampAxis(e.n.Int("end", rank), rank)
	if start > end {
		start = end
	}
	part := shape[start:end]
	return tensor.Of([]int64{int64(len(part))}, part...), true
}

func clampAxis(axis, rank int64) int64 {
	if axis < 0 {
		axis += rank
	}
	return min(max(axis, 0), rank)
}

// cast converts between numbers. Floats convert to integers only where the value is one exactly.
func (e evaluator) cast(to tensor.Type) (*tensor.Tensor, bool) {
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
		if t, ok := exactly(to, from.Shape(), values); ok || !widens(from.Type(), to) {
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
	raw, err := t.Bytes()
	if err != nil {
		return nil, false
	}
	rounded, err := tensor.New(typ, shape, raw)
	if err != nil || !slices.Equal(rounded.Float64s(), values) {
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

// broadcast is the common shape of two shapes by numpy's rule.
func broadcast(a, b []int64) ([]int64, bool) {
	if len(a) < len(b) {
		a, b = b, a
	}
	out := slices.Clone(a)
	for i, size := range b {
		at := len(a) - len(b) + i
		switch {
		case out[at] == size || size == 1:
		case out[at] == 1:
			out[at] = size
		default:
			return nil, false
		}
	}
	return out, true
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
