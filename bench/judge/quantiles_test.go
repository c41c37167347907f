package judge

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/internal/lab"
)

// The tails are assessed where both arms have enough independent runs, and with few units with a warning.
func TestTailsNeedBothArms(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	series := func(alike bool) []int64 {
		x, all := make([]int64, 100), int64(1e6+1e5*rng.Float64())
		for i := range x {
			if x[i] = all; !alike {
				x[i] = int64(1e6 + 1e5*rng.Float64())
			}
		}
		return x
	}
	for name, c := range map[string]struct {
		alike []bool
		says  string
	}{
		"both vary":     {[]bool{false, false}, "optimistic: the interval of 12 units is too narrow, 20 would do"},
		"one does not":  {[]bool{false, true}, "not assessed"},
		"nor the other": {[]bool{true, false}, "not assessed"},
	} {
		units := make([]bench.Unit, 12)
		for i := range units {
			units[i].Blocks = []bench.Block{{Wall: [][]int64{series(c.alike[0]), series(c.alike[1])}}}
		}
		j := &judgement{options: bench.Defaults(), good: units}
		if got := j.quantileRatios(1)[1].Detail; !strings.Contains(got, c.says) {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestTailsAndDependenceAreRecorded(t *testing.T) {
	res := measure(t, lab.Quiet(), lab.Job("slow"))
	a := res.Arms[0]
	if len(a.Quantiles) != 4 || a.Quantiles[0].Q != 0.5 || a.Quantiles[3].Q != 0.99 {
		t.Fatalf("tails %+v", a.Quantiles)
	}
	for i, tail := range a.Quantiles {
		if i > 0 && tail.Estimate < a.Quantiles[i-1].Estimate {
			t.Errorf("quantile %v is below the one before", tail.Q)
		}
		if tail.LowRank > 0 && float64(tail.Low) > float64(tail.Estimate) || tail.HighRank > 0 && float64(tail.High) < float64(tail.Estimate) {
			t.Errorf("bounds of %+v", tail)
		}
	}
	if a.Dependence.Tau < 1 || float64(a.Dependence.ESS) > float64(a.Runs) {
		t.Errorf("dependence %+v of %d runs", a.Dependence, a.Runs)
	}
	c := res.Comparisons[0]
	if len(c.Quantiles) != 3 || c.Quantiles[0].Q != 0.5 || math.Abs(float64(c.Quantiles[0].Ratio)-1.08) > 0.02 || math.Abs(float64(c.Quantiles[2].Ratio)-1.08) > 0.02 {
		t.Errorf("ratios of tails %+v", c.Quantiles)
	}
	// The model as trained takes 1.5 ms, this candidate 1.08 ms.
	for _, a := range res.Arms {
		if a.Role == bench.RoleAsTrained && math.Abs(float64(a.Ratio/c.Ratio/c.Speedup.Ratio)-1) > 1e-12 {
			t.Errorf("the speedup %v is not the quotient of the ratios %v and %v beside it", c.Speedup.Ratio, a.Ratio, c.Ratio)
		}
	}
	if got := float64(c.Speedup.Ratio); c.Speedup.Over != "trained" || math.Abs(got-1.389) > 0.02 {
		t.Errorf("speedup %+v", c.Speedup)
	}
}

// Few runs have a p99, but no bound of it.
func TestTailsOfFewRuns(t *testing.T) {
	j := lab.Job("fused")
	j.Options.Units, j.Options.Duration = 2, 100_000_000
	res := measure(t, lab.Quiet(), j)
	if tail := res.Arms[0].Quantiles[3]; tail.HighRank != 0 || !math.IsNaN(float64(tail.High)) || tail.Estimate == 0 {
		t.Errorf("p99 of few runs: %+v", tail)
	}
	r := res.Comparisons[0].Quantiles[2]
	if !math.IsInf(float64(r.CI[1]), 1) {
		t.Errorf("ratio of p99: %+v", r)
	}
	mentions(t, r.Detail, "not assessed", "299 are needed")
}
