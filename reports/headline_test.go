package reports_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/reports/internal/reporttest"
	"github.com/acdeploy/acdeploy/verify"
)

func TestHeadline(t *testing.T) {
	verdict := func(v judge.Verdict, ratio, low, high bench.Float) func(*reports.Report) {
		return func(r *reports.Report) {
			c := &r.Comparisons[0]
			c.Verdict, c.Ratio, c.CI = v, ratio, [2]bench.Float{low, high}
			r.Conclusion = &reports.Conclusion{ExitCode: 4, Reasons: []reports.Reason{{Code: reports.ReasonGate, Text: "too slow"}}}
		}
	}
	for name, c := range map[string]struct {
		report *reports.Report
		change func(*reports.Report)
		want   string
	}{
		"all is well": {reporttest.Whole(), func(r *reports.Report) {
			check := &r.Verify.Checks[3]
			check.Samples, check.Agreement = 512, []verify.Agreement{{Output: "logits", Kind: verify.AgreeTop1, Value: 511. / 512}}
		}, "PASSED. 1.93× faster than as trained (90 % between 1.92 and 1.95), as fast as the plain baseline (0.998, shown within ±0.59 %), same answers (proof: algebra; 511 of 512 samples)."},
		"slower": {
			reporttest.Whole(), verdict(judge.Slower, 1.05, 1.04, 1.06),
			"FAILED with exit code 4. 1.93× faster than as trained (90 % between 1.92 and 1.95), SLOWER than the plain baseline (1.050, 90 % between 1.04 and 1.06), same answers (proof: algebra).",
		},
		"not shown": {
			reporttest.Whole(), verdict(judge.NotShown, 1.01, 0.97, 1.05),
			"FAILED with exit code 4. 1.93× faster than as trained (90 % between 1.92 and 1.95), NOT SHOWN to be as fast as the plain baseline (1.010, 90 % between 0.97 and 1.05), same answers (proof: algebra).",
		},
		"invalid": {
			reporttest.Whole(), verdict(judge.Invalid, 1, 1, 1),
			"FAILED with exit code 4. Latency measured, but the measurement is INVALID, same answers (proof: algebra).",
		},
		"measured in part": {reporttest.Whole(), func(r *reports.Report) {
			r.Incomplete, r.Comparisons[0].Verdict = true, judge.Invalid
			r.Conclusion = &reports.Conclusion{ExitCode: 130, Reasons: []reports.Reason{{Code: reports.ReasonInterrupted}}}
		}, "INTERRUPTED. Latency measured in part only, same answers (proof: algebra)."},
		"two engines": {reporttest.Whole(), func(r *reports.Report) {
			other := r.Comparisons[0]
			other.Verdict, other.Speedup.Ratio, other.Speedup.CI = judge.Slower, 1.2, [2]bench.Float{1.1, 1.3}
			r.Comparisons = append(r.Comparisons, other)
		}, "PASSED. At least 1.20× faster than as trained (90 % between 1.10 and 1.30), SLOWER than the plain baseline in 1 of 2 comparisons, same answers (proof: algebra)."},
		"slower than as trained": {reporttest.Whole(), func(r *reports.Report) {
			r.Comparisons[0].Speedup.Ratio, r.Comparisons[0].Speedup.CI = 0.8, [2]bench.Float{0.5, 1}
		}, "PASSED. SLOWER than as trained, 1.25× its latency (90 % between 1.00 and 2.00), as fast as the plain baseline (0.998, shown within ±0.59 %), same answers (proof: algebra)."},
		"no engine":   {reporttest.NoEngine(), nil, "PASSED. Latency not measured, same answers (proof: algebra). Not run: ort cpu (the library of ONNX Runtime was not found)."},
		"no baseline": {reporttest.NoBaseline(), nil, "INTERRUPTED. Latency measured in part only, DIFFERENT ANSWERS."},
		"nothing was reached": {reports.New(nil, nil, nil), func(r *reports.Report) {
			r.Conclusion = &reports.Conclusion{ExitCode: 130, Reasons: []reports.Reason{{Code: reports.ReasonInterrupted}}}
		}, "INTERRUPTED."},
	} {
		t.Run(name, func(t *testing.T) {
			if c.change != nil {
				c.change(c.report)
			}
			c.report.Conclude()
			if got := c.report.Conclusion.Headline; got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
		})
	}
}
