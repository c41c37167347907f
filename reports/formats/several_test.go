package formats_test

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/reports/formats"
	"github.com/acdeploy/acdeploy/reports/internal/reporttest"
)

// timed is a report of twelve units in which the fused model takes so many nanoseconds.
func timed(path string, ns int64) *reports.Report {
	r := reporttest.Whole()
	r.Path = path
	r.Settings[0].Statistic = judge.StatisticPaired
	for i := range r.Arms {
		a := &r.Arms[i]
		if a.Role == bench.RoleCandidate {
			a.Median = ns
		}
		a.Units = nil
		for u := range 12 {
			at := a.Median + int64(u%5-2)*a.Median/500
			a.Units = append(a.Units, judge.ArmUnit{Unit: u, Complete: true, Blocks: []judge.ArmBlock{{Nanoseconds: []int64{at, at + 1, at - 1}}}})
		}
	}
	return r
}

// nightly is a trend with these ratios; the names in it are hostile.
func nightly(ratios ...float64) *reports.Trend {
	var all []*reports.Report
	for i, ratio := range ratios {
		r := reporttest.Whole()
		r.Started = fmt.Sprintf("2026-11-%02dT12:00:00Z", i+1)
		r.Path = "=" + r.Started + reporttest.HostileSteer
		r.Fuse.Input.Path = reporttest.HostileNode + reporttest.HostileSteer
		c := &r.Comparisons[0]
		c.Ratio, c.CI = bench.Float(ratio), [2]bench.Float{bench.Float(ratio - 0.006), bench.Float(ratio + 0.006)}
		all = append(all, r)
	}
	return reports.NewTrend(all, nil)
}

// severals are documents of several reports.
func severals() map[string]reports.Document {
	first, slower, other := timed("monday", 312_000), timed(reporttest.HostileSteer, 331_000), timed("wednesday", 312_000)
	other.Host.CPU.Brand = reporttest.HostileSteer + reporttest.HostileRight
	return map[string]reports.Document{
		"compare": reports.NewCompare(first, slower, judge.LatencyGate{}), "series": reports.NewSeries([]*reports.Report{first, slower, other}, judge.LatencyGate{}), "trend": nightly(1, 1.004, 1.05),
	}
}

// TestFormatsOfSeveral keeps what each format makes of several reports. The others say which do, in one line.
func TestFormatsOfSeveral(t *testing.T) {
	for name, doc := range severals() {
		var hold []string
		for _, e := range formats.Catalog() {
			var out bytes.Buffer
			err := e.New().Write(reports.Output{Writer: &out}, doc)
			if err == nil {
				hold = append(hold, e.Name)
				if e.Name != "json" && strings.ContainsAny(out.String(), "\x1b\r\u202e") {
					t.Errorf("%s of %s passes on what steers a terminal", e.Name, name)
				}
				if !slices.Contains([]string{"table", "markdown", "html", "json"}, e.Name) {
					reporttest.Golden(t, name+"."+e.Name, out.String())
				}
				continue
			}
			if want := "write " + e.Name + ": it holds one report, and this document is of several; take table, markdown, html, json, csv, junit, gobench, github, bmf or openmetrics"; err.Error() != want || out.Len() > 0 {
				t.Errorf("%s of %s: %v, want %s", e.Name, name, err, want)
			}
		}
		if got := strings.Join(hold, " "); got != "table markdown html json csv junit gobench github bmf openmetrics" {
			t.Errorf("%s is held by %s", name, got)
		}
	}
}

// Two reports of the same models, even of one path, are told apart in every format that holds raw numbers.
func TestFormatsTellReportsApart(t *testing.T) {
	doc := reports.NewCompare(timed("night", 312_000), timed("night", 331_000), judge.LatencyGate{})
	for format, wants := range map[string][]string{
		"gobench":     {"\nreport: night\n", "\nreport: night (2)\n", " 312000 ns/op", " 331000 ns/op"},
		"bmf":         {`"run in night":`, `"run in night (2)":`, `"fused on ort cpu, batch 1, 1 thread in night (2)":`},
		"openmetrics": {"\nacdeploy_passed{report=\"night\"} 1\nacdeploy_passed{report=\"night (2)\"} 1\n", `acdeploy_latency_seconds{report="night (2)",backend="ort",`},
	} {
		text := "\n" + reporttest.Rendered(t, format, false, doc)
		for _, want := range wants {
			if n := strings.Count(text, want); n == 0 || n > 1 && !strings.Contains(want, "ns/op") && !strings.HasSuffix(want, "=\"ort\",") {
				t.Errorf("%s has %q %d times", format, want, n)
			}
		}
		if format == "openmetrics" && strings.Count(text, "# TYPE acdeploy_passed ") != 1 {
			t.Error("a family is told twice")
		}
	}
}

// What acdeploy fuse and verify print holds no measurement: the formats of measurements say so in one line, and write nothing.
func TestFormatsOfMeasurementsRefuseOtherParts(t *testing.T) {
	for _, part := range []*reports.Report{reports.New(reporttest.Fused(), nil, nil), reports.New(nil, reporttest.Checked(), nil)} {
		part.Conclusion, part.Path = nil, "part.json"
		for _, e := range formats.Catalog() {
			var out bytes.Buffer
			err := e.New().Write(reports.Output{Writer: &out}, part)
			refused := slices.Contains([]string{"csv", "gobench", "bmf", "openmetrics"}, e.Name) || e.Name == "modelexplorer" && part.Fuse == nil
			if refused && (err == nil || !strings.HasPrefix(err.Error(), "write "+e.Name+": part.json ") || out.Len() > 0) || !refused && (err != nil || out.Len() == 0) {
				t.Errorf("%s: %v, %d bytes", e.Name, err, out.Len())
			}
		}
	}
}

