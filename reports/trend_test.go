package reports_test

import (
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/reports/internal/reporttest"
)

// dated is a report of a time with a ratio, and an interval around it.
func dated(started string, ratio float64) *reports.Report {
	r := reporttest.Whole()
	r.Started, r.Path = started, started+"/report.json"
	c := &r.Comparisons[0]
	c.Ratio, c.CI = bench.Float(ratio), [2]bench.Float{bench.Float(ratio - 0.004), bench.Float(ratio + 0.004)}
	return r
}

// TestTrend orders reports by time and marks where an interval leaves the margin, and only there.
func TestTrend(t *testing.T) {
	other := dated("2026-11-04", 1.3)
	other.Fuse.Input.Path = "another.onnx"
	trend := reports.NewTrend([]*reports.Report{
		dated("2026-11-05", 1.051), dated("2026-11-01", 1), dated("2026-11-02", 1.01), other, dated("2026-11-03", 1.05), dated("2026-11-06", 0.99),
		reporttest.NoEngine(),
	}, []reports.LeftOut{{Report: "broken.json", Reason: "no JSON"}})
	if len(trend.Lines) != 2 || len(trend.Left) != 2 {
		t.Fatalf("%d lines, left out %v", len(trend.Lines), trend.Left)
	}
	var changes []string
	for _, p := range trend.Lines[0].Points {
		changes = append(changes, p.Started[8:]+p.Change)
	}
	if got, want := strings.Join(changes, " "), "01 02 03slower 05 06faster"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	reporttest.Golden(t, "trend.table", reporttest.Rendered(t, "table", true, trend))
	reporttest.Golden(t, "trend.json", reporttest.Rendered(t, "json", true, trend))
}

// TestTrendOfAnInvalidMeasurement marks no change, and goes on from the level of before.
func TestTrendOfAnInvalidMeasurement(t *testing.T) {
	first, broken := dated("2026-11-01", 1), dated("2026-11-02", 1.5)
	first.Comparisons[0].Verdict, broken.Comparisons[0].Verdict = judge.Invalid, judge.Invalid
	trend := reports.NewTrend([]*reports.Report{first, broken, dated("2026-11-03", 1.2), dated("2026-11-04", 1.2)}, nil)
	for i, p := range trend.Lines[0].Points {
		if p.Change != "" {
			t.Errorf("point %d became %s", i, p.Change)
		}
	}
}

// TestTrendOfNothing says that there is nothing.
func TestTrendOfNothing(t *testing.T) {
	page := reports.NewTrend(nil, nil).Page()
	if got := page.Result.Lead[0]; got != "0 comparisons in 0 lines." {
		t.Error(got)
	}
}
