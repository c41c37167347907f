package stats

import (
	"math"
	"slices"
	"testing"
)

// The numbers of independent values from which the tails have an upper bound: the largest of n lies
// above the q-quantile but for a probability of qⁿ.
func TestRanks(t *testing.T) {
	for _, c := range []struct {
		n         int
		q         float64
		low, high int
	}{
		{10, 0.5, 2, 9}, // P(Bin(10, ½) ≤ 1) = 0.011, ≤ 2 = 0.055
		{5, 0.5, 1, 5},
		{4, 0.5, 0, 0},
		{58, 0.95, 52, 0},
		{59, 0.95, 53, 59},
		{298, 0.99, 292, 0},
		{299, 0.99, 293, 299},
		{0, 0.5, 0, 0},
	} {
		low, high := ranks(c.n, c.q, Alpha)
		if c.n > 50 { // of the lower end only its definition is checked
			near(t, "lower rank", float64(low), float64(c.low), 1)
			c.low = low
		}
		if low != c.low || high != c.high {
			t.Errorf("ranks(%d, %v) = %d, %d, want %d, %d", c.n, c.q, low, high, c.low, c.high)
		}
	}
	if a, b := QuantileNeeds(0.95), QuantileNeeds(0.99); a != 59 || b != 299 {
		t.Errorf("the tails need %d and %d values, want 59 and 299", a, b)
	}
}

// Bounds whose ranks are scaled by the effective number hold for dependent values, too; ranks that take
// the runs for independent do not.
func TestQuantileBoundsHold(t *testing.T) {
	const tries = 400
	for _, c := range []struct{ phi, q, truth float64 }{{0, 0.95, 1.6449}, {0.9, 0.5, 0}, {0.9, 0.9, 1.2816}, {0.9, 0.95, 1.6449}} {
		below, above, naive, bounded := 0, 0, 0, 0
		rng := newRNG(17)
		for range tries {
			var series [][]float64
			for range 6 {
				series = append(series, ar1(rng, 400, c.phi, 1))
			}
			tail := EstimateQuantile(series, c.q)
			if tail.HighRank == 0 {
				continue
			}
			bounded++
			if tail.Low > c.truth {
				below++
			}
			if tail.High < c.truth {
				above++
			}
			sorted := slices.Sorted(values(series))
			if _, r := ranks(len(sorted), c.q, Alpha); sorted[r-1] < c.truth {
				naive++
			}
		}
		// Five percent, and three standard errors with some for the estimated dependence.
		if rate := float64(above) / float64(bounded); bounded < tries*9/10 || rate > 0.10 {
			t.Errorf("φ %v, q %v: the upper bound fails in %.3f of %d", c.phi, c.q, rate, bounded)
		}
		if rate := float64(below) / float64(bounded); rate > 0.10 {
			t.Errorf("φ %v, q %v: the lower bound fails in %.3f", c.phi, c.q, rate)
		}
		if rate := float64(naive) / float64(bounded); c.phi > 0 && rate < 0.15 {
			t.Errorf("φ %v, q %v: runs taken for independent fail in only %.3f", c.phi, c.q, rate)
		}
	}
}

func TestEstimateQuantileOfTooFew(t *testing.T) {
	short := EstimateQuantile([][]float64{{1, 2, 3}}, 0.99)
	if short.HighRank > 0 || !math.IsNaN(short.High) || short.Estimate < 2.9 {
		t.Errorf("three values give %+v", short)
	}
	if none := EstimateQuantile(nil, 0.99); !math.IsNaN(none.Estimate) || none.HighRank > 0 {
		t.Errorf("no value gives %+v", none)
	}
}

func TestQuantileRatio(t *testing.T) {
	rng := newRNG(4)
	var base, slow [][]float64
	for range 24 {
		x, y := make([]float64, 200), make([]float64, 200)
		for i := range x {
			x[i], y[i] = math.Exp(0.1*rng.NormFloat64()), 1.2*math.Exp(0.1*rng.NormFloat64())
		}
		base, slow = append(base, x), append(slow, y)
	}
	ratio, i := QuantileRatio(base, slow, 0.99, 1)
	if math.Abs(ratio-1.2) > 0.06 || !i.Contains(1.2) || i.Contains(1.1) {
		t.Errorf("ratio %v in %v, want about 1.2", ratio, i)
	}
	if again, j := QuantileRatio(base, slow, 0.99, 1); again != ratio || i != j {
		t.Error("the same seed gave something else")
	}
	if same, i := QuantileRatio(base, base, 0.95, 1); same != 1 || i != (Interval{1, 1}) {
		t.Errorf("an arm against itself gives %v in %v", same, i)
	}
	if r, _ := QuantileRatio(base[:1], slow[:1], 0.95, 1); !math.IsNaN(r) {
		t.Errorf("one unit gives %v", r)
	}
}

// What counts for a quantile is which values lie above it, however many are equal to it.
func TestEstimateQuantileOfTiedValues(t *testing.T) {
	x := make([]float64, 400)
	for i := range x {
		x[i] = 1 + float64(i/100%2) // long stretches of one of two values
	}
	if tail := EstimateQuantile([][]float64{x}, 0.25); tail.ESS > 40 {
		t.Errorf("%.0f independent values in four stretches", tail.ESS)
	}
}
