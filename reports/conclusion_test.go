package reports_test

import (
	"encoding/json"
	"testing"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/reports/internal/reporttest"
)

// TestConclude computes each word from the rest of the report, in every kind of run.
func TestConclude(t *testing.T) {
	for name, c := range map[string]struct {
		report  *reports.Report
		change  func(*reports.Report)
		speedup bench.Float // 0 for none
		latency reports.Latency
		answers reports.Answers
		skipped int
	}{
		"all is well": {reporttest.Whole(), nil, 1.931, "equivalent", reports.AnswersSame, 0},
		"no engine":   {reporttest.NoEngine(), nil, 0, reports.LatencyNotMeasured, reports.AnswersSame, 1},
		"no baseline": {reporttest.NoBaseline(), nil, 1 / reporttest.NoBaseline().Comparisons[0].Ratio, reports.LatencyNoBaseline, reports.AnswersDiffer, 0},
		"the worst of three": {reporttest.Whole(), func(r *reports.Report) {
			slower, invalid := r.Comparisons[0], r.Comparisons[0]
			slower.Verdict, slower.Speedup.Ratio = judge.Slower, 1.5
			invalid.Verdict = judge.Invalid
			r.Comparisons = append(r.Comparisons, invalid, slower)
		}, 1.5, "invalid", reports.AnswersSame, 0},
		"not verified": {reporttest.Whole(), func(r *reports.Report) { r.Verify = nil }, 1.931, "equivalent", reports.AnswersNotCompared, 0},
		"not comparable": {reporttest.Whole(), func(r *reports.Report) {
			r.Verify.Checks, r.Verify.Equal = nil, false
			r.Verify.Skipped = []backends.Skip{{Backend: "float64", Reason: "it cannot"}}
		}, 1.931, "equivalent", reports.AnswersNotCompared, 1},
	} {
		t.Run(name, func(t *testing.T) {
			if c.change != nil {
				c.change(c.report)
			}
			c.report.Conclude()
			got := c.report.Conclusion
			if got.Latency != c.latency || got.Answers != c.answers || got.Skipped != c.skipped || !(got.Speedup == c.speedup || c.speedup == 0 && got.Speedup != got.Speedup) {
				t.Errorf("%+v", got)
			}
			if _, err := json.Marshal(got); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestCounts counts convolutions and what was left by its reason.
func TestCounts(t *testing.T) {
	r := reporttest.Whole()
	r.Conclude()
	f := r.Conclusion.Fused
	if f == nil || f.Before != r.Fuse.Before.Ops["Conv"] || f.After != r.Fuse.After.Ops["Conv"] || f.Baseline == nil || *f.Baseline != 19 || f.Refusals["misaligned"] != 1 {
		t.Errorf("%+v", f)
	}
	r.Fuse, r.Baseline = nil, nil
	if r.Conclude(); r.Conclusion.Fused != nil {
		t.Error("convolutions are counted that nobody looked at")
	}
}

// TestOldReports says of a report without a headline what one of today says, and leaves the report as it is.
func TestOldReports(t *testing.T) {
	r := reporttest.Whole()
	r.Conclusion = &reports.Conclusion{Passed: true}
	old := r.Page().Result.Lead[0]
	if r.Conclusion.Headline != "" {
		t.Error("reading changed the report")
	}
	r.Conclude()
	if got := r.Page().Result.Lead[0]; got != old {
		t.Errorf("%q, of an old report %q", got, old)
	}
}
