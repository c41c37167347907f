package judge

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/internal/lab"
	"github.com/acdeploy/acdeploy/worker"
)

// measure measures in the lab, and judges.
func measure(t *testing.T, l *lab.Lab, j bench.Job) *Result {
	t.Helper()
	run := l.Runner()
	run.Enough = Precise
	rec, err := run.Run(context.Background(), j)
	if err != nil {
		t.Fatal(err)
	}
	return Judge(rec)
}

func controlOf(t *testing.T, res *Result, name, candidate string) Control {
	t.Helper()
	for _, g := range res.Controls {
		if g.Name == name && g.Candidate == candidate {
			return g
		}
	}
	t.Fatalf("no control %s for %q among %v", name, candidate, res.Controls)
	return Control{}
}

func mentions(t *testing.T, text string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("%q does not mention %q", text, w)
		}
	}
}

func TestVerdicts(t *testing.T) {
	noisy := lab.Quiet()
	noisy.UnitSD = 0.05
	for name, c := range map[string]struct {
		lab       *lab.Lab
		candidate string
		want      Verdict
	}{
		"equivalent": {lab.Quiet(), "fused", Equivalent},
		"slower":     {lab.Quiet(), "slow", Slower},
		"faster":     {lab.Quiet(), "fast", Faster},
		// A machine this noisy fails its own control.
		"invalid": {noisy, "fused", Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			res := measure(t, c.lab, lab.Job(c.candidate))
			got := res.Comparisons[0]
			if got.Verdict != c.want {
				t.Errorf("verdict %s, want %s: %s", got.Verdict, c.want, got.Reason)
			}
			true_ := c.lab.Latency[c.candidate] / c.lab.Latency["base"]
			if name != "invalid" && math.Abs(float64(got.Ratio)-true_) > 0.01 {
				t.Errorf("ratio %v, want about %v", got.Ratio, true_)
			}
		})
	}
}

// A candidate whose sessions vary more than the baseline's settles nothing, though the controls succeed.
func TestNotShown(t *testing.T) {
	l := lab.Quiet()
	l.Tamper = func(n int, req worker.Request, rep *worker.Reply) error {
		if lab.Block(req) {
			for i, arm := range req.Time.Order {
				if arm == 3 { // the candidate, after baseline, control and the model as trained
					rep.Times.Nanoseconds[i] += int64(40_000 * (n%5 - 2))
				}
			}
		}
		return nil
	}
	got := measure(t, l, lab.Job("fused")).Comparisons[0]
	if got.Verdict != NotShown || got.UnitsNeeded <= 12 {
		t.Errorf("verdict %s, %d units needed", got.Verdict, got.UnitsNeeded)
	}
	mentions(t, got.Reason, "units would be needed")
}

