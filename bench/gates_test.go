package bench

import (
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/internal/stats"
)

// Only a definite verdict can be contradicted, and only by a definite one.
func TestContradiction(t *testing.T) {
	at := func(ratio, spread float64) stats.Estimate {
		d := make([]float64, 12)
		for i := range d {
			d[i] = math.Log(ratio) + spread*float64(i%4-1) - spread/2
		}
		return stats.Paired(d, 0.02)
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

// shiftControl adds noise to the control's blocks, one number for each process, as a share of its time.
func shiftControl(shift func(n int) float64) func(int, request, *reply) error {
	return func(n int, req request, rep *reply) error {
		if rep.Block == nil {
			return nil
		}
		for i, arm := range req.Order {
			if arm == control {
				rep.Block.Nanoseconds[i] += int64(shift(n) * float64(rep.Block.Nanoseconds[i]))
			}
		}
		return nil
	}
}

func TestQuietMachinePassesAllGates(t *testing.T) {
	l := quietLab()
	l.provider = "CPUExecutionProvider"
	j := job("fused")
	j.Backends[0].Provider = "cpu"
	for i, a := range []*Arm{&j.Baseline, j.AsTrained, &j.Candidates[0]} {
		a.Files.Weights = &Weights{Values: int64(100 + i)}
	}
	res := measure(t, l, j)
	for name, c := range map[string]struct{ candidate, says string }{
		GateUnits:        {"", "12 of 12 units are good"},
		GateControl:      {"", "the baseline against itself: ratio 1.0001, smallest supported margin 0.176 %"},
		GatePositive:     {"", "the baseline's copy slowed by 4 % is found slower"},
		GateAnswers:      {"", "every arm repeats its first answer, the baseline's copy agrees with it"},
		GatePlacement:    {"", "all 4 nodes run on cpu"},
		GateLoad:         {"", "the hypervisor took 0 % of the time, the quota ran out 0 times"},
		GateWarmUp:       {"", "latencies were stable before timing in all units"},
		GateIndependence: {"", "runs tell as much as one that is independent"},
		GateWeights:      {"", "all weights are normal numbers or zero"},
		GatePlans:        {"fused", "the same 1 operators run in the same order"},
	} {
		g := gateOf(t, res, name, c.candidate)
		if g.State != OK {
			t.Errorf("%+v", g)
		}
		mentions(t, g.Detail, c.says)
	}
	if g := gateOf(t, res, GateAnswers, "fused"); g.State != OK || g.Detail != "agrees with trained" {
		t.Errorf("%+v", g)
	}
	if c := res.Comparisons[0]; c.Verdict != Equivalent || c.CPUVerdict != Equivalent {
		t.Errorf("verdict %s, by CPU time %s", c.Verdict, c.CPUVerdict)
	}
}

// The positive control fails where twice the margin would not be found, which is before the control does.
func TestPositiveControl(t *testing.T) {
	l := quietLab()
	rng := rand.New(rand.NewPCG(8, 8))
	shifts := map[int]float64{}
	l.tamper = shiftControl(func(n int) float64 {
		if _, ok := shifts[n]; !ok {
			shifts[n] = 0.04 * rng.NormFloat64()
		}
		return shifts[n]
	})
	res := measure(t, l, job("fused"))
	g := gateOf(t, res, GatePositive, "")
	if g.State != Fail {
		t.Errorf("%+v", g)
	}
	mentions(t, g.Detail, "the baseline's copy slowed by 4 % is called not_shown, so a real difference could be missed")
	if c := res.Comparisons[0]; c.Verdict != Invalid {
		t.Errorf("verdict %s", c.Verdict)
	}

	// A control off by minus the margin leaves a slowdown of less than what is asked for.
	l = quietLab()
	l.tamper = shiftControl(func(int) float64 { return -0.025 })
	if g := gateOf(t, measure(t, l, job("fused")), GatePositive, ""); g.State != Fail {
		t.Errorf("%+v", g)
	}
}

// In a quick look, what a few units cannot show is no fault.
func TestControlsOfAQuickLook(t *testing.T) {
	l := quietLab()
	l.unitSD = 0.05
	j := job("fused")
	j.Options.Units = 3
	res := measure(t, l, j)
	for _, name := range []string{GateControl, GatePositive, GateUnits} {
		if g := gateOf(t, res, name, ""); g.State != Warn {
			t.Errorf("%+v", g)
		}
	}
	mentions(t, gateOf(t, res, GateUnits, "").Detail, "3 of 3 units are good; a verdict needs at least 10")
}

// One unit alone has nothing to spread.
func TestControlsOfOneUnit(t *testing.T) {
	l := quietLab()
	l.tamper = func(n int, req request, _ *reply) error {
		if n > 0 && req.Op == opBlock {
			return errors.New("gone")
		}
		return nil
	}
	j := job("fused")
	j.Options.Units = 2
	res := measure(t, l, j)
	for _, name := range []string{GateControl, GatePositive, GateIndependence} {
		if g := gateOf(t, res, name, ""); g.State != Absent || g.Detail != "too few units" {
			t.Errorf("%+v", g)
		}
	}
	if g := gateOf(t, res, GateUnits, ""); g.State != Fail {
		t.Errorf("%+v", g)
	}
	if c := res.Comparisons[0]; c.Verdict != Invalid {
		t.Errorf("verdict %s", c.Verdict)
	}
}

func TestWarmUpGate(t *testing.T) {
	l := quietLab()
	l.tamper = func(n int, _ request, rep *reply) error {
		if rep.WarmUp != nil {
			rep.WarmUp.Stable = n >= 5
		}
		return nil
	}
	res := measure(t, l, job("fused"))
	g := gateOf(t, res, GateWarmUp, "")
	if g.State != Warn {
		t.Errorf("%+v", g)
	}
	mentions(t, g.Detail, "latencies were not yet stable after the warm-up in 5 of 12 units")
	if c := res.Comparisons[0]; c.Verdict != Equivalent {
		t.Errorf("a warning made the verdict %s", c.Verdict)
	}
}

// An arm that changes its own answer, and a copy that answers otherwise, concern every candidate.
func TestAnswersOfTheBaseline(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Answer)
		says   string
	}{
		"the baseline is fickle": {func(a *Answer) {
			if a.Arm == "A" && a.With == "A" {
				a.Equal, a.Detail = false, `output "y" differs`
			}
		}, `base does not repeat its first answer: output "y" differs`},
		"its copy differs": {func(a *Answer) {
			if a.Arm == "B" && a.With == "A" {
				a.Equal, a.Detail = false, `output "y" differs`
			}
		}, `the copy of base does not answer as base: output "y" differs`},
	} {
		l := quietLab()
		l.tamper = func(_ int, _ request, rep *reply) error {
			for i := range rep.Answers {
				c.change(&rep.Answers[i])
			}
			return nil
		}
		res := measure(t, l, job("fused"))
		g := gateOf(t, res, GateAnswers, "")
		if g.State != Fail || g.Detail != c.says {
			t.Errorf("%s: %+v", name, g)
		}
		if v := res.Comparisons[0]; v.Verdict != Invalid {
			t.Errorf("%s: verdict %s", name, v.Verdict)
		}
	}
	general := Gate{State: OK}
	for _, detail := range []string{"the first", "the second"} {
		judge(&general, nil, Answer{Arm: "A", With: "A", Detail: detail}, job("fused").arms())
	}
	mentions(t, general.Detail, "the first") // what comes after it is its consequence, often
	j := job("fused")
	j.AsTrained = nil
	g := gateOf(t, measure(t, quietLab(), j), GateAnswers, "fused")
	if g.State != Absent {
		t.Errorf("%+v", g)
	}
	mentions(t, g.Detail, "nothing to compare the answers with")
}

