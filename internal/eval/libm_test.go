package eval

import (
	"math"
	"testing"
)

// TestPortable compares with package math, which may differ in the last bits.
func TestPortable(t *testing.T) {
	for op, want := range map[string]func(float64) float64{
		"Exp": math.Exp, "Log": math.Log, "Tanh": math.Tanh,
		"Sigmoid":  func(v float64) float64 { return 1 / (1 + math.Exp(-v)) },
		"Softplus": func(v float64) float64 { return math.Log1p(math.Exp(v)) },
		"Softsign": func(v float64) float64 { return v / (1 + math.Abs(v)) },
	} {
		f := portable(op)
		for v := -30.0; v <= 30; v += 0.37 {
			got, want := f(v), want(v)
			if math.IsNaN(want) && math.IsNaN(got) {
				continue
			}
			if !(math.Abs(got-want) <= 1e-14*math.Abs(want)) {
				t.Errorf("%s(%v) is %v, want %v", op, v, got, want)
			}
		}
	}
	if portable("Sin") != nil {
		t.Error("a sine is among them")
	}
}

// TestPortableEnds: what is past all numbers, or next to none.
func TestPortableEnds(t *testing.T) {
	for _, c := range []struct{ got, want float64 }{
		{exp(711), math.Inf(1)},
		{exp(-800), 0},
		{tanh(21), 1},
		{tanh(-21), -1},
		{power(2, 10), 1024},
		{power(4, -0.5), 0.5},
		{log(1), 0},
		{log1p(0), 0},
		{exp(0), 1},
		{power(3, 0), 1},
		{power(2, 65), 0x1p65},
		{power(0, 0.3), 0},
	} {
		if c.got != c.want {
			t.Errorf("got %v, want %v", c.got, c.want)
		}
	}
	for i, v := range []float64{log(-1), log(0), exp(math.NaN()), power(-2, 0.3), log1p(-2)} {
		if !math.IsNaN(v) {
			t.Errorf("number %d is %v", i, v)
		}
	}
}

// TestPortableBits pins a few results to the last bit: every processor must give them.
func TestPortableBits(t *testing.T) {
	for _, c := range []struct {
		got  float64
		want uint64
	}{{exp(1), 0x4005bf0a8b14576a}, {log(3), 0x3ff193ea7aad030b}, {tanh(0.5), 0x3fdd9353d7568af4}, {power(1.1, 3.5), 0x3ff655def3c38ddd}} {
		if math.Float64bits(c.got) != c.want {
			t.Errorf("%v has the bits %#x, want %#x", c.got, math.Float64bits(c.got), c.want)
		}
	}
}

// TestTrigonometric compares with package math, which may differ in the last bits.
func TestTrigonometric(t *testing.T) {
	for op, want := range map[string]func(float64) float64{
		"Sin": math.Sin, "Cos": math.Cos, "Tan": math.Tan, "Asin": math.Asin, "Acos": math.Acos, "Atan": math.Atan,
		"Sinh": math.Sinh, "Cosh": math.Cosh, "Asinh": math.Asinh, "Acosh": math.Acosh, "Atanh": math.Atanh, "Erf": math.Erf,
	} {
		f := trigonometric(op)
		for _, scale := range []float64{1e-6, 0.01, 0.37, 31} {
			for k := -80; k <= 80; k++ {
				v := float64(k) * scale / 3
				got, want := f(v), want(v)
				if math.IsNaN(want) && math.IsNaN(got) || math.IsInf(want, 0) {
					continue
				}
				if !(math.Abs(got-want) <= 3e-14*math.Abs(want)+1e-15) {
					t.Errorf("%s(%v) is %v, want %v", op, v, got, want)
				}
			}
		}
	}
	if trigonometric("Exp") != nil {
		t.Error("an exponential is a function of angles")
	}
}

// TestTrigonometricEnds: what is past all numbers, or at the end of the domain.
func TestTrigonometricEnds(t *testing.T) {
	for op, ends := range map[string]map[float64]float64{
		"Atan": {1e300: math.Pi / 2, 0: 0}, "Acos": {1: 0, -1: math.Pi}, "Asin": {1: math.Pi / 2, -1: -math.Pi / 2},
		"Erf": {7: 1, -7: -1, 0: 0}, "Acosh": {1: 0}, "Asinh": {0: 0}, "Sin": {0: 0}, "Cos": {0: 1},
	} {
		for v, want := range ends {
			if got := trigonometric(op)(v); math.Abs(got-want) > 1e-15 {
				t.Errorf("%s(%v) is %v, want %v", op, v, got, want)
			}
		}
	}
	for op, v := range map[string]float64{"Acos": 1.5, "Asin": -2, "Acosh": 0.5, "Atanh": 2, "Sin": 1e7, "Cos": math.Inf(1)} {
		if got := trigonometric(op)(v); !math.IsNaN(got) {
			t.Errorf("%s(%v) is %v", op, v, got)
		}
	}
}
