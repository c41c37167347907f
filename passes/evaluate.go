package passes

import (
	"encoding/binary"
	"math"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/stencil"
	"github.com/acdeploy/acdeploy/tensor"
)

// evaluate computes a node over constants, or says that it is not one of the operators that it
// knows, that its operands are unusual, or that the result has more than limit bytes.
func evaluate(n *graph.Node, in []*tensor.Tensor, limit int) (*tensor.Tensor, bool) {
	e := evaluator{n: n, in: in, limit: limit}
	switch {
	case n.Is("Shape"):
		return e.shape()
	case n.Is("Size"):
		return tensor.Of(nil, int64(in[0].Len())), true
	case n.Is("Cast"):
		return e.cast()
	case n.Is("Reshape"), n.Is("Flatten"), n.Is("Squeeze"), n.Is("Unsqueeze"):
		return e.reshape()
	case n.Is("Transpose"):
		return e.transpose()
	case n.Is("Slice"):
		return e.slice()
	case n.Is("Gather"):
		return e.gather()
	case n.Is("Concat"):
		return e.concat()
	case n.Is("Expand"):
		return e.expand()
	case n.Is("ConstantOfShape"):
		return e.fill()
	case n.Is("Range"):
		return e.sequence()
	case n.Is("Add"), n.Is("Sub"), n.Is("Mul"), n.Is("Div"), n.Is("Neg"), n.Is("Sqrt"):
		return e.arithmetic()
	}
	return nil, false
}

type evaluator struct {
	n     *graph.Node
	in    []*tensor.Tensor
	limit int
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
func (e evaluator) cast() (*tensor.Tensor, bool) {
	to := tensor.Type(e.n.Int("to", 0))
	from := e.in[0]
	if to == from.Type() {
		return from, true
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
		return exactly(to, from.Shape(), values)
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
	t := tensor.Compute(typ, shape, stencil.Vector(values))
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

// arithmetic computes floating-point numbers in float64, unrounded, and integers exactly.
func (e evaluator) arithmetic() (*tensor.Tensor, bool) {
	a, b := e.in[0], e.in[0]
	if len(e.in) == 2 && e.in[1] != nil {
		b = e.in[1]
	}
	if a.Type() != b.Type() || e.n.Graph().Opset() < 7 {
		return nil, false
	}
	shape, ok := broadcast(a.Shape(), b.Shape())
	count, err := tensor.Count(shape)
	if !ok || err != nil || a.Type().ByteSize(count) > e.limit {
		return nil, false
	}
	at, bt := strided(a.Shape(), shape), strided(b.Shape(), shape)
	if a.Type().IsFloat() {
		x, y, out := a.Float64s(), b.Float64s(), make([]float64, count)
		for i := range out {
			out[i] = floatOp(e.n.OpType, x[at(i)], y[bt(i)])
		}
		return floats(a.Type(), shape, out)
	}
	x, okx := a.Int64s()
	y, oky := b.Int64s()
	if !okx || !oky || a.Type() != tensor.Int64 && a.Type() != tensor.Int32 {
		return nil, false
	}
	out := make([]int64, count)
	for i := range out {
		if out[i], ok = intOp(e.n.OpType, x[at(i)], y[bt(i)]); !ok {
			return nil, false
		}
	}
	return integers(a.Type(), shape, out)
}

func floatOp(op string, x, y float64) float64 {
	switch op {
	case "Add":
		return x + y
	case "Sub":
		return x - y
	case "Mul":
		return x * y
	case "Div":
		return x / y
	case "Neg":
		return -x
	}
	return math.Sqrt(x)
}

func intOp(op string, x, y int64) (int64, bool) {
	switch op {
	case "Add":
		return x + y, true
	case "Sub":
		return x - y, true
	case "Mul":
		return x * y, true
	case "Neg":
		return -x, true
	case "Div":
		if y == 0 {
			return 0, false
		}
		return x / y, true
	}
	return 0, false
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
