package html

import (
	"fmt"
	"slices"

	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/reports"
)

// pictures are those that the report has numbers for, in the order in which questions arise.
func pictures(r *reports.Report) []group {
	var groups []group
	for _, of := range []func(*reports.Report) group{headlineNumbers, network, answers, forest, layers, spread, runs} {
		groups = append(groups, of(r))
	}
	return numbered(groups...)
}

// numbered leaves out groups without pictures, and gives the others the names by which a page finds them.
func numbered(all ...group) []group {
	var groups []group
	for _, g := range all {
		if len(g.Charts) == 0 {
			continue
		}
		g.ID = identifier(g.Title)
		told := map[string]bool{}
		for i, c := range g.Charts {
			g.Charts[i].Told = told[c.Desc]
			told[c.Desc] = true
			g.Charts[i].ID = fmt.Sprintf("%s-%d", g.ID, i+1)
		}
		groups = append(groups, g)
	}
	return groups
}

// names says how the arms of a comparison are called on the page.
func names(r *reports.Report, c judge.Comparison) (where, candidate, baseline string) {
	return human.Printable(reports.SettingName(c.Key)), human.Printable(r.Label(c.Candidate)), human.Printable(r.Label(c.Baseline))
}

// newTable makes the table behind a picture; a header that begins with ">" is of a column of numbers.
func newTable(headers ...string) *reports.Table {
	t := &reports.Table{}
	for _, h := range headers {
		numbers := h != "" && h[0] == '>'
		if numbers {
			h = h[1:]
		}
		t.Columns = append(t.Columns, reports.Column{Title: h, Numbers: numbers})
	}
	return t
}

// headlineNumbers draws the ratios of the headline with their intervals.
func headlineNumbers(r *reports.Report) group {
	g := group{Title: "The numbers of the headline"}
	if c, ok := ratios("How many times as fast as trained", "Further right is faster. The line at 1 is the model as trained.", speedups(r)); ok {
		g.Charts = append(g.Charts, c)
	}
	if c, ok := ratios("Latency over the baseline's", "Further left is faster. The line at 1 is the baseline, the band is the margin.", againstBaseline(r)); ok {
		g.Charts = append(g.Charts, c)
	}
	return g
}

// estimate is a ratio with its interval.
type estimate struct {
	name             string
	ratio, low, high float64
	margin           float64 // of the band around 1; 0 for none
	class            string
	of               []string // the two numbers of different reports that it is the ratio of; nil for one of a single report
}

func speedups(r *reports.Report) []estimate {
	var list []estimate
	for _, c := range r.Comparisons {
		where, candidate, _ := names(r, c)
		if s := c.Speedup; finite(float64(s.Ratio)) && s.Over != c.Baseline {
			list = append(list, estimate{name: candidate + ", " + where, ratio: float64(s.Ratio), low: float64(s.CI[0]), high: float64(s.CI[1]), class: "candidate"})
		}
	}
	return list
}

func againstBaseline(r *reports.Report) []estimate {
	var list []estimate
	for _, c := range r.Comparisons {
		if !finite(float64(c.Ratio)) {
			continue
		}
		where, candidate, baseline := names(r, c)
		if baseline != "baseline" { // where none was given, the model as trained takes its place
			candidate += " over " + baseline
		}
		list = append(list, estimate{
			name: candidate + ", " + where, ratio: float64(c.Ratio),
			low: float64(c.CI[0]), high: float64(c.CI[1]), margin: float64(c.Margin), class: verdictClass(c.Verdict),
		})
	}
	return list
}

func verdictClass(v judge.Verdict) string {
	switch v {
	case judge.Equivalent, judge.Faster:
		return "good"
	case judge.NotShown:
		return "unknown"
	}
	return "bad"
}

// ratios draws estimates, a row each.
func ratios(title, how string, list []estimate) (chart, bool) {
	c := chart{Title: title, Desc: how, Table: newTable("what", ">ratio", ">from", ">to", ">margin")}
	values := []float64{1}
	if len(list) > 0 && list[0].of != nil {
		c.Table = newTable("what", ">first", ">second", ">ratio", ">from", ">to", ">margin")
	}
	for _, e := range list {
		values = append(values, e.ratio, e.low, e.high, 1-e.margin, 1+e.margin)
	}
	a, row := over(false, values...), 2.6*lineHeight
	bottom := row*float64(len(list)) + 4
	c.Height = bottom + lineHeight
	c.drawAxis(a, 0, bottom, short)
	for i, e := range list {
		top := row * float64(i)
		y := top + 1.7*lineHeight
		margin := ""
		if e.margin > 0 {
			margin = "±" + human.Percent(e.margin)
			c.add(box("band", a.at(1-e.margin), top+lineHeight+2, a.at(1+e.margin)-a.at(1-e.margin), 1.3*lineHeight, "margin "+margin))
		}
		c.add(line("one", a.at(1), top+lineHeight, a.at(1), top+row))
		numbers := fmt.Sprintf("%s (%s to %s)", three(e.ratio), three(e.low), three(e.high))
		if finite(e.low) && finite(e.high) {
			c.add(line("interval "+e.class, a.at(e.low), y, a.at(e.high), y))
		}
		c.add(dot("point "+e.class, a.at(e.ratio), y, e.name+": "+numbers),
			text("name", "start", inset, top+11, human.Clip(e.name, 38)), text("name", "end", chartWidth-inset, top+11, three(e.ratio)))
		c.Table.Rows = append(c.Table.Rows, slices.Concat([]string{e.name}, e.of, []string{three(e.ratio), three(e.low), three(e.high), margin}))
	}
	return c, len(list) > 0
}
