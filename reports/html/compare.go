package html

import (
	"fmt"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/reports"
)

// ofCompare fills in what two reports have: what changed, and how long the runs took in each.
func (v *view) ofCompare(c *reports.Compare, page reports.Page) {
	v.Title = "acdeploy compare"
	v.State, v.Word = outcome(c)
	v.Headline = strings.Join(page.Result.Lead, " ")
	if j, ok := decisive(c); ok && (c.Comparable || len(c.Ratios) > 0) {
		v.Headline = human.Printable(fmt.Sprintf("%s, %s: %s.", j.Arm, j.Where, j.Plain))
	}
	v.When = human.Printable(fmt.Sprintf("First: %s, second: %s", c.First, c.Second))
	changes := group{Title: "What changed?"}
	if p, ok := ratios("Ratio to the baseline in the second report over the first's", "Further left is faster against the baseline than in the first report. The line at 1 is no change, the band is the margin.", ratioChanges(c)); ok {
		changes.Charts = append(changes.Charts, p)
	}
	if p, ok := ratios("Latency in the second report over the first's", "Further left is faster in the second report. The line at 1 is no change, the band is the margin.", changed(c)); ok {
		changes.Charts = append(changes.Charts, p)
	}
	times := group{Title: "How long did the runs take?"}
	for _, a := range c.Arms {
		times.Charts = append(times.Charts, latencies(a.Arm+", "+a.Where(), []string{"first", "second"}, []int64{int64(a.Of[0]), int64(a.Of[1])}, a.Estimator))
	}
	v.Pictures = numbered(changes, times)
}

// ofSeries fills in what several reports have: each change over the first one, and how long the runs took in each.
func (v *view) ofSeries(s *reports.Series, page reports.Page) {
	v.Title, v.State = "acdeploy compare", good
	v.Word = human.Count(len(s.Reports), "report")
	v.Headline = strings.Join(page.Result.Lead, " ")
	switch {
	case has(s.Judged(), judge.Invalid):
		v.State, v.Word = bad, "INVALID"
	case has(s.Judged(), judge.Slower):
		v.State, v.Word = bad, "SLOWER"
	case s.Ending != nil && !s.Ending.Passed:
		v.State, v.Word = bad, "FAILED"
	}
	changes := group{Title: "What changed?"}
	var names []string
	for i, path := range s.Reports {
		names = append(names, fmt.Sprintf("%d: %s", i+1, path))
		if i == 0 {
			continue
		}
		c := s.Against[i-1]
		if is, _ := outcome(c); is == unknown && v.State == good {
			v.State = unknown
		}
		if p, ok := ratios(fmt.Sprintf("Latency in report %d over the first's", i+1), "Further left is faster than in the first report. The line at 1 is no change, the band is the margin.", changed(c)); ok {
			changes.Charts = append(changes.Charts, p)
		}
	}
	times := group{Title: "How long did the runs take?"}
	for _, row := range s.Rows {
		times.Charts = append(times.Charts, latencies(row.Arm+", "+row.Where(), names, row.Medians, "median"))
	}
	v.Pictures = numbered(changes, times)
}

// outcome is what the second of two reports comes to, compared with the first.
func outcome(c *reports.Compare) (state, string) {
	all := c.Judged()
	failed := c.Ending != nil && !c.Ending.Passed
	undecided := unknown
	if failed {
		undecided = bad
	}
	switch {
	case len(all) == 0:
		return undecided, "Nothing in common"
	case !c.Comparable && len(c.Ratios) == 0:
		return undecided, "Not decided"
	case has(all, judge.Invalid):
		return bad, "INVALID"
	case has(all, judge.Slower):
		return bad, "SLOWER"
	case has(all, judge.NotShown):
		return undecided, "Not shown"
	case failed:
		return bad, "FAILED"
	case has(all, judge.Faster):
		return good, "Faster"
	}
	return good, "No change"
}

func has(all []reports.Judged, v judge.Verdict) bool {
	return slices.ContainsFunc(all, func(j reports.Judged) bool { return j.Verdict == v })
}

// decisive is the candidate with the worst verdict.
func decisive(c *reports.Compare) (reports.Judged, bool) {
	for _, verdict := range []judge.Verdict{judge.Invalid, judge.Slower, judge.NotShown, judge.Faster, judge.Equivalent} {
		for _, j := range c.Judged() {
			if j.Verdict == verdict {
				return j, true
			}
		}
	}
	return reports.Judged{}, false
}

// ratioChanges are the changes of the candidates' ratios to their baselines.
func ratioChanges(c *reports.Compare) []estimate {
	var list []estimate
	for _, r := range c.Ratios {
		if finite(float64(r.Ratio)) {
			list = append(list, estimate{
				name: human.Printable(r.Arm + "/" + r.Baseline + ", " + r.Where()), ratio: float64(r.Ratio), low: float64(r.CI[0]), high: float64(r.CI[1]),
				margin: float64(r.Margin), class: verdictClass(r.Verdict), of: []string{three(float64(r.Of[0])), three(float64(r.Of[1]))},
			})
		}
	}
	return list
}

// changed are the arms of both reports with their ratios.
func changed(c *reports.Compare) []estimate {
	var list []estimate
	for _, a := range c.Arms {
		if !finite(float64(a.Ratio)) {
			continue
		}
		e := estimate{
			name: human.Printable(a.Arm + ", " + a.Where()), ratio: float64(a.Ratio), low: float64(a.CI[0]), high: float64(a.CI[1]),
			margin: float64(a.Margin), class: verdictClass(a.Verdict), of: []string{human.Milliseconds(int64(a.Of[0])), human.Milliseconds(int64(a.Of[1]))},
		}
		switch {
		case !c.Comparable:
			e.class, e.margin = "unknown", 0
		case !a.ByTime:
			e.class, e.margin = "trained", 0
		}
		list = append(list, e)
	}
	return list
}

// latencies draws the latency of one arm in each report, a row each. A report without the arm has an empty row.
func latencies(title string, names []string, nanoseconds []int64, estimator string) chart {
	c := chart{
		Title: human.Printable(title) + ", ms", Desc: "The latency in each report, the " + estimator + ". Further left is faster.",
		Table: newTable("report", ">latency"),
	}
	var values []float64
	for _, ns := range nanoseconds {
		if ns > 0 {
			values = append(values, float64(ns)/1e6)
		}
	}
	a, row := over(false, values...), 2*lineHeight
	bottom := row*float64(len(names)) + 4
	c.Height = bottom + lineHeight
	c.drawAxis(a, 0, bottom, short)
	for i, name := range names {
		name, ns := human.Printable(name), nanoseconds[i]
		top := row * float64(i)
		c.add(text("name", "start", inset, top+11, human.Clip(name, 44)))
		shown := "–"
		if ns > 0 {
			shown = human.Milliseconds(ns)
			c.add(dot("candidate", a.at(float64(ns)/1e6), top+1.4*lineHeight, name+": "+shown))
		}
		c.add(text("name", "end", chartWidth-inset, top+11, shown))
		c.Table.Rows = append(c.Table.Rows, []string{name, shown})
	}
	return c
}
