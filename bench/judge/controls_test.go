package judge

import (
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/internal/lab"
	"github.com/acdeploy/acdeploy/worker"
)

func TestControlBias(t *testing.T) {
	l := lab.Quiet()
	l.Tamper = func(_ int, req worker.Request, rep *worker.Reply) error {
		if lab.Block(req) {
			for i, arm := range req.Time.Order {
				if arm == bench.Control {
					rep.Times.Nanoseconds[i] = rep.Times.Nanoseconds[i] * 103 / 100
				}
			}
		}
		return nil
	}
	res := measure(t, l, lab.Job("fused"))
	c := res.Comparisons[0]
	if c.Verdict != Invalid {
		t.Errorf("verdict %s with a control 3 %% off", c.Verdict)
	}
	mentions(t, c.Reason, ControlAA, "biased")
}

// A machine too noisy for the margin fails the control, whatever the other gates say.
func TestControlNoise(t *testing.T) {
	l := lab.Quiet()
	l.UnitSD = 0.05
	g := controlOf(t, measure(t, l, lab.Job("fused")), ControlAA, "")
	if g.State != Fail {
		t.Errorf("%+v", g)
	}
	mentions(t, g.Detail, "too noisy")
}

// shiftControl adds noise to the control's blocks, one number for each process, as a share of its time.
func shiftControl(shift func(n int) float64) func(int, worker.Request, *worker.Reply) error {
	return func(n int, req worker.Request, rep *worker.Reply) error {
		if !lab.Block(req) {
			return nil
		}
		for i, arm := range req.Time.Order {
			if arm == bench.Control {
				rep.Times.Nanoseconds[i] += int64(shift(n) * float64(rep.Times.Nanoseconds[i]))
			}
		}
		return nil
	}
}

func TestQuietMachinePassesAllGates(t *testing.T) {
	l := lab.Quiet()
	l.Provider = "CPUExecutionProvider"
	j := lab.Job("fused")
	j.Backends[0].Provider = "cpu"
	for i, a := range []*bench.Arm{&j.Baseline, j.AsTrained, &j.Candidates[0]} {
		a.Files.Weights = &bench.Weights{Values: int64(100 + i)}
	}
	res := measure(t, l, j)
	for name, c := range map[string]struct{ candidate, says string }{
		ControlUnits:        {"", "12 of 12 units are good"},
		ControlAA:           {"", "the baseline against itself: ratio 0.9998, smallest supported margin 0.167 %"},
		ControlPositive:     {"", "the baseline's copy slowed by 4 % is found slower"},
		ControlAnswers:      {"", "every arm repeats its first answer, the baseline's copy agrees with it"},
		ControlPlacement:    {"", "all 4 nodes run on cpu"},
		ControlLoad:         {"", "the hypervisor took 0 % of the time"},
		ControlQuota:        {"", "no quota of processor time ran out"},
		ControlWarmUp:       {"", "latencies were stable before timing in all units"},
		ControlIndependence: {"", "runs tell as much as one that is independent"},
		ControlWeights:      {"", "all weights are normal numbers or zero"},
		ControlPlans:        {"fused", "the same 1 operators run in the same order"},
	} {
		g := controlOf(t, res, name, c.candidate)
		if g.State != OK {
			t.Errorf("%+v", g)
		}
		mentions(t, g.Detail, c.says)
	}
	if g := controlOf(t, res, ControlAnswers, "fused"); g.State != OK || g.Detail != "agrees with trained" {
		t.Errorf("%+v", g)
	}
	if c := res.Comparisons[0]; c.Verdict != Equivalent || c.CPUVerdict != Equivalent {
		t.Errorf("verdict %s, by CPU time %s", c.Verdict, c.CPUVerdict)
	}
}

// The positive control fails where twice the margin would not be found, which is before the control does.
func TestPositiveControl(t *testing.T) {
	l := lab.Quiet()
	rng := rand.New(rand.NewPCG(8, 8))
	shifts := map[int]float64{}
	l.Tamper = shiftControl(func(n int) float64 {
		if _, ok := shifts[n]; !ok {
			shifts[n] = 0.04 * rng.NormFloat64()
		}
		return shifts[n]
	})
	res := measure(t, l, lab.Job("fused"))
	g := controlOf(t, res, ControlPositive, "")
	if g.State != Fail {
		t.Errorf("%+v", g)
	}
	mentions(t, g.Detail, "the baseline's copy slowed by 4 % is called not_shown, so a real difference could be missed")
	if c := res.Comparisons[0]; c.Verdict != Invalid {
		t.Errorf("verdict %s", c.Verdict)
	}

	// A control off by minus the margin leaves a slowdown of less than what is asked for.
	l = lab.Quiet()
	l.Tamper = shiftControl(func(int) float64 { return -0.025 })
	if g := controlOf(t, measure(t, l, lab.Job("fused")), ControlPositive, ""); g.State != Fail {
		t.Errorf("%+v", g)
	}
}

// In a quick look, what a few units cannot show is no fault.
func TestControlsOfAQuickLook(t *testing.T) {
	l := lab.Quiet()
	l.UnitSD = 0.05
	j := lab.Job("fused")
	j.Options.Units = 3
	res := measure(t, l, j)
	for _, name := range []string{ControlAA, ControlPositive, ControlUnits} {
		if g := controlOf(t, res, name, ""); g.State != Warn {
			t.Errorf("%+v", g)
		}
	}
	mentions(t, controlOf(t, res, ControlUnits, "").Detail, "3 of 3 units are good; a verdict needs at least 10")
}

