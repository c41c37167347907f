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
