package bench_test

import (
	"math"
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/bench/internal/lab"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/worker"
)

// A slowed arm takes its share more, of each run anew: the latency that it is a share of need not stay.
func TestSlowdown(t *testing.T) {
	l := lab.Quiet()
	l.Reading = 20
	var asked []float64
	l.Tamper = func(_ int, req worker.Request, _ *worker.Reply) error {
		if req.Slow != nil {
			asked = req.Slow
		}
		return nil
	}
	j := lab.Job("base", "fused") // the same latency
	j.Candidates[0].Name, j.Candidates[0].Slowdown = "slowed", 0.05
	rec, err := l.Runner().Run(t.Context(), j)
	if err != nil {
		t.Fatal(err)
	}
	res := judge.Judge(rec)
	for arm, want := range []float64{1, 1, 1, 1.05, 1} {
		if got := rec.Settings[0].Truth(arm); math.Abs(got-want) > 1e-4 {
			t.Errorf("arm %d was slowed down by %g, want %g", arm, got, want)
		}
	}
	if want := []float64{0, 0, 0, 0.05, 0}; !slices.Equal(asked, want) {
		t.Errorf("asked for %v, want %v", asked, want)
	}
	for i, want := range []float64{1.05, 1} {
		if got := float64(res.Comparisons[i].Ratio); math.Abs(got-want) > 2e-3 {
			t.Errorf("candidate %d has ratio %g, want %g", i, got, want)
		}
	}
	if got := res.Comparisons[0].Verdict; got != judge.Slower {
		t.Errorf("verdict %s", got)
	}
}
