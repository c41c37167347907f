package stats

import (
	"math"
	"testing"
)

// Welch's interval of {1 2 3 4 5} and {2 4 6 8 10 12 14}: the difference is 5, its standard error
// √(2.5/5 + 18.667/7) = 1.7795, with 8.107 degrees of freedom; t at 0.95 is 1.857 there.
func TestUnpaired(t *testing.T) {
	a, b := []float64{1, 2, 3, 4, 5}, []float64{2, 4, 6, 8, 10, 12, 14}
	e := Unpaired(a, b, 0.02)
	near(t, "theta", e.Theta, 5, 1e-12)
	near(t, "half-width", e.Interval.Half(), 1.857*1.7795, 0.01)
	if e.Units != 5 {
		t.Errorf("%d units, want those of the smaller group", e.Units)
	}
	// The rank-sum constant is ⌊17.5 − 1.645·√37.92⌋ = 7; the 35 differences ascend −3 −2 −1 −1 0 0 1 …
	if e.DistributionFree.Low != 1 {
		t.Errorf("distribution-free: %v", e.DistributionFree)
	}
}

func TestUnpairedDegenerate(t *testing.T) {
	if e := Unpaired([]float64{1, 1, 1}, []float64{1, 1, 1}, 0.02); e.P != 0 || e.DeltaStar != 0 {
		t.Errorf("equal times give %+v", e)
	}
	if e := Unpaired([]float64{1}, []float64{1, 2}, 0.02); e.P != 1 || !math.IsInf(e.DeltaStar, 1) {
		t.Errorf("one unit gives %+v", e)
	}
	if v, why := Decide(Unpaired(nil, nil, 0.02)); v != NotShown {
		t.Errorf("nothing gives %s: %s", v, why)
	}
}

// The unpaired test errs as seldom as the paired one, also with groups of unlike spread.
func TestUnpairedTypeIError(t *testing.T) {
	delta := math.Log1p(0.02)
	rng := newRNG(6)
	wrong, right, covered := 0, 0, 0
	draw := func(n int, centre, sd float64) []float64 {
		x := make([]float64, n)
		for i := range x {
			x[i] = centre + sd*rng.NormFloat64()
		}
		return x
	}
	for range repeats {
		a := draw(12, 3, 0.3*delta)
		if v, _ := Decide(Unpaired(a, draw(15, 3+delta, 0.9*delta), 0.02)); v == Equivalent {
			wrong++
		}
		e := Unpaired(a, draw(15, 3, 0.9*delta), 0.02)
		if v, _ := Decide(e); v == Equivalent {
			right++
		}
		if e.Interval.Contains(0) {
			covered++
		}
	}
	if rate := float64(wrong) / repeats; rate > 0.065 {
		t.Errorf("equivalent in %.3f at the margin", rate)
	}
	if rate := float64(covered) / repeats; rate < 0.88 || rate > 0.92 {
		t.Errorf("the interval covers %.3f", rate)
	}
	if rate := float64(right) / repeats; rate < 0.85 {
		t.Errorf("power %.3f", rate)
	}
}

// Pairs of very many values are not formed; the interval is the distribution-free one, too.
func TestManyValuesHaveTheirIntervalForTheDistributionFreeOne(t *testing.T) {
	rng := newRNG(8)
	a := make([]float64, 50_000)
	for i := range a {
		a[i] = rng.NormFloat64()
	}
	if e := Paired(a, 0.02, Alpha); e.DistributionFree != e.Interval {
		t.Errorf("paired: %v and %v", e.DistributionFree, e.Interval)
	}
	if e := Unpaired(a, a[:20_000], 0.02); e.DistributionFree != e.Interval {
		t.Errorf("unpaired: %v and %v", e.DistributionFree, e.Interval)
	}
}
