package bench

import (
	"math"
	"testing"
)

func TestTailsAndDependenceAreRecorded(t *testing.T) {
	res := measure(t, quietLab(), job("slow"))
	a := res.Arms[0]
	if len(a.Tails) != 4 || a.Tails[0].Q != 0.5 || a.Tails[3].Q != 0.99 {
		t.Fatalf("tails %+v", a.Tails)
	}
	for i, tail := range a.Tails {
		if i > 0 && tail.Estimate < a.Tails[i-1].Estimate {
			t.Errorf("quantile %v is below the one before", tail.Q)
		}
		if tail.LowRank > 0 && float64(tail.Low) > float64(tail.Estimate) || tail.HighRank > 0 && float64(tail.High) < float64(tail.Estimate) {
			t.Errorf("bounds of %+v", tail)
		}
	}
	if a.Memory.Tau < 1 || float64(a.Memory.ESS) > float64(a.Runs) {
		t.Errorf("dependence %+v of %d runs", a.Memory, a.Runs)
	}
	c := res.Comparisons[0]
	if len(c.Tails) != 3 || c.Tails[0].Q != 0.5 || math.Abs(float64(c.Tails[0].Ratio)-1.08) > 0.02 || math.Abs(float64(c.Tails[2].Ratio)-1.08) > 0.02 {
		t.Errorf("ratios of tails %+v", c.Tails)
	}
	// The model as trained takes 1.5 ms, this candidate 1.08 ms.
	if got := float64(c.Speedup.Ratio); c.Speedup.Over != "trained" || math.Abs(got-1.389) > 0.02 {
		t.Errorf("speedup %+v", c.Speedup)
	}
}

// Few runs have a p99, but no bound of it.
func TestTailsOfFewRuns(t *testing.T) {
	j := job("fused")
	j.Options.Units, j.Options.Duration = 2, 100_000_000
	res := measure(t, quietLab(), j)
	if tail := res.Arms[0].Tails[3]; tail.HighRank != 0 || !math.IsNaN(float64(tail.High)) || tail.Estimate == 0 {
		t.Errorf("p99 of few runs: %+v", tail)
	}
	r := res.Comparisons[0].Tails[2]
	if !math.IsInf(float64(r.CI[1]), 1) {
		t.Errorf("ratio of p99: %+v", r)
	}
	mentions(t, r.Detail, "not assessed", "299 are needed")
}

// An adaptive measurement ends at the first look that is precise, and only then.
func TestAdaptive(t *testing.T) {
	for name, c := range map[string]struct {
		unitSD float64
		want   int
	}{"quiet": {0.002, 12}, "restless": {0.011, 24}, "noisy": {0.025, 48}} {
		l := quietLab()
		l.unitSD = c.unitSD
		j := job("fused")
		j.Options.Adaptive, j.Options.Duration = true, 2e9
		res := measure(t, l, j)
		got := res.Comparisons[0]
		if got.Units != c.want || math.Abs(float64(got.Confidence)-0.92) > 1e-9 {
			t.Errorf("%s: %d units at confidence %v, want %d at 0.92", name, got.Units, got.Confidence, c.want)
		}
	}
}

func TestIndependenceGate(t *testing.T) {
	quiet := measure(t, quietLab(), job("fused"))
	if g := gateOf(t, quiet, GateIndependence, ""); g.State != OK {
		t.Errorf("%+v", g)
	}
	slow := quietLab() // the same for whole blocks, then something else
	block := 0
	slow.tamper = func(_ int, req request, rep *reply) error {
		if rep.Block != nil {
			for i := range req.Order {
				rep.Block.Nanoseconds[i] += int64(200_000 * math.Sin(float64(block)+float64(i)/100))
			}
			block++
		}
		return nil
	}
	g := gateOf(t, measure(t, slow, job("fused")), GateIndependence, "")
	if g.State != Warn {
		t.Errorf("%+v", g)
	}
	mentions(t, g.Detail, "blocks of", "would be better")

	warming := quietLab() // the candidate becomes slower from block to block of each process
	warming.runSD = 0.001
	asked := map[int]int{}
	warming.tamper = func(n int, req request, rep *reply) error {
		if rep.Block != nil {
			for i, arm := range req.Order {
				if arm == 3 {
					rep.Block.Nanoseconds[i] += int64(20_000 * asked[n])
				}
			}
			asked[n]++
		}
		return nil
	}
	j := job("fused")
	j.Options.Blocks = 20
	g = gateOf(t, measure(t, warming, j), GateIndependence, "")
	if g.State != Warn {
		t.Errorf("%+v", g)
	}
	mentions(t, g.Detail, "the blocks of fused take after the one before")

	creeping := quietLab() // each process is a little slower for the candidate than the one before
	creeping.tamper = func(n int, req request, rep *reply) error {
		if rep.Block != nil {
			for i, arm := range req.Order {
				if arm == 3 {
					rep.Block.Nanoseconds[i] += int64(6_000 * n)
				}
			}
		}
		return nil
	}
	g = gateOf(t, measure(t, creeping, job("fused")), GateIndependence, "")
	if g.State != Warn {
		t.Errorf("%+v", g)
	}
	mentions(t, g.Detail, "fused take after the one before")
}
