package eval

import "math"

// trigonometric is a function of angles, its inverse, a hyperbolic one or the error function by its operator, nil
// for one that is not known. As in libm.go every processor gives the same bits.
func trigonometric(op string) func(float64) float64 {
	switch op {
	case "Sin":
		return sin
	case "Cos":
		return cos
	case "Tan":
		return func(v float64) float64 { return sin(v) / cos(v) }
	case "Asin":
		return func(v float64) float64 { return arc(v, math.Sqrt(float64((1-v)*(1+v)))) }
	case "Acos":
		return func(v float64) float64 { return float64(2 * arc(math.Sqrt(1-v), math.Sqrt(1+v))) }
	case "Atan":
		return func(v float64) float64 { return arc(min(max(v, -1e100), 1e100), 1) }
	case "Sinh":
		return sinh
	case "Cosh":
		return func(v float64) float64 { e := exp(math.Abs(v)); return (e + 1/e) / 2 }
	case "Asinh":
		return asinh
	case "Acosh":
		return func(v float64) float64 { t := v - 1; return log1p(t + math.Sqrt(float64(t*(v+1)))) }
	case "Atanh":
		return func(v float64) float64 { a := math.Abs(v); return math.Copysign(log1p(2*a/(1-a))/2, v) }
	case "Erf":
		return erf
	}
	return nil
}

// π/2 in three parts, of which the first two have 33 bits: k times them is exact for k below 2²⁰.
const (
	halfPi1 = 1.57079632673412561417e+00
	halfPi2 = 6.07710050630396597660e-11
	halfPi3 = 2.02226624879595063154e-21
)

// quadrant is v − k·π/2, at most π/4 in magnitude, and k mod 4; NaN for angles that are too large.
func quadrant(v float64) (r float64, k int) {
	if !(math.Abs(v) < 1e6) {
		return math.NaN(), 0
	}
	turns := math.Floor(float64(v*(2/math.Pi)) + 0.5)
	r = float64(v-float64(turns*halfPi1)) - float64(turns*halfPi2)
	return r - float64(turns*halfPi3), int(turns) & 3
}

func sin(v float64) float64 {
	r, k := quadrant(v)
	return wave(r, k)
}

func cos(v float64) float64 {
	r, k := quadrant(v)
	return wave(r, k+1)
}

// wave is sin(r + k·π/2) for |r| ≤ π/4 by the series of sine and cosine.
func wave(r float64, k int) float64 {
	q, y, top := float64(r*r), 1.0, 23
	if k&1 == 1 {
		top = 22
	}
	for n := top; n >= 2; n -= 2 {
		y = 1 - float64(float64(q/float64(n*(n-1)))*y)
	}
	if k&1 == 0 {
		y = float64(y * r)
	}
	if k&2 == 2 {
		return -y
	}
	return y
}

// arc is the angle of the point (x, y) for x ≥ 0: arctan(y/x). Halving it three times, by tan(a/2) = y/(x+√(x²+y²)), makes
// it small enough for the series.
func arc(y, x float64) float64 {
	for range 3 {
		x += math.Sqrt(float64(x*x) + float64(y*y))
	}
	t := y / x
	q, sum := float64(t*t), 0.0
	for n := 21; n >= 1; n -= 2 {
		sum = 1/float64(n) - float64(q*sum)
	}
	return float64(8 * float64(t*sum))
}

func sinh(v float64) float64 {
	if math.Abs(v) > 0.7 {
		return (exp(v) - exp(-v)) / 2
	}
	m := expm1(v)
	return (m + m/(m+1)) / 2
}

func asinh(v float64) float64 {
	a := math.Abs(v)
	if a > 1e9 {
		return math.Copysign(log(a)+math.Ln2, v)
	}
	q := float64(a * a)
	return math.Copysign(log1p(a+q/(1+math.Sqrt(1+q))), v)
}

// erf is 2/√π·e^(−v²)·Σ 2ⁿ·v²ⁿ⁺¹/(2n+1)‼: all terms have one sign. Beyond 6 it is 1 in float64.
func erf(v float64) float64 {
	if math.Abs(v) > 6 {
		return math.Copysign(1, v)
	}
	q := float64(v * v)
	term, sum := v, 0.0
	for n := 1; math.Abs(term) > math.Abs(sum)*0x1p-60; n++ {
		sum += term
		term = float64(term * (2 * q / float64(2*n+1)))
	}
	return float64(float64(2/math.SqrtPi*exp(-q)) * sum)
}
