package reports_test

import (
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/reports/internal/reporttest"
)

func TestEveryVerdictHasItsSentence(t *testing.T) {
	tests := map[judge.Verdict]string{
		judge.Equivalent: "ratio 0.998 (90 % CI 0.994–1.003; 12 fresh processes × 5 blocks); equivalent within ±2 % (TOST p < 0.0001); smallest supported margin ±0.59 %; A/A control ±0.51 %; execution plans identical.",
		judge.Faster:     "faster by more than 2 %",
		judge.Slower:     "SLOWER by more than 2 %",
		judge.NotShown:   "NOT SHOWN to be equivalent within ±2 %: because",
		judge.Invalid:    "the measurement is INVALID: because",
	}
	r := reporttest.Whole()
	for verdict, want := range tests {
		c := r.Comparisons[0]
		c.Verdict, c.Reason = verdict, "because"
		if got := r.Sentence(c); !strings.Contains(got, want) {
			t.Errorf("%s: %s, want %s", verdict, got, want)
		}
	}
}

// What a verdict hides is said next to it.
func TestSentencesSayWhatTheVerdictHides(t *testing.T) {
	r := reporttest.Whole()
	for name, c := range map[string]struct {
		change func(*judge.Comparison)
		want   string
	}{
		"slower within the margin": {func(c *judge.Comparison) {
			c.Ratio, c.CI = 1.01, [2]bench.Float{1.005, 1.015}
		}, "(TOST p < 0.0001), with a resolvable slowdown of 1 %;"},
		"faster within the margin": {func(c *judge.Comparison) {
			c.Ratio, c.CI = 0.99, [2]bench.Float{0.985, 0.995}
		}, "(TOST p < 0.0001), with a resolvable gain of 1 %;"},
		"time on the CPU contradicts": {func(c *judge.Comparison) {
			c.CPUVerdict, c.CPURatio = judge.Slower, 1.08
		}, "; time on the CPU CONTRADICTS, by it the verdict would be slower (ratio 1.080);"},
		"it contradicts slower, too": {func(c *judge.Comparison) {
			c.Verdict, c.CPUVerdict, c.CPURatio = judge.Slower, judge.Equivalent, 1.001
		}, "SLOWER by more than 2 %; time on the CPU CONTRADICTS, by it the verdict would be equivalent (ratio 1.001);"},
		"and faster": {func(c *judge.Comparison) {
			c.Verdict, c.CPUVerdict, c.CPURatio = judge.Faster, judge.Slower, 1.08
		}, "faster by more than 2 %; time on the CPU CONTRADICTS"},
		"time on the CPU agrees": {func(c *judge.Comparison) { c.CPUVerdict = judge.Equivalent }, "(TOST p < 0.0001); smallest"},
		"it does not tell":       {func(c *judge.Comparison) { c.CPUVerdict = judge.NotShown }, "(TOST p < 0.0001); smallest"},
		"no worse": {func(c *judge.Comparison) {
			c.Verdict, c.Reason, c.PNonInferior = judge.NotShown, "because", 0.0313
		}, "because; not slower by more than 2 %: p = 0.0313;"},
	} {
		one := r.Comparisons[0]
		c.change(&one)
		if got := r.Sentence(one); !strings.Contains(got, c.want) {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// Each comparison is judged by itself, so several are counted.
func TestSeveralComparisonsAreCounted(t *testing.T) {
	r := reporttest.Whole()
	r.Comparisons = append(r.Comparisons, r.Comparisons[0], r.Comparisons[0])
	r.Comparisons[1].Verdict = judge.Slower
	out := reporttest.Rendered(t, "markdown", false, r)
	if !strings.Contains(out, "- 2 of 3 comparisons are equivalent, each judged by itself.\n") {
		t.Error("they are not counted")
	}
}

// TestReasonsStandUnderTheHeadline says why a run did not pass, each reason once. That it was interrupted is in the headline.
func TestReasonsStandUnderTheHeadline(t *testing.T) {
	r := reports.New(nil, nil, nil)
	r.Conclusion = &reports.Conclusion{ExitCode: 2, Reasons: []reports.Reason{
		{Code: reports.ReasonUsage, Text: "no such pass"},
		{Code: reports.ReasonGate, Text: "too slow"},
		{Code: reports.ReasonGate, Text: "too slow"},
		{Code: reports.ReasonInterrupted, Text: "context canceled"},
	}}
	result := r.Page().Result
	if got, want := strings.Join(result.Items, " | "), "No such pass. | Too slow."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := strings.Join(result.Lead, " "), "INTERRUPTED."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestNotRunIsSaidOnce names an engine that two parts of a run wanted, with its remedy, and a baseline that is missing.
func TestNotRunIsSaidOnce(t *testing.T) {
	r := reporttest.NoEngine()
	r.Baseline = nil
	text := strings.Join(r.Page().Result.Items, "\n")
	for _, want := range []string{"Not run: ort cpu: the library of ONNX Runtime was not found. What to do: run acdeploy runtime install.", "No baseline was given"} {
		if strings.Count(text, want) != 1 {
			t.Errorf("%q is there %d times in\n%s", want, strings.Count(text, want), text)
		}
	}
}