// The rows of a table hold the same numbers as the document.
func TestCSVOfSeveralHoldsTheNumbers(t *testing.T) {
	rows := func(doc reports.Document) [][]string {
		all, err := csv.NewReader(strings.NewReader(reporttest.Rendered(t, "csv", false, doc))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	number := func(text string) float64 {
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	c := reports.NewCompare(timed("a", 312_000), timed("b", 331_000), judge.LatencyGate{})
	found := rows(c)[1:]
	if r, row := c.Ratios[0], found[0]; row[8] != r.Arm || row[18] != "ratio to the baseline" || number(row[12]) != float64(r.Ratio) || number(row[19]) != float64(r.Detectable) {
		t.Errorf("%v of %+v", row, r)
	}
	for i, row := range found[1:] {
		a := c.Arms[i]
		if row[8] != a.Arm || number(row[10]) != float64(a.First) || number(row[12]) != float64(a.Ratio) || number(row[13]) != float64(a.CI[0]) || row[16] != string(a.Verdict) {
			t.Errorf("%v of %+v", row, a)
		}
	}
	trend := nightly(1, 1.05, math.NaN())
	all := rows(trend)
	for i, row := range all[1:] {
		p := trend.Lines[0].Points[i]
		if number(row[9]) != float64(p.Latency) || row[16] != p.Change || i < 2 && (number(row[10]) != float64(p.Ratio) || number(row[14]) != float64(p.Level)) {
			t.Errorf("%v of %+v", row, p)
		}
		if !strings.HasPrefix(row[7], "'=") {
			t.Errorf("%q is a formula", row[7])
		}
	}
	if len(all) != 4 || all[3][10] != "NaN" {
		t.Errorf("rows: %v", all)
	}
}

// A case fails where a model does not show what is asked, is skipped where nothing is asked and the reports do not decide, and otherwise passes.
func TestJUnitOfSeveral(t *testing.T) {
	alone := func(r *reports.Report) *reports.Report {
		r.Arms = r.Arms[2:3]
		return r
	}
	other, different := alone(timed("b", 400_000)), timed("b", 312_000)
	other.Host.CPU.Brand = "other"
	for i := range different.Arms {
		different.Arms[i].ModelSHA256, different.Arms[i].Weights = strings.Repeat("6a", 32), nil
	}
	shown := judge.LatencyGate{Require: judge.RequireNothing}
	for name, c := range map[string]struct {
		doc                      reports.Document
		tests, failures, skipped int
	}{
		"slower":                 {reports.NewCompare(timed("a", 312_000), timed("b", 331_000), judge.LatencyGate{}), 1, 1, 0},
		"the same":               {reports.NewCompare(timed("a", 312_000), timed("b", 312_000), judge.LatencyGate{}), 1, 0, 0},
		"not decided":            {reports.NewCompare(alone(timed("a", 312_000)), other, judge.LatencyGate{}), 1, 1, 0},
		"not decided, not asked": {reports.NewCompare(alone(timed("a", 312_000)), other, shown), 1, 0, 1},
		"slower, not asked":      {reports.NewCompare(timed("a", 312_000), timed("b", 331_000), shown), 1, 0, 0},
		"nothing in common":      {reports.NewCompare(timed("a", 312_000), different, shown), 1, 1, 0},
		"slower at last":         {nightly(1, 1.05), 2, 1, 0},
		"slower before":          {nightly(1, 1.05, 1.05), 3, 0, 0},
		"no ratio":               {nightly(1, math.NaN()), 2, 0, 0},
		"nothing":                {reports.NewTrend(nil, nil), 0, 0, 0},
	} {
		var all struct {
			Tests    int `xml:"tests,attr"`
			Failures int `xml:"failures,attr"`
			Skipped  int `xml:"skipped,attr"`
		}
		if err := xml.Unmarshal([]byte(reporttest.Rendered(t, "junit", false, c.doc)), &all); err != nil {
			t.Fatal(err)
		}
		if all.Tests != c.tests || all.Failures != c.failures || all.Skipped != c.skipped {
			t.Errorf("%s: %+v", name, all)
		}
	}
}

// The runner of GitHub is told of what is slower, and obeys nothing that stands in a name.
func TestGitHubOfSeveral(t *testing.T) {
	t.Setenv("GITHUB_STEP_SUMMARY", "")
	for name, want := range map[string]string{"compare": "::error title=acdeploy%3A slower::fused on ", "series": "::error title=acdeploy%3A slower::", "trend": "::warning title=acdeploy%3A slower::"} {
		var commands bytes.Buffer
		f, err := formats.Catalog().Make("github", nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Write(reports.Output{Writer: io.Discard, Commands: &commands}, severals()[name]); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(commands.String(), want) {
			t.Errorf("%s does not say %s:\n%s", name, want, &commands)
		}
		for line := range strings.Lines(commands.String()) {
			if !strings.HasPrefix(line, "::") || strings.HasPrefix(line, "::error::no") {
				t.Errorf("%s: the runner reads %q", name, line)
			}
		}
	}
}
