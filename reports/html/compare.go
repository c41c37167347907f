package html

import (
	"fmt"
	"strings"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/reports"
)

// ofCompare fills in what two reports have: what changed, and how long the runs took in each.
func (v *view) ofCompare(c *reports.Compare, page reports.Page) {
	v.Title = "acdeploy compare"
	v.State, v.Word = outcome(c)
	v.Headline = strings.Join(page.Result.Lead, " ")
	if a, ok := decisive(c); ok && c.Comparable {
		v.Headline = human.Printable(fmt.Sprintf("%s, %s: %s.", a.Arm, a.Where(), a.Plainly()))
	}
	v.When = human.Printable(fmt.Sprintf("First: %s, second: %s", c.First, c.Second))
	changes := group{Title: "What changed?"}
	if p, ok := ratios("Latency in the second report over the first's", "Further left is faster in the second report. The line at 1 is no change, the band is the margin.", changed(c)); ok {
		changes.Charts = append(changes.Charts, p)
	}
	times := group{Title: "How long did the runs take?"}
	for _, a := range c.Arms {
		times.Charts = append(times.Charts, medians(a.Arm+", "+a.Where(), []string{"first", "second"}, []int64{a.First, a.Second}))
	}
	v.Pictures = numbered(changes, times)
}

// ofSeries fills in what several reports have: each change over the first one, and how long the runs took in each.
func (v *view) ofSeries(s *reports.Series, page reports.Page) {
	v.Title, v.State = "acdeploy compare", good
	v.Word = human.Count(len(s.Reports), "report")
	v.Headline = strings.Join(page.Result.Lead, " ")
	switch {
	case len(s.Invalid()) > 0:
		v.State, v.Word = bad, "INVALID"
	case len(s.Slower()) > 0:
		v.State, v.Word = bad, "SLOWER"
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
		times.Charts = append(times.Charts, medians(row.Arm+", "+row.Where(), names, row.Medians))
	}
	v.Pictures = numbered(changes, times)
}

// outcome is what the second of two reports comes to, compared with the first.
func outcome(c *reports.Compare) (state, string) {
	all := map[judge.Verdict]int{}
	judged := 0
	for _, a := range c.Arms {
		if a.Judged() {
			all[a.Verdict]++
			judged++
		}
	}
	switch {
	case !c.Comparable:
		return unknown, "Not decided"
	case all[judge.Invalid] > 0:
		return bad, "INVALID"
	case all[judge.Slower] > 0:
		return bad, "SLOWER"
	case judged == 0:
		return unknown, "Nothing in common"
	case all[judge.NotShown] > 0:
		return unknown, "Not shown"
	case all[judge.Faster] > 0:
		return good, "Faster"
	}
	return good, "No change"
}

// decisive is the arm with the worst verdict, the fused model before its baseline.
func decisive(c *reports.Compare) (reports.ArmPair, bool) {
	for _, verdict := range []judge.Verdict{judge.Invalid, judge.Slower, judge.NotShown, judge.Faster, judge.Equivalent} {
		for _, role := range []string{bench.RoleCandidate, bench.RoleBaseline} {
			for _, a := range c.Arms {
				if a.Verdict == verdict && a.Role == role {
					return a, true
				}
			}
		}
	}
	return reports.ArmPair{}, false
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
			margin: float64(a.Margin), class: verdictClass(a.Verdict),
		}
		switch {
		case !c.Comparable:
			e.class, e.margin = "unknown", 0
		case a.Role == bench.RoleAsTrained:
			e.class, e.margin = "trained", 0
		}
		list = append(list, e)
	}
	return list
}

// medians draws the latency of one arm in each report, a row each. A report without the arm has an empty row.
func medians(title string, names []string, nanoseconds []int64) chart {
	c := chart{
		Title: human.Printable(title) + ", ms", Desc: "The median latency in each report. Further left is faster.",
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