// A CPU clock too coarse to see a block tells nothing of it.
func TestCoarseCPUClock(t *testing.T) {
	b := block{wall: [][]int64{{10, 10}, {10, 10}}, cpu: []int64{0, 30}}
	if got := blockCPU(b, 0); !math.IsNaN(got) {
		t.Errorf("no time on the CPU gives %v", got)
	}
	if got := blockCPU(b, 1); got != 15 {
		t.Errorf("30 ns of two runs give %v", got)
	}
}

// Who fixed the number of blocks is not told to measure longer.
func TestTooShortIsNotSaidOfFixedBlocks(t *testing.T) {
	for blocks, want := range map[int]bool{0: true, 3: false} {
		l := quietLab()
		l.unitSD = 0.05
		j := job("fused")
		j.Options.Duration, j.Options.Blocks = 1, blocks
		c := measure(t, l, j).Comparisons[0]
		if c.Verdict != Invalid || strings.Contains(c.Reason, "use --duration") != want {
			t.Errorf("%d blocks: %s: %s", blocks, c.Verdict, c.Reason)
		}
	}
}

// controlled are twelve units in which the control differs from the baseline by so many standard errors, of
// that size on the log scale.
func controlled(errors, size float64) []unit {
	units := make([]unit, 12)
	sd := size * math.Sqrt(11) // of the alternating signs below, twelve times
	for i := range units {
		sign := float64(1 - 2*(i%2))
		ns := 1e9 * math.Exp(errors*size+sign*sd)
		units[i].blocks = []block{{wall: [][]int64{{1e9}, {int64(math.Round(ns))}}}}
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
		m := &measurement{job: job("fused"), time: location(StatisticMedian)}
		g := m.controlGate(controlled(c.errors, c.size))
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
	}{{10, 10, OK}, {9, 9, Warn}, {12, 10, OK}, {12, 9, Fail}, {9, 8, Fail}} {
		m := &measurement{target: c.want}
		if g := m.unitsGate(c.good); g.State != c.state {
			t.Errorf("%d of %d units: %+v", c.good, c.want, g)
		}
	}
}

// A kernel that computes sizes may run elsewhere, and is named; another may not.
func TestPlacementOfSizes(t *testing.T) {
	for sizes, want := range map[bool]State{true: OK, false: Fail} {
		m := &measurement{setting: setting{spec: BackendSpec{Provider: "cuda"}, arms: job("fused").arms()}}
		m.plans = []*backends.Plan{{Steps: []backends.Step{
			{Name: "conv", Op: "Conv", Provider: "CUDAExecutionProvider"},
			{Name: "size", Op: "Shape", Provider: "CPUExecutionProvider", ShapesOnly: sizes},
		}}}
		g := m.placementGate()
		if g.State != want {
			t.Errorf("%+v", g)
		}
		mentions(t, g.Detail, "size")
	}
}

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
		units := make([]unit, 12)
		for i := range units {
			units[i].blocks = []block{{wall: [][]int64{series(c.alike[0]), series(c.alike[1])}}}
		}
		m := &measurement{job: job("fused")}
		if got := m.tailRatios(units, 1)[1].Detail; !strings.Contains(got, c.says) {
			t.Errorf("%s: %q", name, got)
		}
	}
}
