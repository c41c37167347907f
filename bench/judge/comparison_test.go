package judge

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/internal/lab"
	"github.com/acdeploy/acdeploy/internal/stats"
	"github.com/acdeploy/acdeploy/worker"
)

// Time on the CPU that says otherwise is mentioned.
func TestCPUContradicts(t *testing.T) {
	l := lab.Quiet()
	l.Tamper = func(_ int, req worker.Request, rep *worker.Reply) error {
		if lab.Block(req) {
			rep.Times.CPU[3] = rep.Times.CPU[3] * 3 / 2
		}
		return nil
	}
	c := measure(t, l, lab.Job("fused")).Comparisons[0]
	if c.Verdict != Equivalent || math.Abs(float64(c.CPURatio)-1.5) > 0.02 {
		t.Errorf("verdict %s, ratio of CPU time %v", c.Verdict, c.CPURatio)
	}
	mentions(t, c.Reason, "time on the CPU contradicts", "slower")
}

// Only a definite verdict can be contradicted, and only by a definite one.
func TestContradiction(t *testing.T) {
	at := func(ratio, spread float64) stats.Estimate {
		d := make([]float64, 12)
		for i := range d {
			d[i] = math.Log(ratio) + spread*float64(i%4-1) - spread/2
		}
		return stats.Paired(d, 0.02, stats.Alpha)
	}
	for name, c := range map[string]struct {
		wall, cpu   stats.Estimate
		want        Verdict
		contradicts string
	}{
		"agree":                  {at(1, 0.002), at(1.001, 0.002), Equivalent, ""},
		"same by wall":           {at(1, 0.002), at(1.1, 0.002), Equivalent, "it says slower (ratio 1.1"},
		"slower by wall":         {at(1.1, 0.002), at(1, 0.002), Slower, "it says equivalent"},
		"opposite":               {at(0.9, 0.002), at(1.1, 0.002), Faster, "it says slower"},
		"CPU time does not tell": {at(1, 0.002), at(1, 0.2), Equivalent, ""},
		"wall does not tell":     {at(1, 0.2), at(1.1, 0.002), NotShown, ""},
		"no CPU time":            {at(1, 0.002), at(math.NaN(), 0), Equivalent, ""},
	} {
		v, reason := verdict(c.wall, c.cpu)
		if v != c.want || strings.Contains(reason, "contradicts") != (c.contradicts != "") {
			t.Errorf("%s: %s: %s", name, v, reason)
		}
		mentions(t, reason, c.contradicts)
	}
}

// Who fixed the number of blocks is not told to measure longer.
func TestTooShortIsNotSaidOfFixedBlocks(t *testing.T) {
	for blocks, want := range map[int]bool{0: true, 3: false} {
		l := lab.Quiet()
		l.UnitSD = 0.05
		j := lab.Job("fused")
		j.Options.Duration, j.Options.Blocks = 1, blocks
		c := measure(t, l, j).Comparisons[0]
		if c.Verdict != Invalid || strings.Contains(c.Reason, "use --duration") != want {
			t.Errorf("%d blocks: %s: %s", blocks, c.Verdict, c.Reason)
		}
	}
}

// The advice names a duration in which every unit would have blocks of the usual length.
func TestTooShortNamesADurationThatWouldDo(t *testing.T) {
	// Twelve units of 0.7 s and five blocks of twenty runs of 4 ms each take 13.2 s.
	ms := int64(time.Millisecond)
	for name, c := range map[string]struct {
		blocks int
		asked  time.Duration
		want   string
	}{
		"short":         {3, 5 * time.Second, "; the duration of 5s is too short: use --duration 15s or more"},
		"enough":        {3, 15 * time.Second, ""},
		"enough blocks": {5, 5 * time.Second, ""},
		"no block yet":  {0, 5 * time.Second, ""},
	} {
		s := &bench.Setting{
			Schedule: bench.Schedule{Blocks: c.blocks, Runs: 2, Block: 8 * ms},
			Arms:     []bench.RecordedArm{{Role: bench.RoleCandidate}},
			Units:    []bench.Unit{{UnitRecord: bench.UnitRecord{Open: 300 * ms, WarmUp: bench.WarmUp{Nanoseconds: 400 * ms}}}},
		}
		if got := tooShort(s, bench.Options{Duration: c.asked, Units: 12}); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

// TestUnitsNeeded: a verdict that was reached says how many units it takes within the margin of the measurement.
func TestUnitsNeeded(t *testing.T) {
	l := lab.Quiet()
	l.Tamper = func(n int, req worker.Request, rep *worker.Reply) error {
		if lab.Block(req) {
			for i, arm := range req.Time.Order {
				if arm == 3 { // the candidate, after baseline, control and the model as trained
					rep.Times.Nanoseconds[i] += int64(15_000 * (n%5 - 2))
				}
			}
		}
		return nil
	}
	job := lab.Job("fused")
	c := measure(t, l, job).Comparisons[0]
	var d []float64
	for _, r := range c.UnitRatios {
		d = append(d, math.Log(float64(r)))
	}
	margin := float64(c.Margin)
	e := stats.Paired(d, margin, stats.Alpha)
	want, other := stats.UnitsNeeded(e.Theta, e.SD, margin), stats.UnitsNeeded(e.Theta, e.SD, 2*margin)
	if c.Verdict != Equivalent || c.UnitsNeeded != want || want == other {
		t.Errorf("verdict %s, %d units needed, want %d, not %d", c.Verdict, c.UnitsNeeded, want, other)
	}
}
