package bench_test

import (
	"testing"
	"time"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/internal/lab"
)

func TestWarmUp(t *testing.T) {
	for name, c := range map[string]struct {
		lab     lab.Lab
		windows int
		stable  bool
	}{
		"stable at once": {lab.Lab{Latency: map[string]float64{"base": 1e6, "fused": 2e6}}, 3, true},
		// Latency grows by 3 % in a window of 54 ms or more until the limit of a second.
		"drifting": {lab.Lab{Latency: map[string]float64{"base": 1e6, "fused": 2e6}, Drift: 0.6}, 19, false},
		// One round is longer than the limit.
		"slow model":               {lab.Lab{Latency: map[string]float64{"base": 1e9, "fused": 2e9}}, 1, false},
		"engine that times itself": {lab.Lab{Latency: map[string]float64{"base": 1e6, "fused": 2e6}, Timer: true}, 3, true},
	} {
		t.Run(name, func(t *testing.T) {
			j := lab.Job("fused")
			j.AsTrained, j.Options.Units, j.Options.Blocks, j.Options.Duration = nil, 2, 1, time.Millisecond
			rec, err := c.lab.Runner().Run(t.Context(), j)
			if err != nil {
				t.Fatal(err)
			}
			got := rec.Settings[0].Units[0].WarmUp
			if got.Windows != c.windows || got.Stable != c.stable || got.Nanoseconds < int64(50*time.Millisecond) {
				t.Errorf("%+v, want %d windows, stable %v", got, c.windows, c.stable)
			}
		})
	}
}

// The blocks follow from the latencies of the first unit's warm-up. A round of the three arms takes 4 ms; after a
// warm-up of 0.16 s, 0.34 s are left of the half second of a unit: five blocks of 16 rounds.
func TestTheWarmUpSchedules(t *testing.T) {
	l := lab.Lab{Latency: map[string]float64{"base": 1e6, "fused": 2e6}}
	j := lab.Job("fused")
	j.AsTrained = nil
	rec, err := l.Runner().Run(t.Context(), j)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := rec.Settings[0].Schedule, (bench.Schedule{Blocks: 5, Runs: 16, Block: int64(64 * time.Millisecond)}); got != want {
		t.Errorf("schedule %+v, want %+v", got, want)
	}
}
