package reports

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/internal/human"
)

// Compare is the document of a comparison of two reports, acdeploy.compare/v1. The measurements were
// made apart, so nothing pairs their runs. On one machine, with the same libraries and settings, units are
// compared as independent groups; otherwise the ratios are indicative.
type Compare struct {
	Schema      string       `json:"schema"`
	First       string       `json:"first"` // where the reports lie
	Second      string       `json:"second"`
	Results     []Outcome    `json:"results"`     // what each of the two came to
	Comparable  bool         `json:"comparable"`  // nothing else differs, so that verdicts are given
	Differences []Difference `json:"differences"` // of machines, libraries and settings
	Arms        []ArmPair    `json:"arms"`        // those that both reports measured
	Unmatched   []string     `json:"unmatched"`   // those that only one of them measured
}

// Outcome is what a report came to by itself.
type Outcome struct {
	Report string      `json:"report"`
	Result *Conclusion `json:"result"` // null for a measurement alone
}

// outcomes are those of reports.
func outcomes(all ...*Report) []Outcome {
	list := []Outcome{}
	for _, r := range all {
		list = append(list, Outcome{r.Path, r.Concluded()})
	}
	return list
}

// outcomeTable shows outcomes side by side.
func outcomeTable(all []Outcome) Section {
	s := Section{Title: "What each report says", Table: newTable("report")}
	for i := range all {
		name := strconv.Itoa(i + 1)
		if len(all) == 2 {
			name = []string{"first", "second"}[i]
		}
		s.Table.Columns = append(s.Table.Columns, Column{Title: name})
	}
	row := func(what string, of func(*Conclusion) string) {
		cells, told := []string{what}, false
		for _, o := range all {
			text := "–"
			if o.Result != nil {
				text = cmp.Or(of(o.Result), "–")
			}
			cells, told = append(cells, text), told || text != "–"
		}
		if told {
			s.Table.add(cells...)
		}
	}
	row("result", (*Conclusion).word)
	row("against the baseline", func(c *Conclusion) string { return strings.ReplaceAll(string(c.Latency), "_", " ") })
	row("speedup over as trained", func(c *Conclusion) string {
		return strings.TrimSpace(strings.Trim(ratio(float64(c.Speedup)), "–") + " " + interval(float64(c.SpeedupCI[0]), float64(c.SpeedupCI[1])))
	})
	row("answers", func(c *Conclusion) string { return strings.ReplaceAll(string(c.Answers), "_", " ") })
	row("convolutions, as trained → fused", func(c *Conclusion) string {
		if c.Fused == nil {
			return ""
		}
		return fmt.Sprintf("%d → %d", c.Fused.Before, c.Fused.After)
	})
	row("left as they were", func(c *Conclusion) string {
		if c.Fused == nil {
			return ""
		}
		n := 0
		for _, k := range c.Fused.Refusals {
			n += k
		}
		return human.Count(n, "node")
	})
	row("not run", func(c *Conclusion) string { return human.Count(c.Skipped, "engine") })
	row("ended", func(c *Conclusion) string { return c.Finished })
	if len(s.Table.Rows) == 0 {
		s.Table, s.Lead = nil, []string{"The reports are measurements alone; they hold no result."}
	}
	return s
}

// ArmPair is the same arm under the same setting in two reports.
type ArmPair struct {
	Backend  string      `json:"backend"`
	Provider string      `json:"provider"`
	Batch    int64       `json:"batch"`
	Sizes    string      `json:"sizes,omitempty"`
	Threads  int         `json:"threads"`
	Arm      string      `json:"arm"`    // its name
	First    int64       `json:"first"`  // median, nanoseconds
	Second   int64       `json:"second"` // median, nanoseconds
	Ratio    bench.Float `json:"ratio"`  // second over first

	Role      string         `json:"role"`
	CI        [2]bench.Float `json:"ci"` // of the ratio, confidence 0.9
	Margin    bench.Ratio    `json:"margin"`
	DeltaStar bench.Float    `json:"delta_star"`
	P         bench.Float    `json:"p"`     // of the test for equivalence
	Units     [2]int         `json:"units"` // good ones, of the first and the second
	Verdict   judge.Verdict  `json:"verdict"`
	Reason    string         `json:"reason"`
}

