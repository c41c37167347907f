package eval

import "math"

// portable is a function of one number by its operator, nil for one that is not known.
//
// Those of package math are written for each processor and may differ in the last bit; these do not, so
// that a file is the same on every machine. They are within a few units in the last place.
func portable(op string) func(float64) float64 {
	switch op {
	case "Exp":
		return exp
	case "Log":
		return log
	case "Sigmoid":
		return sigmoid
	case "Tanh":
		return tanh
	case "Softsign":
		return func(v float64) float64 { return v / (1 + math.Abs(v)) }
	case "HardSwish":
		return func(v float64) float64 { return float64(v * max(0, min(1, float64(v/6)+0.5))) }
	case "Softplus":
		return softplus
	}
	return nil
}

func sigmoid(v float64) float64 { return 1 / (1 + exp(-v)) }

func softplus(v float64) float64 { return max(v, 0) + log1p(exp(-math.Abs(v))) }

// ln2 in two parts, of which the first has 32 bits: k·ln2High is exact.
const (
	ln2High = 6.93147180369123816490e-01
	ln2Low  = 1.90821492927058770002e-10
)

// exp is eᵛ = 2ᵏ·eʳ, r = v − k·ln2.
func exp(v float64) float64 {
	switch {
	case v != v:
		return v
	case v > 710:
		return math.Inf(1)
	case v < -746:
		return 0
	}
	k := math.Floor(float64(v*math.Log2E) + 0.5)
	r := float64(v-float64(k*ln2High)) - float64(k*ln2Low)
	return math.Ldexp(1+expm1(r), int(k))
}

// expm1 is eʳ − 1, near 0 by its series.
func expm1(r float64) float64 {
	if !(math.Abs(r) <= 0.7) {
		return exp(r) - 1
	}
	y := 0.0
	for n := 20; n >= 1; n-- {
		y = float64(float64(r/float64(n)) * (1 + y))
	}
	return y
}

// tanh is (e²ᵛ − 1) / (e²ᵛ + 1).
func tanh(v float64) float64 {
	if a := math.Abs(v); a < 0.3 {
		m := expm1(2 * v)
		return m / (m + 2)
	} else if a > 20 {
		return math.Copysign(1, v)
	}
	e := exp(2 * v)
	return (e - 1) / (e + 1)
}

// log is ln v = k·ln2 + 2·artanh((m−1)/(m+1)), v = m·2ᵏ.
func log(v float64) float64 {
	if !(v > 0) || math.IsInf(v, 1) {
		return math.NaN()
	}
	m, k := math.Frexp(v)
	if m < math.Sqrt2/2 {
		m, k = 2*m, k-1
	}
	return float64(float64(k)*ln2High) + (float64(float64(k)*ln2Low) + artanh2((m-1)/(m+1)))
}

// log1p is ln(1+v).
func log1p(v float64) float64 {
	if v < -0.5 || v > 1 {
		return log(1 + v)
	}
	return artanh2(v / (2 + v))
}

// artanh2 is 2·artanh(s) for |s| ≤ 1/3 by its series.
func artanh2(s float64) float64 {
	q, y := float64(s*s), 0.0
	for n := 41; n >= 1; n -= 2 {
		y = float64(y*q) + 1/float64(n)
	}
	return float64(2 * s * y)
}

// power is xʸ: for whole and half y of moderate size by products, for others of a positive x by e^(y·ln x).
func power(x, y float64) float64 {
	base, times := x, 2*y
	if times != math.Trunc(times) || math.Abs(times) > 2048 {
		if x == 0 && y > 0 {
			return 0
		}
		return exp(float64(y * log(x)))
	}
	n := int(math.Abs(times))
	out := 1.0
	if n%2 == 1 {
		out = math.Sqrt(base)
	}
	for n /= 2; n > 0; n /= 2 {
		if n%2 == 1 {
			out = float64(out * base)
		}
		base = float64(base * base)
	}
	if times < 0 {
		return 1 / out
	}
	return out
}

// trigonometric is a function of angles, its inverse, a hyperbolic one or the error function by its operator, nil
// for one that is not known. As those of [portable] they give the same bits on every processor.
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
