package reports

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/internal/human"
)

// Compare is the document of a comparison of two reports, acdeploy.compare/v1. The measurements were
// made apart, so nothing pairs their runs: their units are compared as independent groups. Where both have a baseline, a candidate is
// judged by the ratio of its time to the baseline's, in which the speed of the machine cancels. Otherwise it is judged by its time, which
// is comparable only on one machine, with the same libraries and settings.
type Compare struct {
	Schema      string       `json:"schema"`       // kind and version of this document
	Ending      *Ending      `json:"result"`       // null where nobody asked for anything
	First       string       `json:"first"`        // where the reports lie
	Second      string       `json:"second"`       // where the second report lies
	Results     []Outcome    `json:"results"`      // what each of the two came to
	Comparable  bool         `json:"comparable"`   // nothing else differs, so that times are judged
	SameMachine bool         `json:"same_machine"` // as far as is recorded
	Differences []Difference `json:"differences"`  // of machines, libraries and settings
	Ratios      []RatioPair  `json:"ratios"`       // of the candidates to their baselines
	Arms        []ArmPair    `json:"arms"`         // those that both reports measured
	Unmatched   []string     `json:"unmatched"`    // those that only one of them measured
	reports     []*Report
	asked       judge.LatencyGate
	alone       [2]string // the first candidate that only the first report has, and that only the second has
}

// Ending says whether a comparison of reports shows what is asked of it.
type Ending struct {
	Passed   bool         `json:"passed"`    // whether all that was asked for is shown
	ExitCode int          `json:"exit_code"` // of the command; 0 when it passed
	Reasons  []Reason     `json:"reasons"`   // why it did not pass
	Gates    []GateResult `json:"gates"`     // what was asked for, of each candidate
}

// RatioPair is the ratio of a candidate to its baseline, under the same setting in two reports.
type RatioPair struct {
	Backend        string         `json:"backend"`         // name of the engine
	Provider       string         `json:"provider"`        // its execution provider; "" for none
	Batch          int64          `json:"batch"`           // batch size
	Sizes          string         `json:"sizes,omitempty"` // of the other open dimensions, such as "H=224 W=224"
	Threads        int            `json:"threads"`         // threads of one operator
	Arm            string         `json:"arm"`             // the candidate's name
	Baseline       string         `json:"baseline"`        // its name
	SameModels     bool           `json:"same_models"`     // whether both are the same files in both reports
	Ratios         [2]bench.Float `json:"latency_ratio"`   // of the candidate to the baseline, in the first and the second
	judge.Unpaired                // of the second ratio over the first
}

// ArmPair is the same arm under the same setting in two reports.
type ArmPair struct {
	Backend        string    `json:"backend"`         // name of the engine
	Provider       string    `json:"provider"`        // its execution provider; "" for none
	Batch          int64     `json:"batch"`           // batch size
	Sizes          string    `json:"sizes,omitempty"` // of the other open dimensions, such as "H=224 W=224"
	Threads        int       `json:"threads"`         // threads of one operator
	Arm            string    `json:"arm"`             // its name
	First          int64     `json:"first"`           // median, nanoseconds
	Second         int64     `json:"second"`          // median, nanoseconds
	Role           string    `json:"role"`            // what it is in the comparison
	Models         [2]string `json:"models"`          // digests of the model with its data, "" where not recorded
	SameModel      bool      `json:"same_model"`      // false for another model in the same role
	ByTime         bool      `json:"judged"`          // whether its time is judged; that of others is shown
	judge.Unpaired           // of its times
}

