package judge

import (
	"fmt"
	"math"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/internal/stats"
)

// controls checks the measurement itself.
func (j *judgement) controls() []Control {
	var all []Control // a cause before what it brings about
	if file := j.setting.Changed; file != "" {
		all = append(all, Control{Name: ControlFiles, State: Fail, Detail: file + " changed while it was measured; measure again when nobody writes to it"})
	}
	all = append(all, j.quotaControl(), j.unitsControl(), j.aaControl(), j.positiveControl())
	all = append(all, j.answerControls()...)
	all = append(all, j.placementControl(), j.loadControl(), j.warmUpControl(), j.independenceControl(), j.weightsControl())
	for i, a := range j.setting.Arms {
		if a.Role == bench.RoleCandidate {
			all = append(all, j.planControl(i))
		}
	}
	all = append(all, j.engineControls()...)
	for i := range all {
		all[i].Key = j.setting.Key
	}
	return all
}

// unitsControl asks for as many good units as carry a verdict. A measurement that asked for fewer is a
// quick look, which the verdict says.
func (j *judgement) unitsControl() Control {
	good := len(j.good)
	want, interrupted := j.target()
	g := Control{Name: ControlUnits, State: OK, Detail: fmt.Sprintf("%d of %d units are good", good, want)}
	if len(j.setting.Failures) > 0 {
		last := j.setting.Failures[len(j.setting.Failures)-1]
		g.State = Warn
		g.Detail += fmt.Sprintf("; %d attempts were lost, the last in unit %d: %s", len(j.setting.Failures), last.Unit, last.Reason)
	}
	switch {
	case interrupted:
		g.State = Fail
		g.Detail = fmt.Sprintf("interrupted after %d of %d units", good, want)
	case good < min(want, stats.MinUnits):
		g.State = Fail
		g.Detail += fmt.Sprintf("; at least %d are needed", min(want, stats.MinUnits))
	case want < stats.MinUnits:
		g.State = Warn
		g.Detail += fmt.Sprintf("; a verdict needs at least %d", stats.MinUnits)
	}
	return g
}

// strictness is the state of a control that did not succeed: in a quick look it cannot be expected to.
func strictness(units int) State {
	if units < stats.MinUnits {
		return Warn
	}
	return Fail
}

// aaControl compares the baseline with its own copy: the margin must be supported, and the 99 %
// interval must contain equality.
func (j *judgement) aaControl() Control {
	d := j.logRatios(bench.Control)
	e := j.paired(d)
	g := Control{Name: ControlAA, State: OK}
	if len(j.good) < 2 {
		g.State, g.Detail = Absent, "too few units"
		return g
	}
	g.Detail = fmt.Sprintf("the baseline against itself: ratio %.4f, smallest supported margin %s", e.Ratio(), stats.Percent(e.DeltaStar))
	switch {
	case !stats.TInterval(d, 0.99).Contains(0):
		g.State = strictness(len(j.good))
		g.Detail += "; its 99 % interval excludes 1, so the instrument is biased"
	case !(e.DeltaStar <= e.Margin):
		g.State = strictness(len(j.good))
		g.Detail += fmt.Sprintf("; that is more than %s, so the machine is too noisy: measure when nothing else runs on it, or for longer (--duration)", stats.Percent(e.Margin))
	}
	return g
}

// positiveControl slows the recorded copy of the baseline by twice the margin, in arithmetic, and expects
// the verdict slower.
func (j *judgement) positiveControl() Control {
	margin := float64(j.options.Margin)
	d := j.logRatios(bench.Control)
	for i := range d {
		d[i] += math.Log1p(2 * margin)
	}
	g := Control{Name: ControlPositive, State: OK}
	if len(j.good) < 2 {
		g.State, g.Detail = Absent, "too few units"
		return g
	}
	g.Detail = fmt.Sprintf("the baseline's copy slowed by %s is found slower", stats.Percent(2*margin))
	if v, _ := stats.Decide(j.paired(d)); v != Slower {
		g.State = strictness(len(j.good))
		g.Detail = fmt.Sprintf("the baseline's copy slowed by %s is called %s, so a real difference could be missed",
			stats.Percent(2*margin), v)
	}
	return g
}

// warmUpControl warns of units that were still changing when the timing began.
func (j *judgement) warmUpControl() Control {
	g := Control{Name: ControlWarmUp, State: OK, Detail: "latencies were stable before timing in all units"}
	restless := 0
	for _, u := range j.good {
		if !u.WarmUp.Stable {
			restless++
		}
	}
	if restless > 0 {
		g.State = Warn
		g.Detail = fmt.Sprintf("latencies were not yet stable after the warm-up in %d of %d units", restless, len(j.good))
	}
	if len(j.good) == 0 {
		g.State, g.Detail = Absent, "no good unit"
	}
	return g
}

// planControl says whether a candidate runs as the baseline does. Another plan is no fault of the
// measurement: it explains another latency.
func (j *judgement) planControl(arm int) Control {
	g := Control{Name: ControlPlans, Candidate: j.setting.Arms[arm].Name, State: Absent, Detail: "the engine does not tell what it runs"}
	switch d := j.planDiff(arm); d.State {
	case PlansEqual:
		g.State, g.Detail = OK, fmt.Sprintf("the same %d operators run in the same order", d.Baseline)
	case PlansReordered:
		g.State, g.Detail = Warn, fmt.Sprintf("the same %d operators run in another order, from %s on", d.Baseline, d.first())
	case PlansDiffer:
		g.State = Warn
		g.Detail = fmt.Sprintf("%d operators run instead of %d, %d of them differ, the first is %s",
			d.Candidate, d.Baseline, d.Differing, d.first())
	}
	return g
}

// engineControls passes on what the engine itself warned of.
func (j *judgement) engineControls() []Control {
	var all []Control
	for _, text := range j.setting.Warnings {
		all = append(all, Control{Name: ControlEngine, State: Warn, Detail: text})
	}
	return all
}

// weightsControl warns of weights that are not normal numbers: they take their own time.
func (j *judgement) weightsControl() Control {
	g := Control{Name: ControlWeights, State: Absent, Detail: "the weights were not looked at"}
	for i, a := range j.setting.Arms {
		w := a.Files.Weights
		if i == bench.Control || w == nil {
			continue
		}
		if g.State == Absent {
			g.State, g.Detail = OK, "all weights are normal numbers or zero"
		}
		if w.Subnormal+w.NaN+w.Inf == 0 {
			continue
		}
		text := fmt.Sprintf("%s has %d subnormal, %d NaN and %d infinite weights of %d, which can take a time of their own",
			a.Name, w.Subnormal, w.NaN, w.Inf, w.Values)
		if g.State == Warn {
			text = g.Detail + "; " + text
		}
		g.State, g.Detail = Warn, text
	}
	return g
}
