package formats

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/reports"
)

// ofSeveral names the formats that hold documents of several reports.
const ofSeveral = "table, markdown, html, json, csv, junit, gobench, github, bmf or openmetrics"

// withoutMeasurement names the formats that show a report in which nothing was measured.
const withoutMeasurement = "table, markdown, html, json, junit or github"

// single is the report of a document; an error where it is of several.
func single(format string, doc reports.Document) (*reports.Report, error) {
	r, ok := doc.(*reports.Report)
	if !ok {
		return nil, fmt.Errorf("write %s: it holds one report, and this document is of several; take %s", format, ofSeveral)
	}
	return r, nil
}

// UnfitError says that a report has nothing for a format to show.
type UnfitError struct {
	format string
	why    string
}

// Error implements error.
func (e *UnfitError) Error() string {
	return fmt.Sprintf("write %s: %s; take %s", e.format, e.why, withoutMeasurement)
}

// unmeasured is the error of a part of a report, such as what acdeploy fuse prints, that has nothing for a format to show; nil for a
// whole report, which also says that nothing was measured.
func unmeasured(format string, doc reports.Document) error {
	if r, ok := doc.(*reports.Report); ok && len(r.Arms) == 0 && r.Conclusion == nil {
		return &UnfitError{format, cmp.Or(r.Path, "the report") + " holds no measurement, and the format shows nothing else"}
	}
	return nil
}

// source is a report of a document with what tells it from the others there; "" for the only one.
type source struct {
	*reports.Report
	name string
}

// sources are the reports of a document in which something was measured, under names that differ.
func sources(format string, doc reports.Document) ([]source, error) {
	if err := unmeasured(format, doc); err != nil {
		return nil, err
	}
	var all []*reports.Report
	switch doc := doc.(type) {
	case *reports.Report:
		return []source{{doc, ""}}, nil
	case interface{ Sources() []*reports.Report }:
		all = doc.Sources()
	}
	var list []source
	for i, r := range all {
		name := cmp.Or(r.Path, fmt.Sprintf("report %d", i+1))
		if slices.ContainsFunc(list, func(s source) bool { return s.name == name }) {
			name = fmt.Sprintf("%s (%d)", name, i+1)
		}
		list = append(list, source{r, name})
	}
	return list, nil
}

// compared are the comparisons of a document, each of two reports; nil where it has none.
func compared(doc reports.Document) []*reports.Compare {
	switch doc := doc.(type) {
	case *reports.Compare:
		return []*reports.Compare{doc}
	case *reports.Series:
		return doc.Against
	}
	return nil
}

// csvCompared has, for each comparison, a row for each ratio of a candidate to its baseline, and one for the time of each model.
func csvCompared(w *csv.Writer, all []*reports.Compare) {
	_ = w.Write([]string{
		"first", "second", "comparable", "backend", "provider", "batch", "sizes", "threads", "arm", "role",
		"first_nanoseconds", "second_nanoseconds", "ratio", "low", "high", "margin", "verdict", "reason", "of", "detectable", "first_of_ratio", "second_of_ratio", "estimator",
	})
	for _, c := range all {
		for _, r := range c.Ratios {
			_ = w.Write([]string{
				cell(c.First), cell(c.Second), strconv.FormatBool(c.Comparable), cell(r.Backend), cell(r.Provider),
				strconv.FormatInt(r.Batch, 10), cell(r.Sizes), strconv.Itoa(r.Threads), cell(r.Arm), bench.RoleCandidate,
				"", "", plainNumber(float64(r.Ratio)),
				plainNumber(float64(r.CI[0])), plainNumber(float64(r.CI[1])), plainNumber(float64(r.Margin)), string(r.Verdict), cell(r.Reason),
				"ratio to the baseline", plainNumber(float64(r.Detectable)), plainNumber(float64(r.Of[0])), plainNumber(float64(r.Of[1])), r.Estimator,
			})
		}
		for _, a := range c.Arms {
			_ = w.Write([]string{
				cell(c.First), cell(c.Second), strconv.FormatBool(c.Comparable), cell(a.Backend), cell(a.Provider),
				strconv.FormatInt(a.Batch, 10), cell(a.Sizes), strconv.Itoa(a.Threads), cell(a.Arm), cell(a.Role),
				strconv.FormatInt(a.First, 10), strconv.FormatInt(a.Second, 10), plainNumber(float64(a.Ratio)),
				plainNumber(float64(a.CI[0])), plainNumber(float64(a.CI[1])), plainNumber(float64(a.Margin)), string(a.Verdict), cell(a.Reason),
				"time", plainNumber(float64(a.Detectable)), plainNumber(float64(a.Of[0])), plainNumber(float64(a.Of[1])), a.Estimator,
			})
		}
	}
}

