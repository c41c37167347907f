package eval

import (
	"math"
	"slices"

	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/tensor"
)

// pointwise computes an operator on the elements: floating-point numbers in float64, unrounded, and
// integers exactly.
func (e evaluation) pointwise() (*tensor.Tensor, bool) {
	if _, old := op.ReadOldBroadcast(e.n); old {
		return nil, false
	}
	operator := e.n.OpType
	switch operator {
	case "Where":
		return e.where()
	case "Clip":
		return e.clip()
	case "Add", "Sub", "Mul", "Div", "Pow", "Mod", "PRelu", "And", "Or", "Xor", "BitwiseAnd", "BitwiseOr", "BitwiseXor":
		if len(e.in) != 2 {
			return nil, false
		}
	case "Sum", "Max", "Min", "Mean":
	default:
		return e.function()
	}
	out := e.in[0]
	for _, next := range e.in[1:] {
		if next == nil {
			return nil, false
		}
		var ok bool
		if out, ok = e.pair(operator, out, next); !ok {
			return nil, false
		}
	}
	if operator == "Mean" && len(e.in) > 1 {
		count := float64(len(e.in))
		return e.each(out, func(v float64) float64 { return v / count }, false)
	}
	return out, true
}

// pair computes an operator on two tensors of one type.
func (e evaluation) pair(op string, a, b *tensor.Tensor) (*tensor.Tensor, bool) {
	if op == "Pow" && b.Type() != a.Type() {
		return e.raised(a, b)
	}
	shape, at, bt, ok := e.aligned(a, b)
	logical := op == "And" || op == "Or" || op == "Xor"
	if !ok || a.Type() != b.Type() || logical != (a.Type() == tensor.Bool) {
		return nil, false
	}
	count, _ := tensor.Count(shape)
	if a.Type().IsFloat() {
		return e.pairOfFloats(op, a, b, shape, at, bt)
	}
	x, okx := a.Int64s()
	y, oky := b.Int64s()
	if !okx || !oky {
		return nil, false
	}
	if op == "Mod" && e.Flag("fmod") {
		op = "Remainder"
	}
	out := make([]int64, count)
	for i := range out {
		if out[i], ok = intOp(op, x[at(i)], y[bt(i)]); !ok {
			return nil, false
		}
	}
	return integers(a.Type(), shape, out)
}

// pairOfFloats is [evaluation.pair] of floating-point numbers. What each runtime rounds once, and needs no rounding, is known
// to the last bit.
func (e evaluation) pairOfFloats(op string, a, b *tensor.Tensor, shape []int64, at, bt func(int) int) (*tensor.Tensor, bool) {
	f := floatOp(op)
	stored := !a.Computed() && !b.Computed()
	if op == "Mod" {
		// A remainder jumps. It needs no rounding itself.
		if !stored || !e.Flag("fmod") {
			return nil, false
		}
		f = math.Mod
	}
	if f == nil {
		return nil, false
	}
	x, y := a.Float64s(), b.Float64s()
	count, _ := tensor.Count(shape)
	out := make([]float64, count)
	for i := range out {
		out[i] = f(x[at(i)], y[bt(i)])
	}
	switch {
	case stored && roundsOnce(op):
		return settled(a.Type(), shape, out)
	case stored && op == "Pow" && !slices.ContainsFunc(y, isNoSmallPower):
		return countable(a.Type(), shape, out, slices.Concat(x, out))
	}
	return floats(a.Type(), shape, out)
}

// isNoSmallPower reports an exponent of which runtimes may not make a product.
func isNoSmallPower(y float64) bool { return y != 1 && y != 2 && y != 3 }

// raised is a Pow whose exponent is of another type.
func (e evaluation) raised(a, b *tensor.Tensor) (*tensor.Tensor, bool) {
	shape, at, bt, ok := e.aligned(a, b)
	if !ok || !a.Type().IsFloat() || !b.Type().IsFloat() && !b.Type().IsInteger() {
		return nil, false
	}
	x, y := a.Float64s(), b.Float64s()
	count, _ := tensor.Count(shape)
	out := make([]float64, count)
	for i := range out {
		out[i] = power(x[at(i)], y[bt(i)])
	}
	if !a.Computed() && !b.Computed() && !slices.ContainsFunc(y, isNoSmallPower) {
		return countable(a.Type(), shape, out, slices.Concat(x, out))
	}
	return floats(a.Type(), shape, out)
}

