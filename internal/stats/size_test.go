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
