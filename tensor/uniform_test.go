package tensor

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestUniform(t *testing.T) {
	for _, c := range []struct {
		typ       Type
		low, high float64
	}{
		{Int64, 0, 30521},
		{Int32, -3, 3},
		{Uint8, 250, 255},
		{Int8, -128, 127},
		{Bool, 0, 1},
		{Bool, 1, 1},
		{Uint64, 0, 1 << 53},
		{Int16, 0.5, 2.5},
		{Float32, -1, 1},
		{Float16, 0, 255},
		{BFloat16, 2, 2},
		{Float64, 1e300, 1.5e300},
	} {
		x, err := Uniform(c.typ, []int64{40, 50}, c.low, c.high, rand.New(rand.NewPCG(1, 2)))
		if err != nil {
			t.Fatalf("%s from %g to %g: %v", c.typ, c.low, c.high, err)
		}
		values := x.Float64s()
		least, most := slices.Min(values), slices.Max(values)
		if least < c.low || most > c.high || x.Len() != 2000 || (c.high-c.low > 0.5*2 && c.typ != Int16 && most-least < 0.9*(c.high-c.low)) {
			t.Errorf("%s from %g to %g: %d numbers from %g to %g", c.typ, c.low, c.high, x.Len(), least, most)
		}
		again, _ := Uniform(c.typ, []int64{40, 50}, c.low, c.high, rand.New(rand.NewPCG(1, 2)))
		if !slices.Equal(values, again.Float64s()) {
			t.Errorf("%s: the same seed gives other numbers", c.typ)
		}
	}
}

func TestUniformRefuses(t *testing.T) {
	for _, c := range []struct {
		typ       Type
		low, high float64
	}{
		{String, 0, 1},
		{Int4, 0, 1},
		{Complex64, 0, 1},
		{Int64, 3, 2},
		{Int64, 0.2, 0.8},
		{Uint8, 0, 256},
		{Uint8, -1, 3},
		{Bool, 0, 2},
		{Int64, 0, 1e300},
		{Float32, 2, 1},
		{Float16, 0, 1e6},
		{Float64, -1e308, 1e308},
	} {
		if x, err := Uniform(c.typ, []int64{9}, c.low, c.high, rand.New(rand.NewPCG(1, 2))); err == nil {
			t.Errorf("%s from %g to %g gives %v", c.typ, c.low, c.high, x.Float64s())
		}
	}
	if _, err := Uniform(Int64, []int64{-1}, 0, 1, rand.New(rand.NewPCG(1, 2))); err == nil {
		t.Error("a negative size was taken")
	}
}