// NewCompare compares two reports.
func NewCompare(a, b *Report) *Compare {
	c := &Compare{
		Schema: SchemaCompare, First: a.Path, Second: b.Path,
		Results: outcomes(a, b), Differences: differences(a, b), Arms: []ArmPair{}, Unmatched: []string{},
	}
	c.Comparable = len(c.Differences) == 0
	others := b.labelled()
	for _, x := range a.labelled() {
		i := slices.IndexFunc(others, func(y judge.ArmRecord) bool { return sameArm(x, y) })
		if i < 0 {
			c.Unmatched = append(c.Unmatched, fmt.Sprintf("%s of %s, in %s only", x.Name, SettingName(x.Key), a.Path))
			continue
		}
		c.Arms = append(c.Arms, c.pair(a, b, x, others[i]))
		others = slices.Delete(others, i, i+1)
	}
	for _, y := range others {
		c.Unmatched = append(c.Unmatched, fmt.Sprintf("%s of %s, in %s only", y.Name, SettingName(y.Key), b.Path))
	}
	c.noteMoved()
	return c
}

// noteMoved adds to what is said of an arm that its baseline moved, too.
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

// Where names the engine with its settings.
func (p ArmPair) Where() string { return SettingName(p.key()) }

// Judged reports whether anything is asked of the arm: the model as trained is only shown.
func (p ArmPair) Judged() bool { return p.Role != bench.RoleAsTrained }

func (p ArmPair) key() bench.Key {
	return bench.Key{Backend: p.Backend, Provider: p.Provider, Batch: p.Batch, Sizes: p.Sizes, Threads: p.Threads}
}

// Slower lists the arms that are slower in the second report. The model as trained is shown, never
// judged.
func (c *Compare) Slower() []ArmPair { return c.judged(judge.Slower) }

// Invalid lists the arms about which nothing can be said, since controls failed.
func (c *Compare) Invalid() []ArmPair { return c.judged(judge.Invalid) }

func (c *Compare) judged(v judge.Verdict) []ArmPair {
	var found []ArmPair
	for _, p := range c.Arms {
		if c.Comparable && p.Verdict == v && p.Role != bench.RoleAsTrained {
			found = append(found, p)
		}
	}
	return found
}

// labelled lists the arms under their labels, since two runs write to different places.
func (r *Report) labelled() []judge.ArmRecord {
	arms := r.Ordered()
	for i := range arms {
		arms[i].Name = r.Label(arms[i].Name)
	}
	return arms
}

// sameArm reports whether two arms stand for the same thing; the numbers of their settings may differ.
func sameArm(x, y judge.ArmRecord) bool {
	return sameSetting(x.Key, y.Key) && x.Role == y.Role && x.Name == y.Name
}

