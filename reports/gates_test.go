package reports

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/verify"
)

// TestGatesOf reads the gates of a report from its configuration, and takes none for granted.
func TestGatesOf(t *testing.T) {
	for config, want := range map[string]string{
		"null": "latency?",
		`{"gates": {"latency": {"require": "faster"}}}`:                                                  "latency",
		`{"gates": {"latency": {"require": "nothing"}, "speedup_min": 1.5, "later": 1}}`:                 "latency? speedup_min",
		`{"gates": {"latency": {"require": "equivalent", "margin": 0.02}, "p99_max_degradation": 0.05}}`: "latency p99_max_degradation",
		`{"gates": 1}`: "latency?",
	} {
		var names []string
		for _, g := range (&Report{Config: json.RawMessage(config)}).GatesOf(judge.Comparison{}) {
			if g.Passed == nil {
				g.Name += "?"
			}
			names = append(names, g.Name)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s has %s, want %s", config, got, want)
		}
	}
}

// TestGatesShowTheNumbersThatTheyJudge with the ends of the intervals that decide.
func TestGatesShowTheNumbersThatTheyJudge(t *testing.T) {
	c := judge.Comparison{
		Key: bench.Key{Backend: "ort", Batch: 1, Threads: 1}, Candidate: "fused.onnx", Verdict: judge.Equivalent, Margin: 0.02,
		Ratio: 1.004, CI: [2]bench.Float{0.999, 1.009}, Speedup: judge.Speedup{Ratio: 1.6, CI: [2]bench.Float{1.4, 1.8}},
		Quantiles: []judge.QuantileRatio{{Q: 0.99, Ratio: 1.01, CI: [2]bench.Float{0.98, 1.04}}},
	}
	r := New(nil, NewVerify(verify.NewResult(verify.RoundingOnly, verify.Check{Outputs: []verify.Output{{Equal: true}}}), nil), &judge.Result{Comparisons: []judge.Comparison{c}})
	for config, want := range map[string]string{
		`null`: "latency: nothing; the margin is ±2 %: 1.004 [0.999, 1.009]: not asked for",
		`{"gates": {"latency": {"require": "equivalent"}, "speedup_min": 1.5, "p99_max_degradation": 0.05}}`: "latency: equivalent within ±2 %, or faster: 1.004 [0.999, 1.009]: passed" +
			"|speedup_min: at least 1.5 times as fast: 1.600, at least 1.400: FAILED|p99_max_degradation: p99 at most 1.050 of the baseline's: 1.010, at most 1.040: passed",
		`{"gates": {"latency": {"require": "faster"}, "proof": "algebra"}}`: "proof: at least algebra: rounding_only: FAILED|latency: faster by more than 2 %: 1.004 [0.999, 1.009]: FAILED",
	} {
		r.Config = json.RawMessage(config)
		s, _ := r.gates()
		var rows []string
		for _, row := range s.Table.Rows {
			rows = append(rows, strings.Join([]string{row[0], row[2], row[3], row[4]}, ": "))
		}
		if got := strings.Join(rows, "|"); got != want {
			t.Errorf("%s: %s, want %s", config, got, want)
		}
	}
}
