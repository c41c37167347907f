package stats

import (
	"math"
	"testing"
)

// Reference values of the planning formula at true ratio 1 and power 0.9.
func TestUnitsNeeded(t *testing.T) {
	delta := math.Log1p(0.02)
	for _, c := range []struct {
		theta, spread float64 // in margins
		want          int
	}{
		{0, 0.5, 10},
		{0, 1, 12},
		{0, 1.5, 26},
		{0, 2, 45},
		{0.5, 1, 36},  // (1.6449+1.2816)²/0.25 + 1
		{1.5, 1, 36},  // the same distance on the other side
		{1, 1, 0},     // at the margin nothing helps
		{3, 0.5, 10},  // far outside, the minimum
		{-0.5, 1, 36}, // signs do not matter
	} {
		if got := UnitsNeeded(c.theta*delta, c.spread*delta, 0.02); got != c.want {
			t.Errorf("UnitsNeeded(%v δ, %v δ) = %d, want %d", c.theta, c.spread, got, c.want)
		}
	}
	if got := UnitsNeeded(0, math.NaN(), 0.02); got != 0 {
		t.Errorf("unknown spread gives %d, want 0", got)
	}
}

// What did not suffice is no advice.
func TestStillNeeded(t *testing.T) {
	delta := math.Log1p(0.02)
	for _, c := range []struct {
		units  int
		theta  float64
		spread float64 // in margins
		want   int
	}{{9, 0, 0.5, 10}, {10, 0, 0.5, 20}, {12, 0, 0.5, 24}, {12, 0, 1, 24}, {12, 0, 1.5, 26}, {12, 1, 1, 0}} {
		e := Estimate{Units: c.units, Theta: c.theta * delta, SD: c.spread * delta, Margin: 0.02}
		if got := StillNeeded(e); got != c.want {
			t.Errorf("%+v: %d", c, got)
		}
	}
}

// A slowdown of the size that is said to be detectable is found nine times in ten, one of the size of the margin hardly ever.
func TestDetectable(t *testing.T) {
	rng := newRNG(9)
	delta := math.Log1p(0.02)
	const sd = 0.008
	draw := func(centre float64) []float64 {
		x := make([]float64, 12)
		for i := range x {
			x[i] = centre + sd*rng.NormFloat64()
		}
		return x
	}
	// Twelve units on either side: √(2/12)·0.008 is 0.00327, with 22 degrees of freedom t is 1.717 and 1.321.
	effect := delta + (1.717+1.321)*0.00327
	found, wrong, said := 0, 0, 0.0
	for range repeats {
		e := Unpaired(draw(0), draw(effect), 0.02)
		said += math.Log1p(Detectable(e)) / repeats
		if v, _ := Decide(e); v == Slower {
			found++
		}
		if v, _ := Decide(Unpaired(draw(0), draw(delta), 0.02)); v == Slower {
			wrong++
		}
	}
	near(t, "what is said to be detectable", said, effect, 0.0005)
	if rate := float64(found) / repeats; rate < 0.85 || rate > 0.93 {
		t.Errorf("found in %.3f", rate)
	}
	if rate := float64(wrong) / repeats; rate > 0.065 {
		t.Errorf("slower at the margin in %.3f", rate)
	}
	if d := Detectable(Unpaired(draw(0)[:3], draw(0), 0.02)); !math.IsInf(d, 1) {
		t.Errorf("three units find %v", d)
	}
}
