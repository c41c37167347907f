package bench

import (
	"fmt"
	"math"
	"strings"

	"github.com/acdeploy/acdeploy/internal/stats"
)

// gates checks the measurement itself.
func (m *measurement) gates() []Gate {
	good := m.good()
	gates := []Gate{m.unitsGate(len(good))}
	gates = append(gates, m.controlGate(good), m.positiveGate(good))
	gates = append(gates, m.answerGates(good)...)
	gates = append(gates, m.placementGate(), m.loadGate(good), warmUpGate(good), m.independenceGate(good), m.weightsGate())
	for i, a := range m.setting.arms {
		if a.role == RoleCandidate {
			gates = append(gates, m.planGate(i))
		}
	}
	gates = append(gates, m.engineGates()...)
	for i := range gates {
		gates[i].Key = m.setting.key()
	}
	return gates
}

// unitsGate asks for as many good units as carry a verdict. A measurement that asked for fewer is a
// quick look, which the verdict says.
func (m *measurement) unitsGate(good int) Gate {
	want := m.target
	g := Gate{Name: GateUnits, State: OK, Detail: fmt.Sprintf("%d of %d units are good", good, want)}
	if len(m.failures) > 0 {
		last := m.failures[len(m.failures)-1]
		g.State = Warn
		g.Detail += fmt.Sprintf("; %d attempts were lost, the last in unit %d: %s", len(m.failures), last.Unit, last.Reason)
	}
	switch {
	case m.interrupted:
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

// controlGate compares the baseline with its own copy: the margin must be supported, and the 99 %
// interval must contain equality.
func (m *measurement) controlGate(good []unit) Gate {
	d := logRatios(good, control, m.time)
	e := m.paired(d)
	g := Gate{Name: GateControl, State: OK}
	if len(good) < 2 {
		g.State, g.Detail = Absent, "too few units"
		return g
	}
	g.Detail = fmt.Sprintf("the baseline against itself: ratio %.4f, smallest supported margin %s", e.Ratio(), stats.Percent(e.DeltaStar))
	switch {
	case !stats.TInterval(d, 0.99).Contains(0):
		g.State = strictness(len(good))
		g.Detail += "; its 99 % interval excludes 1, so the instrument is biased"
	case !(e.DeltaStar <= e.Margin):
		g.State = strictness(len(good))
		g.Detail += fmt.Sprintf("; that is more than %s, so the machine is too noisy", stats.Percent(e.Margin))
	}
	return g
}

// positiveGate slows the recorded copy of the baseline by twice the margin, in arithmetic, and expects
// the verdict slower.
func (m *measurement) positiveGate(good []unit) Gate {
	margin := float64(m.job.Options.Margin)
	d := logRatios(good, control, m.time)
	for i := range d {
		d[i] += math.Log1p(2 * margin)
	}
	g := Gate{Name: GatePositive, State: OK}
	if len(good) < 2 {
		g.State, g.Detail = Absent, "too few units"
		return g
	}
	g.Detail = fmt.Sprintf("the baseline's copy slowed by %s is found slower", stats.Percent(2*margin))
	if v, _ := stats.Decide(m.paired(d)); v != Slower {
		g.State = strictness(len(good))
		g.Detail = fmt.Sprintf("the baseline's copy slowed by %s is called %s, so a real difference could be missed",
			stats.Percent(2*margin), v)
	}
	return g
}

// answerGates reports on each candidate's answers against those of its function, and on all other
// answers together.
func (m *measurement) answerGates(good []unit) []Gate {
	general := Gate{Name: GateAnswers, State: OK, Detail: "every arm repeats its first answer, the baseline's copy agrees with it"}
	candidates := map[int]*Gate{}
	for i, a := range m.setting.arms {
		if a.role == RoleCandidate {
			candidates[i] = &Gate{Name: GateAnswers, Candidate: a.Name, State: Absent, Detail: "nothing to compare the answers with, no other arm is said to be the same function"}
		}
	}
	for _, u := range good {
		for _, a := range u.Answers {
			judge(&general, candidates, a, m.setting.arms)
		}
	}
	if len(good) == 0 {
		general.State, general.Detail = Absent, "no good unit"
	}
	gates := []Gate{general}
	for i := range m.setting.arms {
		if g := candidates[i]; g != nil {
			gates = append(gates, *g)
		}
	}
	return gates
}

// judge adds one comparison of answers to the gate that it concerns.
func judge(general *Gate, candidates map[int]*Gate, a Answer, arms []placed) {
	arm, with := index(a.Arm, len(arms)), index(a.With, len(arms))
	g, own := general, candidates[arm]
	name := arms[arm].Name
	if arm == control {
		name = "the copy of " + name
	}
	what := name + " does not repeat its first answer"
	if a.Arm != a.With {
		what = fmt.Sprintf("%s does not answer as %s", name, arms[with].Name)
		if own != nil {
			g = own
		}
	}
	switch {
	case !a.Equal && g.State != Fail:
		g.State, g.Detail = Fail, what+": "+a.Detail
	case a.Equal && g.State == Absent:
		g.State, g.Detail = OK, fmt.Sprintf("agrees with %s", arms[with].Name)
	}
}

// index is the arm that a letter stands for, the first for letters that stand for none.
func index(text string, arms int) int {
	if len(text) != 1 || int(text[0]-'A') >= arms {
		return 0
	}
	return int(text[0] - 'A')
}

// placementGate asks that every node ran on the provider that was asked for.
func (m *measurement) placementGate() Gate {
	g := Gate{Name: GatePlacement, State: Absent, Detail: "the engine does not tell where it runs nodes"}
	if m.setting.spec.Provider == "" {
		g.Detail = "no provider was asked for"
		return g
	}
	nodes := 0
	var sizes []string
	for i, p := range m.plans {
		if p == nil {
			continue
		}
		for _, step := range p.Steps {
			if step.Provider == "" {
				continue
			}
			if step.ShapesOnly {
				sizes = append(sizes, fmt.Sprintf("%s of %s", step.Name, m.setting.arms[i].Name))
				continue
			}
			nodes++
			if provider(step.Provider) != provider(m.setting.spec.Provider) {
				g.State = Fail
				g.Detail = fmt.Sprintf("node %q (%s) of %s runs on %s instead of %s",
					step.Name, step.Op, m.setting.arms[i].Name, step.Provider, m.setting.spec.Provider)
				return g
			}
		}
	}
	if nodes > 0 {
		g.State, g.Detail = OK, fmt.Sprintf("all %d nodes run on %s", nodes, m.setting.spec.Provider)
		if len(sizes) > 0 {
			g.Detail += "; on the CPU are only those that compute sizes: " + strings.Join(sizes, ", ")
		}
	}
	return g
}

// provider is the short name of an execution provider: CPUExecutionProvider is cpu.
func provider(name string) string {
	return strings.TrimSuffix(strings.ToLower(name), "executionprovider")
}

// muchWaiting is the share of their time that runs may wait for a processor before it is warned.
const muchWaiting = 0.05

// loadGate warns of what was taken from the CPU while it measured.
func (m *measurement) loadGate(good []unit) Gate {
	g := Gate{Name: GateLoad, State: Absent, Detail: "the system does not tell of steal and throttling"}
	known, stolen, throttled, timed := false, int64(0), int64(0), int64(0)
	for _, u := range good {
		if n := u.Load.StealNanos; n != nil {
			known, stolen = true, stolen+*n
		}
		if n := u.Load.Throttled; n != nil {
			known, throttled = true, throttled+*n
		}
		timed += u.Open + u.WarmUp.Nanoseconds + u.timed()
	}
	if known && timed > 0 {
		g.State = OK
		g.Detail = fmt.Sprintf("the hypervisor took %s of the time, the quota ran out %d times",
			stats.Percent(float64(stolen)/float64(timed)), throttled)
		if stolen*100 > timed || throttled > 0 {
			g.State = Warn
		}
	}
	if share, ok := m.waited(good); ok && share > muchWaiting {
		g.State = Warn
		g.Detail += fmt.Sprintf("; the runs waited for a processor in %s of their time, so something else ran on it", stats.Percent(share))
	}
	return g
}

// waited is the share of the time of all runs that their thread did not spend on a processor. Only a run
// on the CPU by one thread has nothing else to wait for.
func (m *measurement) waited(good []unit) (share float64, ok bool) {
	if m.cpuClock != "thread" || provider(m.setting.spec.Provider) != "cpu" {
		return 0, false
	}
	wall, busy := int64(0), int64(0)
	for _, u := range good {
		wall += u.timed()
		for _, b := range u.blocks {
			for _, ns := range b.cpu {
				busy += ns
			}
		}
	}
	return 1 - float64(busy)/float64(wall), wall > 0 && busy > 0
}

// timed is the time in all runs of a unit.
func (u unit) timed() int64 {
	sum := int64(0)
	for _, b := range u.blocks {
		for _, runs := range b.wall {
			for _, ns := range runs {
				sum += ns
			}
		}
	}
	return sum
}

// warmUpGate warns of units that were still changing when the timing began.
func warmUpGate(good []unit) Gate {
	g := Gate{Name: GateWarmUp, State: OK, Detail: "latencies were stable before timing in all units"}
	restless := 0
	for _, u := range good {
		if !u.WarmUp.Stable {
			restless++
		}
	}
	if restless > 0 {
		g.State = Warn
		g.Detail = fmt.Sprintf("latencies were not yet stable after the warm-up in %d of %d units", restless, len(good))
	}
	if len(good) == 0 {
		g.State, g.Detail = Absent, "no good unit"
	}
	return g
}
