package eval

import (
	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/tensor"
)

// cumulate computes CumSum and CumProd: each element becomes the sum or product of those up to it.
func (e evaluation) cumulate() (*tensor.Tensor, bool) {
	operator, neutral := "", int64(0)
	switch e.n.OpType {
	case "CumSum":
		operator = "Add"
	case "CumProd":
		operator, neutral = "Mul", 1
	default:
		return nil, false
	}
	x := e.in[0]
	list, ok := e.integersOf(1)
	if !ok || len(list) != 1 || x.ByteSize() > e.limit || !e.spend(2*x.Len()) {
		return nil, false
	}
	axis, ok := op.Axis(list[0], x.Rank())
	if !ok {
		return nil, false
	}
	l := linesOf(x.Shape(), axis)
	exclusive, reverse := e.Flag("exclusive"), e.Flag("reverse")
	if x.Type().IsFloat() {
		f, values := floatOp(operator), x.Float64s()
		along(l, exclusive, reverse, values, float64(neutral), f)
		return floats(x.Type(), x.Shape(), values)
	}
	values, ok := x.Int64s()
	if !ok || x.Type() == tensor.Bool {
		return nil, false
	}
	along(l, exclusive, reverse, values, neutral, func(a, b int64) int64 {
		v, fine := intOp(operator, a, b)
		ok = ok && fine
		return v
	})
	if !ok {
		return nil, false
	}
	return integers(x.Type(), x.Shape(), values)
}

// along replaces the elements of each line by what they add up to.
func along[E any](l lines, exclusive, reverse bool, values []E, neutral E, add func(a, b E) E) {
	for line := range l.count() {
		total := neutral
		for k := range l.length {
			if reverse {
				k = l.length - 1 - k
			}
			at := l.at(line, k)
			before := total
			if total = add(total, values[at]); exclusive {
				values[at] = before
			} else {
				values[at] = total
			}
		}
	}
}