// The same seed gives the same bytes, another seed other orders.
func TestDeterminism(t *testing.T) {
	encode := func(seed uint64) []byte {
		j := lab.Job("fused")
		j.Options.Seed = seed
		data, err := json.Marshal(measure(t, lab.Quiet(), j))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	if !bytes.Equal(encode(1), encode(1)) {
		t.Error("the same seed gave different bytes")
	}
	if bytes.Equal(encode(1), encode(2)) {
		t.Error("another seed gave the same bytes")
	}
}

func TestQuickLook(t *testing.T) {
	j := lab.Job("slow")
	j.Options.Units = 3
	c := measure(t, lab.Quiet(), j).Comparisons[0]
	if c.Verdict != NotShown || math.Abs(float64(c.Ratio)-1.08) > 0.02 {
		t.Errorf("verdict %s, ratio %v", c.Verdict, c.Ratio)
	}
	mentions(t, c.Reason, "quick look of 3 units", "10 units would be needed")
}

// Disturbances that spare no arm, or hit one block alone, do not move the verdict.
func TestDisturbances(t *testing.T) {
	for name, disturb := range map[string]func(l *lab.Lab){
		"one bad block in each unit": func(l *lab.Lab) {
			blocks := 0
			l.Tamper = func(_ int, req worker.Request, rep *worker.Reply) error {
				if !lab.Block(req) {
					return nil
				}
				if blocks++; blocks%20 == 3 {
					for i, arm := range req.Time.Order {
						rep.Times.Nanoseconds[i] *= int64(1 + arm) // hits the arms unequally
					}
				}
				return nil
			}
		},
		"outlying runs of one arm": func(l *lab.Lab) {
			l.Tamper = func(_ int, req worker.Request, rep *worker.Reply) error {
				if !lab.Block(req) {
					return nil
				}
				for i := range req.Time.Order {
					if req.Time.Order[i] == 3 && i%10 == 0 {
						rep.Times.Nanoseconds[i] *= 20
					}
				}
				return nil
			}
		},
		"strong drift": func(l *lab.Lab) { l.Drift = 0.3 },
	} {
		t.Run(name, func(t *testing.T) {
			l := lab.Quiet()
			disturb(l)
			j := lab.Job("fused")
			j.Options.Duration = 30 * time.Second
			c := measure(t, l, j).Comparisons[0]
			if c.Verdict != Equivalent || c.DeltaStar > 0.01 {
				t.Errorf("verdict %s, delta star %v: %s", c.Verdict, c.DeltaStar, c.Reason)
			}
		})
	}
}

func TestMeasurementOfAnEngineThatTimesItself(t *testing.T) {
	for candidate, want := range map[string]Verdict{"fused": Equivalent, "slow": Slower} {
		l := lab.Quiet()
		l.Timer = true
		l.Drift = 0.0002 // a clock that drifts while processes start
		j := lab.Job(candidate)
		j.Options.Duration = 10 * time.Minute
		j.Options.Streams = 2 // nothing here could run at once
		res := measure(t, l, j)
		if got := res.Comparisons[0]; got.Verdict != want {
			t.Errorf("%s: verdict %s, want %s: %s", candidate, got.Verdict, want, got.Reason)
		}
		s := res.Settings[0]
		if !s.OnGPU() || s.CPUClock != worker.CPUUnavailable {
			t.Errorf("clock %+v, %s", s.Engine, s.CPUClock)
		}
		if g := controlOf(t, res, ControlEngine, ""); g.State != Warn || g.Detail != "GPU compute time is unstable" {
			t.Errorf("gate %+v", g)
		}
		if res.Units[0].Orders[0][0] != res.Units[0].Orders[0][1] {
			t.Error("the order says that the arms alternated run by run")
		}
	}
}

// Two measurements that are judged together have all units of both, an interval of 95 %, and stay so when they are judged again.
func TestJoined(t *testing.T) {
	var both [2]*bench.Recording
	for i := range both {
		j := lab.Job("fused")
		j.Options.Seed += uint64(i)
		rec, err := lab.Quiet().Runner().Run(t.Context(), j)
		if err != nil {
			t.Fatal(err)
		}
		both[i] = rec
	}
	joined, ok := bench.Join(both[0], both[1])
	if !ok {
		t.Fatal("they are not joined")
	}
	res := Judge(joined)
	c := res.Comparisons[0]
	if c.Units != 24 || math.Abs(float64(c.Confidence)-0.95) > 1e-9 || c.Verdict != Equivalent {
		t.Errorf("%d units at %v: %s", c.Units, c.Confidence, c.Verdict)
	}
	mentions(t, controlOf(t, res, ControlUnits, "").Detail, "24 of 24 units are good")
	again, err := res.Recording()
	if err != nil {
		t.Fatal(err)
	}
	if d := Judge(again).Comparisons[0]; d.CI != c.CI || d.Confidence != c.Confidence {
		t.Errorf("judged again: %v at %v, at first %v at %v", d.CI, d.Confidence, c.CI, c.Confidence)
	}
}
