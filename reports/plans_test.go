package reports_test

import (
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/reports/internal/reporttest"
)

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
		r := reporttest.Whole()
		plan := judge.PlanDiff{State: judge.PlansDiffer, Differing: 1, Differences: []judge.PlanDifference{{Candidate: c.candidate, Baseline: c.baseline}}}
		r.Comparisons[0].Plan = plan
		r.Comparisons = append(r.Comparisons, r.Comparisons[0])
		r.Comparisons[1].Batch = 8
		out := reporttest.Rendered(t, "table", true, r)
		text := strings.Join(strings.Fields(out), " ") + " "
		if n := strings.Count(text, c.want); n != 1 {
			t.Errorf("%s: said %d times\n%s", name, n, out)
		}
	}
}