// NewCompare compares two reports, and asks for the latency of the second. The margin is that of the first report where none is asked for.
func NewCompare(a, b *Report, asked judge.LatencyGate) *Compare {
	if asked.Margin == 0 {
		asked.Margin = a.Options.Margin
	}
	c := &Compare{
		Schema: SchemaCompare, First: a.Path, Second: b.Path, Results: outcomes(a, b), reports: []*Report{a, b}, asked: asked,
		Ratios: []RatioPair{}, Arms: []ArmPair{}, Unmatched: []string{},
	}
	machine := differences(a.Host.Machine(), b.Host.Machine())
	c.SameMachine = len(machine) == 0
	c.Differences = append(machine, differences(a.conditions(b), b.conditions(a))...)
	c.Comparable = len(c.Differences) == 0
	pairs, onlyFirst, onlySecond := judge.Match(a.labelled(), b.labelled())
	for _, p := range pairs {
		if r, ok := c.ratioPair(a, b, p, pairs); ok {
			c.Ratios = append(c.Ratios, r)
		}
		c.Arms = append(c.Arms, c.armPair(a, b, p))
	}
	for report, arms := range [][]judge.ArmRecord{onlyFirst, onlySecond} {
		for _, x := range arms {
			only := fmt.Sprintf("%s of %s, in %s only", x.Name, SettingName(x.Key), []string{a.Path, b.Path}[report])
			c.Unmatched = append(c.Unmatched, only)
			if x.Role == bench.RoleCandidate && c.alone[report] == "" {
				c.alone[report] = only
			}
		}
	}
	c.noteMoved()
	return c
}

// Sources are the two.
func (c *Compare) Sources() []*Report { return c.reports }

// noteMoved adds to what is said of the time of a candidate that its baseline moved, too.
func (c *Compare) noteMoved() {
	for i, p := range c.Arms {
		if p.Role == bench.RoleBaseline {
			continue
		}
		for _, base := range c.Arms {
			moved := float64(base.CI[0]) > 1 || float64(base.CI[1]) < 1
			if base.Role == bench.RoleBaseline && base.key() == p.key() && c.Comparable && moved {
				c.Arms[i].Reason += fmt.Sprintf("; the baseline moved, too, to %s of its time", ratio(float64(base.Ratio)))
			}
		}
	}
}

// labelled lists the arms under their labels, since two runs write to different places.
func (r *Report) labelled() []judge.ArmRecord {
	arms := r.Ordered()
	for i := range arms {
		arms[i].Name = r.Label(arms[i].Name)
	}
	return arms
}

// ratioPair compares the ratio of a candidate to its baseline in two reports; false where they do not both have a baseline.
func (c *Compare) ratioPair(a, b *Report, p judge.Pair, all []judge.Pair) (RatioPair, bool) {
	i := slices.IndexFunc(all, func(q judge.Pair) bool { return q.First.Role == bench.RoleBaseline && q.First.Key == p.First.Key })
	if i < 0 || p.First.Role != bench.RoleCandidate {
		return RatioPair{}, false
	}
	base, x := all[i], p.First
	r := RatioPair{
		Backend: x.Backend, Provider: x.Provider, Batch: x.Batch, Sizes: x.Sizes, Threads: x.Threads, Arm: x.Name, Baseline: base.First.Name,
		SameModels: p.Same && base.Same, Ratios: [2]bench.Float{ofMedians(base.First, x), ofMedians(base.Second, p.Second)},
		Unpaired: judge.CompareRatios([2]judge.ArmRecord{base.First, x}, [2]judge.ArmRecord{base.Second, p.Second}, statistics(a, b, p), c.asked.Margin),
	}
	if !c.SameMachine {
		r.Reason += "; the machines differ, and a ratio may be another one on another machine"
	}
	if !base.Same {
		r.Reason += "; the baseline is another model of the same network"
	}
	ofFewUnits(&r.Unpaired, r.Ratios)
	c.controlled(a, b, p, &r.Unpaired)
	return r, true
}

// armPair compares the time of an arm in two reports.
func (c *Compare) armPair(a, b *Report, p judge.Pair) ArmPair {
	x, y := p.First, p.Second
	pair := ArmPair{
		Backend: x.Backend, Provider: x.Provider, Batch: x.Batch, Sizes: x.Sizes, Threads: x.Threads, Role: x.Role,
		Arm: x.Name, First: x.Median, Second: y.Median, Models: [2]string{x.ModelSHA256, y.ModelSHA256}, SameModel: p.Same,
		Unpaired: judge.CompareUnpaired(x, y, statistics(a, b, p), c.asked.Margin),
	}
	pair.ByTime = x.Role == bench.RoleCandidate && !slices.ContainsFunc(c.Ratios, func(r RatioPair) bool { return r.key() == pair.key() && r.Arm == pair.Arm })
	ofFewUnits(&pair.Unpaired, [2]bench.Float{bench.Float(x.Median), bench.Float(y.Median)})
	if !finite(float64(pair.Ratio)) {
		pair.Ratio = ofMedians(x, y)
	}
	if !c.Comparable {
		pair.Verdict, pair.Reason = judge.NotShown, fmt.Sprintf("indicative: %s differs", c.Differences[0].Condition)
		return pair
	}
	c.controlled(a, b, p, &pair.Unpaired)
	return pair
}

