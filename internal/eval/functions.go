package eval

import (
	"math"

	"github.com/acdeploy/acdeploy/tensor"
)

// function computes a function of each element of one operand.
func (e evaluation) function() (*tensor.Tensor, bool) {
	if len(e.in) != 1 {
		return nil, false
	}
	x := e.in[0]
	if x.Type().IsInteger() {
		return e.ofIntegers(x)
	}
	if f := correctlyRounded(e.n.OpType); f != nil {
		return e.each(x, f, true)
	}
	if f := e.stepwise(); f != nil {
		return e.jumps(x, f)
	}
	for _, f := range []func(float64) float64{portable(e.n.OpType), trigonometric(e.n.OpType), e.activation()} {
		if f != nil {
			return e.each(x, f, false)
		}
	}
	return nil, false
}

// ofIntegers computes a function that integers have, too.
func (e evaluation) ofIntegers(x *tensor.Tensor) (*tensor.Tensor, bool) {
	list, ok := x.Int64s()
	if !ok || x.ByteSize() > e.limit || !e.spend(x.Len()) {
		return nil, false
	}
	for i, v := range list {
		switch e.n.OpType {
		case "Neg":
			list[i] = -v
		case "Abs":
			list[i] = max(v, -v)
		case "Relu":
			list[i] = max(v, 0)
		case "Sign":
			list[i] = min(max(v, -1), 1)
		case "BitwiseNot":
			list[i] = ^v
			if unsigned(x.Type()) {
				list[i] &= 1<<x.Type().Bits() - 1
			}
		default:
			return nil, false
		}
	}
	return integers(x.Type(), x.Shape(), list)
}

// correctlyRounded is a function whose result every runtime rounds once, nil for another one.
func correctlyRounded(op string) func(float64) float64 {
	switch op {
	case "Neg":
		return func(v float64) float64 { return -v }
	case "Abs":
		return math.Abs
	case "Sqrt":
		return math.Sqrt
	case "Reciprocal":
		return func(v float64) float64 { return 1 / v }
	case "Relu":
		return func(v float64) float64 { return max(v, 0) }
	}
	return nil
}

// stepwise is a function that jumps at some numbers, nil for another one.
func (e evaluation) stepwise() func(float64) float64 {
	switch e.n.OpType {
	case "Floor":
		return math.Floor
	case "Ceil":
		return math.Ceil
	case "Round":
		return math.RoundToEven
	case "Sign":
		return signOf
	case "ThresholdedRelu":
		alpha := e.Float("alpha")
		return func(v float64) float64 {
			if v > alpha {
				return v
			}
			return 0
		}
	case "Shrink":
		bound, bias := e.Float("lambd"), e.Float("bias")
		return func(v float64) float64 {
			switch {
			case v < -bound:
				return v + bias
			case v > bound:
				return v - bias
			}
			return 0
		}
	}
	return nil
}

func signOf(v float64) float64 {
	switch {
	case v > 0:
		return 1
	case v < 0:
		return -1
	}
	return 0
}

// activation is a function with attributes, or one that is made of others; nil for one that is not known.
func (e evaluation) activation() func(float64) float64 {
	switch e.n.OpType {
	case "HardSigmoid":
		a, b := e.Float("alpha"), e.Float("beta")
		return func(v float64) float64 { return max(0, min(1, float64(a*v)+b)) }
	case "Elu":
		a := e.Float("alpha")
		return func(v float64) float64 { return max(v, 0) + float64(a*expm1(min(v, 0))) }
	case "Celu":
		a := e.Float("alpha")
		return func(v float64) float64 { return max(v, 0) + float64(a*expm1(min(v, 0)/a)) }
	case "Selu":
		a, g := e.Float("alpha"), e.Float("gamma")
		return func(v float64) float64 { return float64(g * (max(v, 0) + float64(a*expm1(min(v, 0))))) }
	case "LeakyRelu":
		a := e.Float("alpha")
		return func(v float64) float64 { return max(v, 0) + float64(a*min(v, 0)) }
	case "Mish":
		return func(v float64) float64 { return float64(v * tanh(softplus(v))) }
	case "Swish":
		a := e.Float("alpha")
		return func(v float64) float64 { return float64(v * sigmoid(float64(a*v))) }
	case "Gelu":
		switch e.Str("approximate") {
		case "none":
			return func(v float64) float64 { return float64(float64(v/2) * (1 + erf(v/math.Sqrt2))) }
		case "tanh":
			return func(v float64) float64 {
				cubed := float64(float64(v*v) * v)
				inner := float64(math.Sqrt(2/math.Pi) * (v + float64(0.044715*cubed)))
				return float64(float64(v/2) * (1 + tanh(inner)))
			}
		}
	}
	return nil
}

// each computes a function of every element of a floating-point tensor. Where every runtime rounds it once, what
// comes out of stored numbers is known to the last bit where it needs no rounding.
func (e evaluation) each(x *tensor.Tensor, f func(float64) float64, once bool) (*tensor.Tensor, bool) {
	if !x.Type().IsFloat() || x.ByteSize() > e.limit || !e.spend(8*x.Len()) {
		return nil, false
	}
	out := x.Float64s()
	for i, v := range out {
		out[i] = f(v)
	}
	if once && !x.Computed() {
		return settled(x.Type(), x.Shape(), out)
	}
	return floats(x.Type(), x.Shape(), out)
}

// jumps computes a function that jumps: of numbers that the file holds, and of computed ones where it is constant as far as rounding
// may move them. Those that are not constant between two jumps need numbers that the file holds.
func (e evaluation) jumps(x *tensor.Tensor, f func(float64) float64) (*tensor.Tensor, bool) {
	if !x.Finite() || x.Computed() && (e.n.Is("ThresholdedRelu") || e.n.Is("Shrink")) || !e.constantAround(x, f) {
		return nil, false
	}
	t, ok := e.each(x, f, true)
	if ok && x.Computed() {
		return exactly(x.Type(), x.Shape(), t.Float64s())
	}
	return t, ok
}
