package reports

import (
	"fmt"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/internal/human"
)

// Page implements [Document].
func (c *Compare) Page() Page {
	var parts []Section
	if s, ok := c.ratioSection(); ok {
		parts = append(parts, s)
	}
	parts = append(parts, c.timeSection())
	if c.Ending != nil {
		if s, ok := gateSection(c.Ending.Gates); ok {
			parts = append(parts, s)
		}
	}
	parts = append(parts, outcomeTable(c.Results))
	if len(c.Differences) > 0 {
		t := newTable("what differs", "first", "second")
		for _, d := range c.Differences {
			t.add(d.Condition, d.First, d.Second)
		}
		parts = append(parts, Section{Title: "Not the same in both", Table: t})
	}
	page := newPage(parts...).conclude(c.result())
	if s, ok := c.summary(); ok {
		page = page.summarize(s)
	}
	return page
}

// ratioSection shows how the candidates stand against their baselines in both reports; false where there is nothing to show.
func (c *Compare) ratioSection() (Section, bool) {
	s := Section{
		Title: "Against the baseline in two reports",
		Lead:  []string{"The latency of a candidate over that of its baseline, measured side by side: the speed of the machine cancels."},
		Table: newTable("engine", "model", ">first", ">second", ">second/first", "=90 % interval", "=verdict"),
	}
	for _, r := range c.Ratios {
		s.Table.add(r.Where(), r.Arm+"/"+r.Baseline, ratio(float64(r.Of[0])), ratio(float64(r.Of[1])), ratio(float64(r.Ratio)),
			interval(float64(r.CI[0]), float64(r.CI[1])), word(r.Verdict))
		s.Items = append(s.Items, fmt.Sprintf("%s, %s: %s: %s.", r.Where(), r.Arm, word(r.Verdict), r.Reason))
		s.Notes = []string{made(r.Estimator)}
	}
	return s, len(c.Ratios) > 0
}

// timeSection shows the latencies of both reports.
func (c *Compare) timeSection() Section {
	s := Section{
		Title: "Latency in two reports",
		Lead:  []string{fmt.Sprintf("First: %s. Second: %s.", c.First, c.Second)},
		Table: newTable("engine", "model", ">first", ">second", ">second/first", "=90 % interval", "=verdict"),
	}
	last := ""
	for _, a := range c.Arms {
		cell := a.Where()
		if cell == last {
			cell = ""
		}
		last = a.Where()
		verdict := word(a.Verdict)
		switch {
		case !c.Comparable:
			verdict = "indicative"
		case !a.ByTime:
			verdict += ", not judged"
		}
		s.Table.add(cell, a.Arm, human.Milliseconds(int64(a.Of[0])), human.Milliseconds(int64(a.Of[1])), ratio(float64(a.Ratio)),
			interval(float64(a.CI[0]), float64(a.CI[1])), verdict)
		if c.Comparable && a.ByTime {
			s.Items = append(s.Items, fmt.Sprintf("%s, %s: %s: %s.", a.Where(), a.Arm, word(a.Verdict), a.Reason))
		}
		if !a.SameModel {
			s.Items = append(s.Items, fmt.Sprintf("%s, %s: the second report has another model in this role: %s, not %s.", a.Where(), a.Arm, short(a.Models[1]), short(a.Models[0])))
		}
	}
	s.Items = append(s.Items, c.Unmatched...)
	if len(c.Arms) == 0 {
		s.Table = nil
		s.Lead = append(s.Lead, "The reports have no measurement in common.")
	}
	s.Notes = []string{"The measurements were made apart; their units are compared as independent groups."}
	if !c.Comparable {
		s.Notes = []string{"The measurements were made apart, and not under the same conditions, so these ratios are indicative."}
	}
	if len(c.Arms) > 0 {
		s.Notes = append(s.Notes, made(c.Arms[0].Estimator))
	}
	return s
}

// made says how the numbers of two reports were made, whose ratio stands beside them.
func made(estimator string) string {
	return fmt.Sprintf("Each number is the %s of its report.", estimator)
}

// summary is the verdicts in a table that fits a narrow terminal; false where there are none.
func (c *Compare) summary() (Section, bool) {
	s := judgedTable([]*Compare{c}, "second")
	s.Notes = append(s.Notes, fmt.Sprintf("First: %s. Second: %s.", c.First, c.Second))
	return s, len(s.Table.Rows) > 0
}

