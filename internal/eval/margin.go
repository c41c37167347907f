package eval

import (
	"math"
	"slices"

	"github.com/acdeploy/acdeploy/tensor"
)

// Margins. A number that is computed here in float64 is not the one that a runtime computes in the model's own type, and neither is
// what the file will hold. The evaluator keeps with each computed constant a bound of how far these are apart. An operator that
// jumps is computed where no number within the bound would give another result.
//
// Let v be a number of this program, r the one of a runtime, E a bound of |r − v|, and u half an ulp of the type at 1. A runtime
// rounds r once for each operation, r = f(r')·(1+δ) with |δ| ≤ u, and this program v = f(v')·(1+ε) with |ε| ≤ 2⁻⁵³ ≤ u. So
//
//	|r − v| ≤ |f(r') − f(v')| + u·|f(r')| + u·|f(v')| ≤ L + 2u·(|v|+L)   up to terms in u²
//
// where L is how far f takes numbers apart that were E apart: E₁+E₂ for a sum, |a|·E₂ + |b|·E₁ + E₁·E₂ for a product. A sum of n
// numbers in any order has an error of at most (n−1)·u·Σ|terms|, again up to terms in u² (Higham, Accuracy and Stability of Numerical
// Algorithms, 2002, section 4.2). Here 4u stands for 2u: the rest is more than what the neglected terms and the bounds' own rounding
// come to, since n·u is kept small. The smallest normal number is added, for runtimes that flush those below it to zero, and is the bound
// of a smaller one that the file holds, which these read as zero. There is no bound where a runtime may overflow on the way.
//
// There is no bound for a function that runtimes approximate, such as Exp, nor for products of matrices and convolutions: those are
// computed in narrower types than the model's own where an engine is allowed to, as TensorFloat-32 is.

// errorOf is a bound of how far the numbers of t are from those of a runtime, infinite where none is known.
func (e evaluation) errorOf(t *tensor.Tensor) float64 {
	if !t.Computed() {
		return 0
	}
	if bound, ok := e.errors[t]; ok {
		return bound
	}
	return math.Inf(1)
}

// read is [evaluation.errorOf], of what a runtime reads that may take numbers below the smallest normal one for zero.
func (e evaluation) read(t *tensor.Tensor) float64 {
	least := smallest(t.Type())
	if !t.Computed() && slices.ContainsFunc(t.Float64s(), func(v float64) bool { return v != 0 && math.Abs(v) < least }) {
		return least
	}
	return e.errorOf(t)
}

// bound notes the bound of a result, if what a runtime gets surely fits the type.
func (e evaluation) bound(t *tensor.Tensor) {
	if !t.Computed() {
		return
	}
	if bound := e.spread(t); t.MaxAbs()+bound <= t.Type().MaxFinite() {
		e.errors[t] = bound
	}
}

// spread is the bound of a result by those of the inputs.
func (e evaluation) spread(t *tensor.Tensor) float64 {
	worst, total, magnitude, count := 0.0, 0.0, 0.0, 0.0 // of the inputs: their largest error, the sum of these, of the magnitudes
	for _, in := range e.in {
		if in == nil || !in.Type().IsFloat() {
			continue
		}
		bound := e.read(in)
		worst, total, magnitude, count = max(worst, bound), total+bound, magnitude+in.MaxAbs()+bound, count+1
	}
	x := e.in[0]
	switch e.n.OpType {
	case "Identity", "Dropout", "Transpose", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Slice", "Split", "Concat", "Gather",
		"GatherElements", "GatherND", "Expand", "Tile", "Pad", "DepthToSpace", "SpaceToDepth", "ReverseSequence", "Trilu", "Where",
		"Compress", "TopK", "Max", "Min", "Relu", "Neg", "Abs", "ReduceMax", "ReduceMin":
		return worst + smallest(t.Type()) // nothing is rounded, and none of them takes numbers apart
	case "Cast", "CastLike", "Clip": // of integers, and to bounds that are attributes of another type
		return rounded(t.Type(), worst, t.MaxAbs()+worst, 1)
	case "Add", "Sub", "Sum", "Mean":
		return rounded(t.Type(), total, magnitude, count+1)
	case "ReduceSum", "ReduceMean":
		n := float64(x.Len()) / float64(max(t.Len(), 1))
		if e.n.Is("ReduceMean") {
			return rounded(t.Type(), worst, magnitude, n+1)
		}
		return rounded(t.Type(), n*worst, n*magnitude, n)
	case "Mul":
		y := e.in[1]
		ex, ey := e.read(x), e.read(y)
		apart := x.MaxAbs()*ey + y.MaxAbs()*ex + ex*ey
		return rounded(t.Type(), apart, x.MaxAbs()*y.MaxAbs()+apart, 1)
	case "Div":
		return e.quotient(t, e.read(x), e.in[1])
	case "Reciprocal":
		return e.quotient(t, 0, x)
	case "Sqrt":
		least := nearestZero(x)
		if worst > 0 && least <= worst {
			return math.Inf(1)
		}
		apart := 0.0
		if worst > 0 {
			apart = worst / math.Sqrt(least) // |√r − √v| = |r−v| ÷ (√r+√v)
		}
		return rounded(t.Type(), apart, t.MaxAbs()+apart, 1)
	}
	return math.Inf(1)
}

// quotient is the bound of v = x ÷ y: (x+dx) ÷ (y+dy) − v = (dx − v·dy) ÷ (y+dy).
func (e evaluation) quotient(t *tensor.Tensor, ex float64, y *tensor.Tensor) float64 {
	ey, least := e.read(y), nearestZero(y)
	if least <= ey {
		return math.Inf(1)
	}
	apart := (ex + t.MaxAbs()*ey) / (least - ey)
	return rounded(t.Type(), apart, t.MaxAbs()+apart, 1)
}

// rounded is the bound of what an operator computes of so many numbers in any order: its inputs' errors have taken the result apart
// so far, and the magnitudes of its terms have this sum. None is known where that is more than the type has numbers for: the sum of
// some of the terms may overflow.
func rounded(typ tensor.Type, apart, magnitude, count float64) float64 {
	u := map[tensor.Type]float64{tensor.Float16: 0x1p-11, tensor.BFloat16: 0x1p-8, tensor.Float32: 0x1p-24, tensor.Float64: 0x1p-53}[typ]
	if u == 0 || count*u > 1./64 || magnitude > typ.MaxFinite() {
		return math.Inf(1)
	}
	return apart*(1+4*u) + 4*u*count*magnitude + count*smallest(typ)
}

// smallest is the smallest normal number of a type.
func smallest(typ tensor.Type) float64 {
	switch typ {
	case tensor.Float16:
		return 0x1p-14
	case tensor.Float64:
		return 0x1p-1022
	}
	return 0x1p-126
}

// nearestZero is the smallest magnitude among numbers.
func nearestZero(t *tensor.Tensor) float64 {
	least := math.Inf(1)
	for _, v := range t.Float64s() {
		least = min(least, math.Abs(v))
	}
	return least
}

// constantAround reports whether a function that never falls, or never rises, is constant around each number of x, as far as the
// bound goes: it is where it has one value at both ends.
func (e evaluation) constantAround(x *tensor.Tensor, f func(float64) float64) bool {
	bound := e.errorOf(x)
	return bound == 0 || !math.IsInf(bound, 0) && !slices.ContainsFunc(x.Float64s(), func(v float64) bool { return f(v-bound) != f(v+bound) })
}