// One unit alone has nothing to spread.
func TestControlsOfOneUnit(t *testing.T) {
	l := lab.Quiet()
	l.Tamper = func(n int, req worker.Request, _ *worker.Reply) error {
		if n > 0 && lab.Block(req) {
			return errors.New("gone")
		}
		return nil
	}
	j := lab.Job("fused")
	j.Options.Units = 2
	res := measure(t, l, j)
	for _, name := range []string{ControlAA, ControlPositive, ControlIndependence} {
		if g := controlOf(t, res, name, ""); g.State != Absent || g.Detail != "too few units" {
			t.Errorf("%+v", g)
		}
	}
	if g := controlOf(t, res, ControlUnits, ""); g.State != Fail {
		t.Errorf("%+v", g)
	}
	if c := res.Comparisons[0]; c.Verdict != Invalid {
		t.Errorf("verdict %s", c.Verdict)
	}
}

func TestWarmUpGate(t *testing.T) {
	l := lab.Quiet()
	windows := 0
	l.Tamper = func(n int, req worker.Request, rep *worker.Reply) error {
		if req.Time != nil && !lab.Block(req) && n < 5 {
			windows++
			for i := range rep.Times.Nanoseconds {
				rep.Times.Nanoseconds[i] *= int64(1 + windows%2)
			}
		}
		return nil
	}
	res := measure(t, l, lab.Job("fused"))
	g := controlOf(t, res, ControlWarmUp, "")
	if g.State != Warn {
		t.Errorf("%+v", g)
	}
	mentions(t, g.Detail, "latencies were not yet stable after the warm-up in 5 of 12 units")
	if c := res.Comparisons[0]; c.Verdict != Equivalent {
		t.Errorf("a warning made the verdict %s", c.Verdict)
	}
}

// controlled are twelve units in which the control differs from the baseline by so many standard errors, of
// that size on the log scale.
func controlled(errors, size float64) []bench.Unit {
	units := make([]bench.Unit, 12)
	sd := size * math.Sqrt(11) // of the alternating signs below, twelve times
	for i := range units {
		sign := float64(1 - 2*(i%2))
		ns := 1e9 * math.Exp(errors*size+sign*sd)
		units[i].Complete = true
		units[i].Blocks = []bench.Block{{Wall: [][]int64{{1e9}, {int64(math.Round(ns))}}}}
	}
	return units
}

// The control must not be biased at a level of 1 %, where Student's t is 3.106, and support the margin at one
// of 5 %, where it is 1.796.
func TestLimitsOfTheControl(t *testing.T) {
	for name, c := range map[string]struct {
		errors, size float64
		want         State
		says         string
	}{
		"almost biased":    {3.0, 0.001, OK, ""},
		"biased":           {3.2, 0.001, Fail, "the instrument is biased"},
		"barely precise":   {0, 0.0109, OK, ""},
		"barely imprecise": {0, 0.0112, Fail, "the machine is too noisy"},
	} {
		j := judging(&bench.Setting{Units: controlled(c.errors, c.size)}, bench.Defaults())
		g := j.aaControl()
		if g.State != c.want {
			t.Errorf("%s: %+v", name, g)
		}
		mentions(t, g.Detail, c.says)
	}
}

func TestTenUnitsAreEnough(t *testing.T) {
	if few, enough := strictness(9), strictness(10); few != Warn || enough != Fail {
		t.Errorf("a control that fails is %s in nine units and %s in ten", few, enough)
	}
	for _, c := range []struct {
		want, good int
		state      State
	}{{10, 10, OK}, {9, 9, Warn}, {12, 10, Warn}, {12, 9, Fail}, {9, 8, Fail}} {
		s := &bench.Setting{}
		if c.good == c.want {
			s.Units = []bench.Unit{{UnitRecord: bench.UnitRecord{Unit: c.want - 1, Complete: true}}}
		} else {
			s.Failures = []bench.Failure{{Unit: c.want - 1, Attempt: 1}}
		}
		j := &judgement{setting: s, options: bench.Options{Units: c.want}, good: make([]bench.Unit, c.good)}
		if g := j.unitsControl(); g.State != c.state {
			t.Errorf("%d of %d units: %+v", c.good, c.want, g)
		}
	}
}

func TestWeightsGate(t *testing.T) {
	j := lab.Job("fused")
	j.Candidates[0].Files.Weights = &bench.Weights{Values: 100}
	if g := controlOf(t, measure(t, lab.Quiet(), j), ControlWeights, ""); g.State != OK {
		t.Errorf("%+v", g)
	}
	j.Candidates[0].Files.Weights = &bench.Weights{Values: 100, Subnormal: 7, NaN: 1}
	j.Baseline.Files.Weights = &bench.Weights{Values: 100, Inf: 2}
	g := controlOf(t, measure(t, lab.Quiet(), j), ControlWeights, "")
	if g.State != Warn {
		t.Errorf("%+v", g)
	}
	mentions(t, g.Detail, "fused has 7 subnormal, 1 NaN and 0 infinite weights of 100", "base has 0 subnormal, 0 NaN and 2 infinite")
}

// TestControlFiles fails a measurement during which somebody wrote to a model.
func TestControlFiles(t *testing.T) {
	all := (&judgement{setting: &bench.Setting{Changed: "fused.onnx"}}).controls()
	if len(all) == 0 || all[0].Name != ControlFiles || all[0].State != Fail || !strings.HasPrefix(all[0].Detail, "fused.onnx changed") {
		t.Errorf("got %+v", all)
	}
}
