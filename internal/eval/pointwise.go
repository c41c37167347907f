package eval

import (
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
	case "Not":
		return e.compare(e.in[0], tensor.Of(nil, false), "Equal")
	case "Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual":
		if len(e.in) != 2 || e.in[1] == nil {
			return nil, false
		}
		return e.compare(e.in[0], e.in[1], operator)
	case "Add", "Sub", "Mul", "Div", "Pow", "Mod", "And", "Or", "Xor":
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
		return e.each(out, func(v float64) float64 { return v / count })
	}
	return out, true
}

// pair computes an operator on two tensors of one type.
func (e evaluation) pair(op string, a, b *tensor.Tensor) (*tensor.Tensor, bool) {
	shape, at, bt, ok := e.aligned(a, b)
	logical := op == "And" || op == "Or" || op == "Xor"
	if !ok || a.Type() != b.Type() || logical != (a.Type() == tensor.Bool) {
		return nil, false
	}
	count, _ := tensor.Count(shape)
	if a.Type().IsFloat() {
		f := floatOp(op)
		if f == nil {
			return nil, false
		}
		x, y, out := a.Float64s(), b.Float64s(), make([]float64, count)
		for i := range out {
			out[i] = f(x[at(i)], y[bt(i)])
		}
		return floats(a.Type(), shape, out)
	}
	x, okx := a.Int64s()
	y, oky := b.Int64s()
	if !okx || !oky {
		return nil, false
	}
	out := make([]int64, count)
	for i := range out {
		if out[i], ok = intOp(op, x[at(i)], y[bt(i)]); !ok {
			return nil, false
		}
	}
	return integers(a.Type(), shape, out)
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
	}
	return nil
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
	case "And":
		return x & y, true
	case "Or":
		return x | y, true
	case "Xor":
		return x ^ y, true
	}
	// The runtimes do not agree on what division by negative numbers leaves.
	if y == 0 || y < 0 || x < 0 && op == "Mod" {
		return 0, false
	}
	switch op {
	case "Div":
		return x / y, true
	case "Mod":
		return x % y, true
	}
	return 0, false
}

// compare computes a comparison.
func (e evaluation) compare(a, b *tensor.Tensor, op string) (*tensor.Tensor, bool) {
	shape, at, bt, ok := e.aligned(a, b)
	if !ok || a.Type() != b.Type() {
		return nil, false
	}
	count, _ := tensor.Count(shape)
	var order func(i int) (less, equal bool)
	if a.Type().IsFloat() {
		// What a comparison sees is rounded.
		if a.Computed() || b.Computed() {
			return nil, false
		}
		x, y := a.Float64s(), b.Float64s()
		order = func(i int) (bool, bool) { return x[at(i)] < y[bt(i)], x[at(i)] == y[bt(i)] }
		if !a.Finite() || !b.Finite() {
			return nil, false
		}
	} else {
		x, okx := a.Int64s()
		y, oky := b.Int64s()
		if !okx || !oky {
			return nil, false
		}
		order = func(i int) (bool, bool) { return x[at(i)] < y[bt(i)], x[at(i)] == y[bt(i)] }
	}
	out := make([]int64, count)
	for i := range out {
		less, equal := order(i)
		holds := map[string]bool{"Equal": equal, "Less": less, "LessOrEqual": less || equal, "Greater": !less && !equal, "GreaterOrEqual": !less}
		if holds[op] {
			out[i] = 1
		}
	}
	return integers(tensor.Bool, shape, out)
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
		return e.each(e.in[0], func(v float64) float64 { return min(max(v, lo), hi) })
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

// each computes a function of every element of a floating-point tensor.
func (e evaluation) each(x *tensor.Tensor, f func(float64) float64) (*tensor.Tensor, bool) {
	if !x.Type().IsFloat() || x.ByteSize() > e.limit || !e.spend(8*x.Len()) {
		return nil, false
	}
	out := x.Float64s()
	for i, v := range out {
		out[i] = f(v)
	}
	return floats(x.Type(), x.Shape(), out)
}

// function computes a function of one operand.
func (e evaluation) function() (*tensor.Tensor, bool) {
	if len(e.in) != 1 {
		return nil, false
	}
	x, op := e.in[0], e.n.OpType
	if ints, ok := x.Int64s(); ok && x.Type() != tensor.Bool {
		for i, v := range ints {
			switch op {
			case "Neg":
				ints[i] = -v
			case "Abs":
				ints[i] = max(v, -v)
			case "Relu":
				ints[i] = max(v, 0)
			default:
				return nil, false
			}
		}
		return integers(x.Type(), x.Shape(), ints)
	}
	f := portable(op)
	if op == "HardSigmoid" {
		a, b := e.Float("alpha"), e.Float("beta")
		f = func(v float64) float64 { return max(0, min(1, float64(a*v)+b)) }
	}
	if op == "Elu" {
		a := e.Float("alpha")
		f = func(v float64) float64 { return max(v, 0) + float64(a*(exp(min(v, 0))-1)) }
	}
	if op == "LeakyRelu" {
		a := e.Float("alpha")
		f = func(v float64) float64 { return max(v, 0) + float64(a*min(v, 0)) }
	}
	if f == nil {
		return nil, false
	}
	return e.each(x, f)
}
