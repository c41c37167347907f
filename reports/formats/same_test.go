package formats_test

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/reports/internal/reporttest"
)

// told is what a format says of a run; what it has no place for is nil.
type told struct {
	passed  *bool
	verdict string
	ratio   *float64
	latency *float64 // of the fused model, in nanoseconds
}

func is[T any](v T) *T { return &v }

// formatsRead takes the same numbers out of each format. Those of them that are of one time each, csv and gobench, have tests of their own.
var formatsRead = map[string]func(*testing.T, *reports.Report) told{
	"json": func(t *testing.T, r *reports.Report) told {
		t.Helper()
		read, err := reports.Parse([]byte(reporttest.Rendered(t, "json", false, r)))
		if err != nil {
			t.Fatal(err)
		}
		c := read.Comparisons[0]
		return told{&read.Conclusion.Passed, string(c.Verdict), is(float64(c.Ratio)), nil}
	},
	"junit": func(t *testing.T, r *reports.Report) told {
		t.Helper()
		read, _ := junit(t, r)
		var found told
		for _, s := range read.Suites {
			for _, p := range s.Properties {
				switch p.Name {
				case "passed":
					found.passed = is(p.Value == "true")
				case "latency":
					found.verdict = p.Value
				}
			}
			for _, c := range s.Cases {
				if strings.HasPrefix(c.Name, "latency of fused") {
					found.latency = is(c.Time * 1e9)
				}
			}
		}
		return found
	},
	"bmf": func(t *testing.T, r *reports.Report) told {
		t.Helper()
		read := bmf(t, r)
		fused := read["fused on ort cpu, batch 1, 1 thread"]
		return told{is(*read["run"]["passed"].Value == 1), "", fused["ratio"].Value, fused["latency"].Value}
	},
	"openmetrics": func(t *testing.T, r *reports.Report) told {
		t.Helper()
		const at = `{backend="ort",provider="cpu",batch="1",threads="1",model="fused"`
		read, verdict := openmetrics(t, r), ""
		for sample, v := range read {
			if word, of := strings.CutPrefix(sample, "acdeploy_verdict"+at+`,acdeploy_verdict="`); of && v == 1 {
				verdict += strings.TrimSuffix(word, `"}`)
			}
		}
		return told{is(read["acdeploy_passed"] == 1), verdict, is(read["acdeploy_latency_ratio"+at+"}"]), is(1e9 * read["acdeploy_latency_seconds"+at+"}"])}
	},
	"markdown": fromTable("markdown"),
	"github":   fromTable("github"),
	"table":    fromTable("table"),
}

// fromTable reads the row of the fused model in a table for people.
func fromTable(format string) func(*testing.T, *reports.Report) told {
	return func(t *testing.T, r *reports.Report) told {
		t.Helper()
		var found told
		table := ""
		for line := range strings.Lines(reporttest.Rendered(t, format, true, r)) {
			if strings.HasPrefix(line, "## ") || !strings.HasPrefix(line, "|") && strings.HasPrefix(strings.TrimSpace(line), "Latency") {
				table = line
			}
			if found.passed == nil && (strings.HasPrefix(line, "PASSED") || strings.HasPrefix(line, "FAILED")) {
				found.passed = is(strings.HasPrefix(line, "PASSED"))
			}
			var cells []string
			for c := range strings.SplitSeq(line, "|") {
				cells = append(cells, strings.TrimSpace(c))
			}
			if found.ratio != nil || !strings.Contains(table, "Latency") || !strings.HasPrefix(line, "|") || !slices.Contains(cells, "fused") {
				continue
			}
			for _, c := range cells {
				if ms, of := strings.CutSuffix(c, " ms"); of && found.latency == nil {
					v, _ := strconv.ParseFloat(ms, 64)
					found.latency = is(v * 1e6)
				} else if v, err := strconv.ParseFloat(c, 64); err == nil {
					found.ratio = &v
				}
			}
			found.verdict = strings.ReplaceAll(cells[len(cells)-2], " ", "_")
		}
		return found
	}
}

// TestEveryFormatTellsTheSame parses the same numbers back out of each format.
func TestEveryFormatTellsTheSame(t *testing.T) {
	for name, r := range map[string]*reports.Report{"whole": reporttest.Whole(), "hostile": reporttest.Hostile()} {
		c := r.Comparisons[0]
		latency := float64(r.LatencyOf(r.Arms[2]))
		for format, read := range formatsRead {
			got := read(t, r)
			if got.passed == nil || *got.passed != r.Conclusion.Passed {
				t.Errorf("%s of %s does not say that passed is %t", format, name, r.Conclusion.Passed)
			}
			if format != "bmf" && got.verdict != string(c.Verdict) {
				t.Errorf("%s of %s has the verdict %q, not %s", format, name, got.verdict, c.Verdict)
			}
			if got.ratio == nil && format != "junit" || got.ratio != nil && math.Abs(*got.ratio-float64(c.Ratio)) > 0.0005 {
				t.Errorf("%s of %s has another ratio than %g", format, name, float64(c.Ratio))
			}
			if got.latency == nil && format != "json" || got.latency != nil && math.Abs(*got.latency-latency) > 51 {
				t.Errorf("%s of %s has another latency than %g", format, name, latency)
			}
		}
		if !strings.HasPrefix(reporttest.Rendered(t, "gobench", false, r), human.Printable(r.Conclusion.Headline)+"\n") {
			t.Errorf("gobench of %s does not begin with the headline", name)
		}
		if ns := gobench(t, r)["baseline"]; len(ns) != 1 || math.Abs(ns[0]-float64(r.Arms[0].Median)) > 2 {
			t.Errorf("gobench of %s has the times %v", name, ns)
		}
	}
}

// TestJSONOfMachinesIsJSON, whatever is in a name.
func TestJSONOfMachinesIsJSON(t *testing.T) {
	for _, format := range []string{"bmf", "modelexplorer", "json"} {
		r := reporttest.Hostile()
		r.Comparisons[0].Verdict = judge.Invalid
		if text := reporttest.Rendered(t, format, false, r); !json.Valid([]byte(text)) {
			t.Errorf("%s is no JSON:\n%s", format, text)
		}
	}
}