// aligned is the common shape of two tensors, and where in each an element of it is. It takes the steps
// and checks the limit.
func (e evaluation) aligned(a, b *tensor.Tensor) (shape []int64, at, bt func(int) int, ok bool) {
	shape, ok = op.Broadcast(a.Shape(), b.Shape())
	count, err := tensor.Count(shape)
	if !ok || err != nil || max(a.Type().ByteSize(count), count) > e.limit || !e.spend(count) {
		return nil, nil, nil, false
	}
	return shape, strided(a.Shape(), shape), strided(b.Shape(), shape), true
}

// floatOp is an operator on two floating-point numbers, nil for one that is not known.
func floatOp(op string) func(x, y float64) float64 {
	switch op {
	case "Add", "Sum", "Mean":
		return func(x, y float64) float64 { return x + y }
	case "Sub":
		return func(x, y float64) float64 { return x - y }
	case "Mul":
		return func(x, y float64) float64 { return x * y }
	case "Div":
		return func(x, y float64) float64 { return x / y }
	case "Max":
		return func(x, y float64) float64 { return max(x, y) }
	case "Min":
		return func(x, y float64) float64 { return min(x, y) }
	case "Pow":
		return power
	case "PRelu":
		return func(x, y float64) float64 { return max(x, 0) + float64(y*min(x, 0)) }
	}
	return nil
}

// roundsOnce reports an operator whose result every runtime rounds once.
func roundsOnce(op string) bool {
	switch op {
	case "Add", "Sub", "Mul", "Div", "Max", "Min", "PRelu", "Mod":
		return true
	}
	return false
}

// intOp is an operator on two integers; false where it is not defined, or not known.
func intOp(op string, x, y int64) (int64, bool) {
	switch op {
	case "Add", "Sum":
		return x + y, true
	case "Sub":
		return x - y, true
	case "Mul":
		return x * y, true
	case "Max":
		return max(x, y), true
	case "Min":
		return min(x, y), true
	case "And", "BitwiseAnd":
		return x & y, true
	case "Or", "BitwiseOr":
		return x | y, true
	case "Xor", "BitwiseXor":
		return x ^ y, true
	}
	if op == "Pow" {
		return integerPower(x, y)
	}
	if y == 0 || y == -1 && x == math.MinInt64 {
		return 0, false
	}
	switch op {
	case "Div": // toward zero
		return x / y, true
	case "Remainder": // of the sign of the dividend
		return x % y, true
	case "Mod": // of the sign of the divisor
		r := x % y
		if r != 0 && (r < 0) != (y < 0) {
			r += y
		}
		return r, true
	}
	return 0, false
}

// integerPower is xʸ where float64 holds it.
func integerPower(x, y int64) (int64, bool) {
	v := power(float64(x), float64(y))
	return int64(v), y >= 0 && y <= 64 && max(v, -v) < 1<<53 // at 2⁵³ itself a number above it may have been rounded
}

func (e evaluation) where() (*tensor.Tensor, bool) {
	if len(e.in) != 3 || e.in[1] == nil || e.in[2] == nil || e.in[0].Type() != tensor.Bool {
		return nil, false
	}
	inner, ok1 := op.Broadcast(e.in[1].Shape(), e.in[2].Shape())
	shape, ok2 := op.Broadcast(e.in[0].Shape(), inner)
	cond, ok3 := e.in[0].Int64s()
	if !ok1 || !ok2 || !ok3 {
		return nil, false
	}
	c, x, y := strided(e.in[0].Shape(), shape), strided(e.in[1].Shape(), shape), strided(e.in[2].Shape(), shape)
	return e.chosen(e.in[1:], shape, func(i int) (int, int) {
		if cond[c(i)] != 0 {
			return 0, x(i)
		}
		return 1, y(i)
	})
}

func (e evaluation) clip() (*tensor.Tensor, bool) {
	if lo, hi, ok := op.ClipBounds(e.n); ok {
		return e.each(e.in[0], func(v float64) float64 { return min(max(v, lo), hi) }, true)
	}
	out := e.in[0]
	for i, operator := range []string{"Max", "Min"} {
		if i+1 >= len(e.in) || e.in[i+1] == nil {
			continue
		}
		if e.in[i+1].Rank() != 0 {
			return nil, false
		}
		var ok bool
		if out, ok = e.pair(operator, out, e.in[i+1]); !ok {
			return nil, false
		}
	}
	return out, true
}
