package eval

import (
	"math"
	"testing"
)

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