// pair compares an arm of two reports.
func (c *Compare) pair(a, b *Report, x, y judge.ArmRecord) ArmPair {
	u := judge.CompareUnpaired(x, y, [2]string{a.statistic(x.Key), b.statistic(y.Key)}, a.Options.Margin)
	p := ArmPair{
		Backend: x.Backend, Provider: x.Provider, Batch: x.Batch, Sizes: x.Sizes, Threads: x.Threads, Role: x.Role,
		Arm: x.Name, First: x.Median, Second: y.Median, Ratio: u.Ratio, Margin: a.Options.Margin,
		CI: u.CI, DeltaStar: u.DeltaStar, P: u.P, Units: u.Units, Verdict: u.Verdict, Reason: u.Reason,
	}
	if !c.Comparable || !finite(float64(u.Ratio)) {
		p.Ratio = ofMedians(x, y)
	}
	if !c.Comparable {
		p.Verdict, p.Reason = judge.NotShown, fmt.Sprintf("indicative: %s differs", c.Differences[0].Condition)
		return p
	}
	for n, r := range []*Report{a, b} {
		if failed := r.failedControl(x); failed != nil {
			p.Verdict = judge.Invalid
			p.Reason = fmt.Sprintf("gate %s of the %s report failed: %s", failed.Name, []string{"first", "second"}[n], failed.Detail)
			return p
		}
	}
	return p
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

// statistic is how the runs of a setting become the time of a block.
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

// Page implements [Document].
func (c *Compare) Page() Page {
	arms := Section{
		Title: "Latency in two reports",
		Lead:  []string{fmt.Sprintf("First: %s. Second: %s.", c.First, c.Second)},
		Table: newTable("engine", "model", ">first", ">second", ">second/first", "90 % interval", "verdict"),
		Items: slices.Clone(c.Unmatched),
	}
	last := ""
	for _, a := range c.Arms {
		where := SettingName(a.key())
		cell := where
		if where == last {
			cell = ""
		}
		last = where
		verdict := word(a.Verdict)
		switch {
		case !c.Comparable:
			verdict = "indicative"
		case a.Role == bench.RoleAsTrained:
			verdict += ", not judged"
		}
		arms.Table.add(cell, a.Arm, human.Milliseconds(a.First), human.Milliseconds(a.Second), ratio(float64(a.Ratio)),
			interval(float64(a.CI[0]), float64(a.CI[1])), verdict)
		if c.Comparable && a.Role != bench.RoleAsTrained {
			arms.Items = append(arms.Items, fmt.Sprintf("%s, %s: %s: %s.", where, a.Arm, word(a.Verdict), a.Reason))
		}
	}
	if len(c.Arms) == 0 {
		arms.Table = nil
		arms.Lead = append(arms.Lead, "The reports have no measurement in common.")
	}
	arms.Notes = []string{"The measurements were made apart; their units are compared as independent groups."}
	if !c.Comparable {
		arms.Notes = []string{"The measurements were made apart, and not under the same conditions, so the ratios are indicative."}
	}
	parts := []Section{arms, outcomeTable(c.Results)}
	if len(c.Differences) > 0 {
		t := newTable("what differs", "first", "second")
		for _, d := range c.Differences {
			t.add(d.Condition, d.First, d.Second)
		}
		parts = append(parts, Section{Title: "Not the same in both", Table: t})
	}
	return newPage(parts...).conclude(c.result())
}

// result says in plain words what became of each model that is judged.
func (c *Compare) result() Section {
	s := Section{Title: "Result"}
	if !c.Comparable {
		var names []string
		for _, d := range c.Differences {
			names = append(names, d.Condition)
		}
		s.Lead = []string{fmt.Sprintf("The reports do not decide. Not the same in both: %s.", strings.Join(names, ", "))}
		return s
	}
	for _, a := range c.Arms {
		if a.Role != bench.RoleAsTrained {
			s.Items = append(s.Items, fmt.Sprintf("%s, %s: %s.", SettingName(a.key()), a.Arm, a.Plainly()))
		}
	}
	if len(s.Items) == 0 {
		s.Lead = []string{"The reports have nothing in common that is judged."}
	}
	return s
}

// Plainly is the verdict about an arm in plain words.
func (p ArmPair) Plainly() string {
	by := fmt.Sprintf("%s times the latency, between %s and %s", ratio(float64(p.Ratio)), ratio(float64(p.CI[0])), ratio(float64(p.CI[1])))
	switch p.Verdict {
	case judge.Equivalent:
		return "no change shown, at most " + within(float64(p.DeltaStar))
	case judge.Faster:
		return "FASTER: " + by
	case judge.Slower:
		return "SLOWER: " + by
	case judge.NotShown:
		return "neither a change nor its absence is shown: " + by
	}
	return "INVALID: " + p.Reason
}