// controlled makes a comparison invalid if a control failed in one of the measurements.
func (c *Compare) controlled(a, b *Report, p judge.Pair, u *judge.Unpaired) {
	for n, failed := range []*judge.Control{a.failedControl(p.First), b.failedControl(p.Second)} {
		if failed != nil {
			u.Verdict = judge.Invalid
			u.Reason = fmt.Sprintf("gate %s of the %s report failed: %s", failed.Name, []string{"first", "second"}[n], failed.Detail)
			return
		}
	}
}

// estimatorMedian is how numbers are made where there are too few units for [judge.GeometricMean].
const estimatorMedian = "median"

// ofFewUnits has a comparison that has too few units for a ratio tell medians.
func ofFewUnits(u *judge.Unpaired, medians [2]bench.Float) {
	if !finite(float64(u.Ratio)) {
		u.Of, u.Estimator = medians, estimatorMedian
	}
}

// ofMedians is the ratio of the medians of two arms; NaN where one of them is not known.
func ofMedians(first, second judge.ArmRecord) bench.Float {
	if first.Median <= 0 || second.Median <= 0 {
		return bench.Float(math.NaN())
	}
	return bench.Float(float64(second.Median) / float64(first.Median))
}

// failedControl is the first control that failed for an arm, nil for none.
func (r *Report) failedControl(arm judge.ArmRecord) *judge.Control {
	for i, c := range r.Controls {
		if c.State == judge.Fail && sameSetting(c.Key, arm.Key) && (c.Candidate == "" || r.Label(c.Candidate) == arm.Name) {
			return &r.Controls[i]
		}
	}
	return nil
}

// statistics are how the runs of a setting become the time of a block, in two reports.
func statistics(a, b *Report, p judge.Pair) [2]string {
	return [2]string{a.statistic(p.First.Key), b.statistic(p.Second.Key)}
}

func (r *Report) statistic(k bench.Key) string {
	for _, s := range r.Settings {
		if s.Key == k {
			return s.Statistic
		}
	}
	return ""
}

// sameSetting leaves out the numbers of settings, which may differ.
func sameSetting(x, y bench.Key) bool {
	x.Setting = y.Setting
	return x == y
}

// Where names the engine with its settings.
func (p ArmPair) Where() string { return SettingName(p.key()) }

// Where names the engine with its settings.
func (p RatioPair) Where() string { return SettingName(p.key()) }

func (p ArmPair) key() bench.Key {
	return bench.Key{Backend: p.Backend, Provider: p.Provider, Batch: p.Batch, Sizes: p.Sizes, Threads: p.Threads}
}

func (p RatioPair) key() bench.Key {
	return bench.Key{Backend: p.Backend, Provider: p.Provider, Batch: p.Batch, Sizes: p.Sizes, Threads: p.Threads}
}

// Judged is the verdict about a candidate in the second of two reports.
type Judged struct {
	Arm, Where string  // its name, and the engine and the sizes
	Plain      string  // the verdict in plain words
	byRatio    bool    // by the ratio to the baseline; else by the latency
	Outcome    string  // of what is asked for: passed, failed, invalid, or "" where nothing is
	Seconds    float64 // median latency in the second report
	judge.Unpaired
}

