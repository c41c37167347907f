package eval

import (
	"math"

	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/tensor"
)

// decide computes comparisons, tests, and operators on bits.
func (e evaluation) decide() (*tensor.Tensor, bool) {
	switch operator := e.n.OpType; operator {
	case "Not":
		return e.compare(e.in[0], tensor.Of(nil, false), "Equal")
	case "Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual":
		if _, old := op.ReadOldBroadcast(e.n); old || len(e.in) != 2 || e.in[1] == nil {
			return nil, false
		}
		return e.compare(e.in[0], e.in[1], operator)
	case "IsNaN":
		return e.test(math.IsNaN)
	case "IsInf":
		below, above := e.Flag("detect_negative"), e.Flag("detect_positive")
		return e.test(func(v float64) bool { return below && math.IsInf(v, -1) || above && math.IsInf(v, 1) })
	case "BitShift":
		return e.shift()
	}
	return nil, false
}

// test asks something of every number that the file holds.
func (e evaluation) test(holds func(float64) bool) (*tensor.Tensor, bool) {
	x := e.in[0]
	if x.Computed() || !x.Type().IsFloat() || !e.spend(x.Len()) {
		return nil, false
	}
	out := make([]int64, x.Len())
	for i, v := range x.Float64s() {
		if holds(v) {
			out[i] = 1
		}
	}
	return integers(tensor.Bool, x.Shape(), out)
}

// compare computes a comparison. What it sees of floating-point numbers is rounded, so that those are compared that
// the file holds, and others that are further apart than rounding may move them.
func (e evaluation) compare(a, b *tensor.Tensor, operator string) (*tensor.Tensor, bool) {
	shape, at, bt, ok := e.aligned(a, b)
	if !ok || a.Type() != b.Type() {
		return nil, false
	}
	count, _ := tensor.Count(shape)
	var order func(i int) (less, equal bool)
	if a.Type().IsFloat() {
		x, y, bound := a.Float64s(), b.Float64s(), e.errorOf(a)+e.errorOf(b)
		order = func(i int) (bool, bool) { return x[at(i)] < y[bt(i)], x[at(i)] == y[bt(i)] }
		if !a.Finite() || !b.Finite() || !apart(count, bound, func(i int) float64 { return x[at(i)] - y[bt(i)] }) {
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
		holds := false
		switch operator {
		case "Equal":
			holds = equal
		case "Less":
			holds = less
		case "LessOrEqual":
			holds = less || equal
		case "Greater":
			holds = !less && !equal
		case "GreaterOrEqual":
			holds = !less
		}
		if holds {
			out[i] = 1
		}
	}
	return integers(tensor.Bool, shape, out)
}

// apart reports whether so many differences are all larger than the bound, if there is one.
func apart(count int, bound float64, difference func(i int) float64) bool {
	for i := range count {
		if bound > 0 && !(math.Abs(difference(i)) > bound) {
			return false
		}
	}
	return true
}

// shift computes BitShift, of types without a sign.
func (e evaluation) shift() (*tensor.Tensor, bool) {
	typ := e.in[0].Type()
	if !unsigned(typ) || len(e.in) != 2 || e.in[1].Type() != typ {
		return nil, false
	}
	shape, at, bt, ok := e.aligned(e.in[0], e.in[1])
	x, okx := e.in[0].Int64s()
	y, oky := e.in[1].Int64s()
	direction := e.Str("direction")
	if !ok || !okx || !oky || direction != "LEFT" && direction != "RIGHT" {
		return nil, false
	}
	count, _ := tensor.Count(shape)
	out := make([]int64, count)
	for i := range out {
		v, by := uint64(x[at(i)]), uint64(y[bt(i)])
		if by >= uint64(typ.Bits()) {
			return nil, false // processors do not agree
		}
		if direction == "RIGHT" {
			v >>= by
		} else {
			v = v << by & (1<<typ.Bits() - 1)
		}
		out[i] = int64(v)
	}
	return integers(typ, shape, out)
}

// unsigned reports a type of integers without a sign.
func unsigned(typ tensor.Type) bool {
	switch typ {
	case tensor.Uint8, tensor.Uint16, tensor.Uint32, tensor.Uint64:
		return true
	}
	return false
}
