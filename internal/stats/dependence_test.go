package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

// ar1 is a series in which each value remembers phi of the one before; its spread is sd.
func ar1(rng *rand.Rand, n int, phi, sd float64) []float64 {
	x := make([]float64, n)
	last := rng.NormFloat64()
	for i := range x {
		last = phi*last + math.Sqrt(1-phi*phi)*rng.NormFloat64()
		x[i] = sd * last
	}
	return x
}

// An AR(1) series has ρ_j = φ^j, hence τ = (1+φ)/(1−φ).
func TestDependsOfAnAutoregression(t *testing.T) {
	for _, c := range []struct {
		phi  float64
		n    int
		want float64
	}{{0, 5000, 1}, {0.5, 5000, 3}, {0.9, 10_000, 19}, {0.98, 15_000, 99}, {0.9, 60_000, 19}, {0.98, 200_000, 99}} {
		var series [][]float64
		rng := newRNG(3)
		for range 4 {
			series = append(series, ar1(rng, c.n/4, c.phi, 0.03))
		}
		d := Depends(series)
		if d.Tau < 0.75*c.want || d.Tau > 1.35*c.want {
			t.Errorf("φ %v, %d values: τ = %.1f, want about %v", c.phi, c.n, d.Tau, c.want)
		}
		near(t, "lag 1", d.Lag1, c.phi, 0.05)
		near(t, "effective number", d.ESS, float64(d.N)/d.Tau, 1e-9)
	}
}

// Values that differ only from one series to the next tell no more than there are series.
func TestDependsOfSeriesThatAreBiased(t *testing.T) {
	var series [][]float64
	for i := range 12 {
		x := make([]float64, 200)
		for j := range x {
			x[j] = float64(i)
		}
		series = append(series, x)
	}
	if got := Depends(series).ESS; math.Abs(got-12) > 1 {
		t.Errorf("%.1f effective values in 12 constant series", got)
	}
}

func TestDependsOfNothing(t *testing.T) {
	for name, series := range map[string][][]float64{"none": nil, "empty": {nil, {}}, "one": {{4}}, "constant": {{2, 2, 2}, {2, 2}}} {
		d := Depends(series)
		if d.Tau != 1 || d.ESS != float64(d.N) {
			t.Errorf("%s: %+v", name, d)
		}
	}
}

func TestLag1(t *testing.T) {
	near(t, "alternating", Lag1([]float64{1, -1, 1, -1, 1, -1}), -5.0/6, 1e-12)
	near(t, "of series with means of their own", Lag1([]float64{101, 99, 101, 99}, []float64{1, -1, 1, -1}), -6.0/8, 1e-12)
	if got := Lag1([]float64{3, 3}); !math.IsNaN(got) {
		t.Errorf("a constant gives %v", got)
	}
	near(t, "remembering", Lag1(ar1(newRNG(5), 20_000, 0.7, 1)), 0.7, 0.03)
}