// csvTrend has a row for each point.
func csvTrend(w *csv.Writer, t *reports.Trend) {
	_ = w.Write([]string{
		"model", "backend", "provider", "batch", "sizes", "threads", "device", "report", "started",
		"nanoseconds", "ratio", "low", "high", "margin", "level", "verdict", "change", "versions",
	})
	for _, l := range t.Lines {
		for _, p := range l.Points {
			_ = w.Write([]string{
				cell(l.Model), cell(l.Backend), cell(l.Provider), strconv.FormatInt(l.Batch, 10), cell(l.Sizes), strconv.Itoa(l.Threads), cell(l.Device),
				cell(p.Report), cell(p.Started), strconv.FormatInt(p.Latency, 10), plainNumber(float64(p.Ratio)),
				plainNumber(float64(p.CI[0])), plainNumber(float64(p.CI[1])), plainNumber(float64(p.Margin)), plainNumber(float64(p.Level)),
				string(p.Verdict), p.Change, cell(strings.Join(p.Versions, "; ")),
			})
		}
	}
}

// junitCompared has a case for each model that is judged. Where the reports do not decide and nothing is asked of them, it is skipped.
func junitCompared(c *reports.Compare) junitSuite {
	s := junitSuite{Name: "compare"}
	for _, j := range c.Judged() {
		one := junitCase{
			Name: fmt.Sprintf("%s on %s, %s over %s", j.Arm, j.Where, c.Second, c.First),
			Time: plainNumber(j.Seconds), Output: j.Plain,
		}
		switch j.Outcome {
		case judge.GateFailed, judge.GateInvalid:
			one.Failure = &junitMessage{Message: j.Plain, Text: human.Printable(j.Reason)}
		case "":
			if j.Verdict == judge.NotShown || j.Verdict == judge.Invalid {
				one.Output, one.Skipped = "", &junitMessage{Message: j.Reason}
			}
		}
		s.Cases = append(s.Cases, one)
	}
	if why := c.NothingInCommon(); why != "" {
		s.Cases = append(s.Cases, junitCase{Name: fmt.Sprintf("%s over %s", c.Second, c.First), Failure: &junitMessage{Message: "nothing in common", Text: human.Printable(why)}})
	}
	return s
}

// junitTrend has a case for each report of each line. One that is slower fails as long as it is the newest: later ones are compared with it.
func junitTrend(t *reports.Trend) junitSuite {
	s := junitSuite{Name: "trend"}
	for _, l := range t.Lines {
		for i, p := range l.Points {
			one := junitCase{Name: fmt.Sprintf("%s, %s", l.Title(), p.Started), Time: plainNumber(float64(p.Latency) / 1e9), Output: changeLine(p)}
			if p.Change == "slower" && i == len(l.Points)-1 {
				one.Failure = &junitMessage{Message: changeLine(p), Text: human.Printable(p.Report)}
			}
			s.Cases = append(s.Cases, one)
		}
	}
	return s
}

// changeLine says in words what a point of a trend is.
func changeLine(p reports.TrendPoint) string {
	if !isFinite(float64(p.Ratio)) {
		return "no ratio to the baseline: " + string(p.Verdict)
	}
	text := fmt.Sprintf("%.3f of the baseline's latency, between %.3f and %.3f", float64(p.Ratio), float64(p.CI[0]), float64(p.CI[1]))
	if p.Change != "" {
		text = fmt.Sprintf("became %s: %s; it was %.3f, with a margin of %s", p.Change, text, float64(p.Level), human.Percent(float64(p.Margin)))
	}
	return text
}

// severalAnnotations are the commands to GitHub's runner for a document of several reports.
func severalAnnotations(doc reports.Document) []annotation {
	var list []annotation
	for _, c := range compared(doc) {
		for _, j := range c.Judged() {
			if level := map[string]string{judge.GateFailed: "error", judge.GateInvalid: "error", "": "warning"}[j.Outcome]; level != "" && (j.Outcome != "" || !fine(j.Verdict)) {
				list = append(list, annotation{level, ": " + strings.ReplaceAll(string(j.Verdict), "_", " "), j.Arm + " on " + j.Where + ": " + j.Plain})
			}
		}
		if why := c.NothingInCommon(); why != "" {
			list = append(list, annotation{"error", ": nothing in common", fmt.Sprintf("%s and %s: %s", c.First, c.Second, why)})
		}
		if !c.Comparable && len(c.Ratios) == 0 {
			list = append(list, annotation{"warning", ": not decided", fmt.Sprintf("%s and %s were not measured under the same conditions: %s differs", c.First, c.Second, c.Differences[0].Condition)})
		}
	}
	if t, ok := doc.(*reports.Trend); ok {
		for _, l := range t.Lines {
			if p := l.Points[len(l.Points)-1]; p.Change != "" {
				level := map[string]string{"slower": "warning", "faster": "notice"}[p.Change]
				list = append(list, annotation{level, ": " + p.Change, l.Title() + " " + changeLine(p)})
			}
		}
	}
	return list
}

// fine reports whether a verdict says that nothing was lost.
func fine(v judge.Verdict) bool { return v == judge.Equivalent || v == judge.Faster }
