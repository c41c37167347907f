package judge

import (
	"math"
	"testing"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/internal/lab"
	"github.com/acdeploy/acdeploy/worker"
)

func TestAnswersDiffer(t *testing.T) {
	for name, c := range map[string]struct {
		output float64
		want   Verdict
	}{
		"rounding": {1.000001, Equivalent},
		"wrong":    {1.01, Invalid},
		"nan":      {math.NaN(), Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			l := lab.Quiet()
			l.Outputs = map[string]float64{"fused": c.output, "base": 7}
			res := measure(t, l, lab.Job("fused", "fast"))
			if got := res.Comparisons[0]; got.Verdict != c.want {
				t.Errorf("verdict %s: %s", got.Verdict, got.Reason)
			}
			if got := res.Comparisons[1]; got.Verdict != Faster {
				t.Errorf("the other candidate is %s: %s", got.Verdict, got.Reason)
			}
		})
	}
}

// An arm that changes its own answer, and a copy that answers otherwise, concern every candidate.
func TestAnswersOfTheBaseline(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*worker.Agreement)
		says   string
	}{
		"the baseline is fickle": {func(a *worker.Agreement) {
			if a.Arm == 0 && a.With == 0 {
				a.Equal, a.Detail = false, `output "y" differs`
			}
		}, `base does not repeat its first answer: output "y" differs`},
		"its copy differs": {func(a *worker.Agreement) {
			if a.Arm == 1 && a.With == 0 {
				a.Equal, a.Detail = false, `output "y" differs`
			}
		}, `the copy of base does not answer as base: output "y" differs`},
	} {
		l := lab.Quiet()
		l.Tamper = func(_ int, _ worker.Request, rep *worker.Reply) error {
			if rep.Answers != nil {
				for i := range rep.Answers.Agreements {
					c.change(&rep.Answers.Agreements[i])
				}
			}
			return nil
		}
		res := measure(t, l, lab.Job("fused"))
		g := controlOf(t, res, ControlAnswers, "")
		if g.State != Fail || g.Detail != c.says {
			t.Errorf("%s: %+v", name, g)
		}
		if v := res.Comparisons[0]; v.Verdict != Invalid {
			t.Errorf("%s: verdict %s", name, v.Verdict)
		}
	}
	general := Control{State: OK}
	for _, detail := range []string{"the first", "the second"} {
		addAnswer(&general, nil, bench.Answer{Arm: "A", With: "A", Detail: detail}, []bench.RecordedArm{{Letter: "A", Name: "base"}})
	}
	mentions(t, general.Detail, "the first") // what comes after it is its consequence, often
	j := lab.Job("fused")
	j.AsTrained = nil
	g := controlOf(t, measure(t, lab.Quiet(), j), ControlAnswers, "fused")
	if g.State != Absent {
		t.Errorf("%+v", g)
	}
	mentions(t, g.Detail, "nothing to compare the answers with")
}