// judgedTable has a row for each candidate that is judged in comparisons with one report. One engine is named in its title; several are
// headings. The other report of each comparison has its numbers under this name.
func judgedTable(all []*Compare, other string) Section {
	s := Section{Table: newTable("model", ">first", ">"+other, ">ratio", "=90 % interval", "=verdict")}
	wheres, last := map[string]bool{}, ""
	for _, c := range all {
		for _, j := range c.Judged() {
			wheres[j.Where] = true
		}
	}
	for i, c := range all {
		for _, j := range c.Judged() {
			model, by, number, verdict := j.Arm, "Latency", func(v bench.Float) string { return human.Milliseconds(int64(v)) }, word(j.Verdict)
			switch {
			case j.byRatio:
				by, number = "Ratio to the baseline", func(v bench.Float) string { return ratio(float64(v)) }
			case !c.Comparable:
				verdict = "indicative"
			}
			if len(all) > 1 {
				model = fmt.Sprintf("%d: %s", i+2, model)
			}
			if len(wheres) == 1 {
				by += " on " + j.Where
			} else if model = "  " + model; j.Where != last {
				s.Table.add(j.Where, "", "", "", "", "")
				last = j.Where
			}
			s.Table.add(model, number(j.Of[0]), number(j.Of[1]), ratio(float64(j.Ratio)), interval(float64(j.CI[0]), float64(j.CI[1])), verdict)
			if s.Title != "" && s.Title != by {
				by = "Ratio to the baseline, or latency"
			}
			s.Title = by
			if note := made(j.Estimator); !slices.Contains(s.Notes, note) {
				s.Notes = append(s.Notes, note)
			}
		}
	}
	return s
}

// result says what could have been found, and in plain words what became of each model that is judged.
func (c *Compare) result() Section {
	s := Section{Title: "Result", Lead: c.lead()}
	for _, j := range c.Judged() {
		s.Items = append(s.Items, fmt.Sprintf("%s, %s: %s.", j.Where, j.Arm, j.Plain))
	}
	if why := c.NothingInCommon(); why != "" && c.Ending == nil {
		s.Items = append(s.Items, upper(why)+".")
	}
	if c.Ending != nil {
		s.Items = append(s.Items, c.Ending.sentences()...)
	}
	return s
}

// lead are the sentences that come first: how it ended, how the models are judged, and what could have been found.
func (c *Compare) lead() []string {
	var lead []string
	if c.Ending != nil {
		lead = append(lead, c.Ending.word()+".")
	}
	machines := ""
	if !c.SameMachine {
		machines = "The reports are of different machines. "
	}
	switch {
	case c.Comparable:
	case len(c.Ratios) > 0:
		lead = append(lead, fmt.Sprintf("%sNot the same in both: %s. Only ratios to the baseline are judged, in which the speed of a machine cancels.", machines, c.differing()))
	default:
		lead = append(lead, fmt.Sprintf("%sThe reports do not decide. Not the same in both: %s.", machines, c.differing()))
	}
	for _, j := range c.Judged() {
		switch {
		case len(c.Ratios) == 0 && !c.Comparable:
		case finite(float64(j.Detectable)):
			lead = append(lead, fmt.Sprintf("On %s, a slowdown of %s by %s or more would have been found, 9 times in 10; the margin is %s.", j.Where, j.Arm, human.Percent(float64(j.Detectable)), within(float64(j.Margin))))
		default:
			lead = append(lead, fmt.Sprintf("On %s, no slowdown of %s could have been found: %d and %d units carry no verdict.", j.Where, j.Arm, j.Units[0], j.Units[1]))
		}
	}
	return lead
}

// mostNames is how many conditions that differ are named in a sentence.
const mostNames = 4

// differing names the conditions that differ.
func (c *Compare) differing() string {
	var names []string
	for _, d := range c.Differences {
		names = append(names, d.Condition)
	}
	if more := len(names) - mostNames; more > 0 {
		names = append(names[:mostNames], human.Count(more, "other fact"))
	}
	return strings.Join(names, ", ")
}

// word is how the comparison ended.
func (e *Ending) word() string {
	if e.Passed {
		return "PASSED"
	}
	return fmt.Sprintf("FAILED with exit code %d", e.ExitCode)
}

// sentences are the reasons why it did not pass.
func (e *Ending) sentences() []string {
	var list []string
	for _, reason := range e.Reasons {
		list = append(list, strings.TrimSuffix(reason.Text, ".")+".") // it may begin with a path, which stays as it is
	}
	return list
}