// Judged lists the verdicts: one for each candidate that both reports measured.
func (c *Compare) Judged() []Judged {
	list := []Judged{}
	for _, p := range c.Arms {
		one := Judged{Arm: p.Arm, Where: p.Where(), Plain: p.plainly(), Seconds: float64(p.Of[1]) / 1e9, Unpaired: p.Unpaired}
		for _, r := range c.Ratios {
			if r.key() == p.key() && r.Arm == p.Arm {
				one.Plain, one.Unpaired, one.byRatio = r.plainly(), r.Unpaired, true
			}
		}
		if p.ByTime && !c.Comparable {
			one.Plain = "not decided, the conditions differ"
		}
		switch {
		case p.Role != bench.RoleCandidate:
			continue
		case c.asked.Require == judge.RequireNothing:
		case one.Verdict == judge.Invalid:
			one.Outcome = judge.GateInvalid
		case c.asked.Require.Passes(one.Verdict):
			one.Outcome = judge.GatePassed
		default:
			one.Outcome = judge.GateFailed
		}
		list = append(list, one)
	}
	return list
}

// NothingInCommon says why two reports cannot be compared; "" where a candidate can be.
func (c *Compare) NothingInCommon() string {
	if len(c.Judged()) > 0 {
		return ""
	}
	if len(c.Unmatched) == 0 {
		return "they hold no latencies"
	}
	alone := slices.DeleteFunc(slices.Clone(c.alone[:]), func(s string) bool { return s == "" })
	if len(alone) == 0 {
		alone = c.Unmatched[:1]
	}
	return "no candidate is in both by its role, digest and settings: " + strings.Join(alone, "; ")
}

// Gates are what is asked of the second report, and what came of it.
func (c *Compare) Gates() []GateResult {
	list := []GateResult{}
	for _, j := range c.Judged() {
		g := judge.GateResult{
			Name: judge.GateLatency, Outcome: j.Outcome, Value: j.Ratio, CI: j.CI, Bound: 1 + bench.Float(j.Margin),
		}
		if j.Outcome != "" {
			passed := j.Outcome == judge.GatePassed
			g.Passed = &passed
		}
		if g.Passed != nil && !*g.Passed {
			g.Reason = j.Reason
		}
		list = append(list, GateResult{g, j.Arm + " on " + j.Where, demand(judge.Gates{Latency: c.asked}, g, j.Margin), foundOf(g)})
	}
	return list
}

// plainly is the verdict about an arm in plain words.
func (p ArmPair) plainly() string {
	times := by(p.Unpaired, fmt.Sprintf("from %s to %s, %s times the latency", human.Milliseconds(int64(p.Of[0])), human.Milliseconds(int64(p.Of[1])), ratio(float64(p.Ratio))))
	switch p.Verdict {
	case judge.Equivalent:
		return "no change shown, at most " + within(float64(p.DeltaStar))
	case judge.Faster:
		return "FASTER: " + times
	case judge.Slower:
		return "SLOWER: " + times
	case judge.NotShown:
		return "neither a change nor its absence is shown: " + times
	}
	return "INVALID: " + p.Reason
}

// plainly says in plain words whether a candidate lost against its baseline.
func (p RatioPair) plainly() string {
	against := "against " + p.Baseline
	moved := fmt.Sprintf("its ratio went from %s to %s, %s times as high", ratio(float64(p.Of[0])), ratio(float64(p.Of[1])), ratio(float64(p.Ratio)))
	switch p.Verdict {
	case judge.Equivalent:
		return "nothing lost " + against + ", at most " + human.Percent(float64(p.DeltaStar))
	case judge.Faster:
		return "FASTER " + against + " than before: " + by(p.Unpaired, moved)
	case judge.Slower:
		return "SLOWER " + against + " than before: " + by(p.Unpaired, moved)
	case judge.NotShown:
		return "neither a loss " + against + " nor its absence is shown: " + by(p.Unpaired, moved)
	}
	return "INVALID: " + p.Reason
}

// by adds to a change its interval, where there is one.
func by(u judge.Unpaired, change string) string {
	if !finite(float64(u.CI[0])) || !finite(float64(u.CI[1])) {
		return fmt.Sprintf("%d and %d units are too few", u.Units[0], u.Units[1])
	}
	return fmt.Sprintf("%s, between %s and %s", change, ratio(float64(u.CI[0])), ratio(float64(u.CI[1])))
}
