package reports_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/reports"
)

// What a verdict hides is said beside it.
func TestSentencesSayWhatTheVerdictHides(t *testing.T) {
	r := whole()
	for name, c := range map[string]struct {
		change func(*bench.Comparison)
		want   string
	}{
		"slower within the margin": {func(c *bench.Comparison) {
			c.Ratio, c.CI = 1.01, [2]bench.Float{1.005, 1.015}
		}, "(TOST p < 0.0001), with a resolvable slowdown of 1 %;"},
		"faster within the margin": {func(c *bench.Comparison) {
			c.Ratio, c.CI = 0.99, [2]bench.Float{0.985, 0.995}
		}, "(TOST p < 0.0001), with a resolvable gain of 1 %;"},
		"time on the CPU contradicts": {func(c *bench.Comparison) {
			c.CPUVerdict, c.CPURatio = bench.Slower, 1.08
		}, "; time on the CPU CONTRADICTS, by it the verdict would be slower (ratio 1.080);"},
		"it contradicts slower, too": {func(c *bench.Comparison) {
			c.Verdict, c.CPUVerdict, c.CPURatio = bench.Slower, bench.Equivalent, 1.001
		}, "SLOWER by more than 2 %; time on the CPU CONTRADICTS, by it the verdict would be equivalent (ratio 1.001);"},
		"and faster": {func(c *bench.Comparison) {
			c.Verdict, c.CPUVerdict, c.CPURatio = bench.Faster, bench.Slower, 1.08
		}, "faster by more than 2 %; time on the CPU CONTRADICTS"},
		"time on the CPU agrees": {func(c *bench.Comparison) { c.CPUVerdict = bench.Equivalent }, "(TOST p < 0.0001); smallest"},
		"it does not tell":       {func(c *bench.Comparison) { c.CPUVerdict = bench.NotShown }, "(TOST p < 0.0001); smallest"},
		"no worse": {func(c *bench.Comparison) {
			c.Verdict, c.Reason, c.PNonInferior = bench.NotShown, "because", 0.0313
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
	r := whole()
	r.Comparisons = append(r.Comparisons, r.Comparisons[0], r.Comparisons[0])
	r.Comparisons[1].Verdict = bench.Slower
	var out bytes.Buffer
	if err := reports.Formats(false)[1].Write(&out, r); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "- 2 of 3 comparisons are equivalent, each judged by itself.\n") {
		t.Error("they are not counted")
	}
}

// Of two operators only what tells them apart is shown, and of other batches nothing anew.
func TestPlanLines(t *testing.T) {
	step := func(op, provider, detail string) *backends.Step {
		return &backends.Step{Name: "/1/" + op, Op: op, Provider: provider, Detail: detail}
	}
	conv := "{group=1 strides=1,1} float[1,3,8,8] -> float[1,4,8,8]"
	for name, c := range map[string]struct {
		candidate, baseline *backends.Step
		want                string
	}{
		"attribute":         {step("Conv", "cpu", strings.Replace(conv, "1,1", "2,2", 1)), step("Conv", "cpu", conv), "- Conv /1/Conv in place of /1/Conv, strides=2,2 instead of strides=1,1 "},
		"one more":          {step("Conv", "cpu", "{activation=Relu "+conv[1:]), step("Conv", "cpu", conv), "in place of /1/Conv, with activation=Relu "},
		"one less":          {step("Conv", "cpu", conv), step("Conv", "cpu", "{activation=Relu "+conv[1:]), "in place of /1/Conv, without activation=Relu "},
		"place":             {step("Conv", "cuda", conv), step("Conv", "cpu", conv), "on cuda instead of cpu "},
		"order":             {step("Conv", "cpu", "a b"), step("Conv", "cpu", "b a"), "a b instead of b a "},
		"another operator":  {step("Add", "cpu", ""), step("Conv", "cpu", conv), "- Add /1/Add in place of Conv /1/Conv "},
		"of the candidate":  {step("Add", "cpu", "float[1]"), nil, "- fused only: Add /1/Add float[1] "},
		"only the baseline": {nil, step("Add", "cpu", "float[1]"), "- baseline only: Add /1/Add float[1] "},
	} {
		r := whole()
		plan := bench.PlanDiff{State: bench.PlansDiffer, Differing: 1, Differences: []bench.PlanDifference{{Candidate: c.candidate, Baseline: c.baseline}}}
		r.Comparisons[0].Plan = plan
		r.Comparisons = append(r.Comparisons, r.Comparisons[0])
		r.Comparisons[1].Batch = 8
		var out bytes.Buffer
		if err := reports.Formats(true)[0].Write(&out, r); err != nil {
			t.Fatal(err)
		}
		text := strings.Join(strings.Fields(out.String()), " ") + " "
		if n := strings.Count(text, c.want); n != 1 {
			t.Errorf("%s: said %d times\n%s", name, n, out.String())
		}
	}
}
