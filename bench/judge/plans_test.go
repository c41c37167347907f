package judge

import (
	"fmt"
	"testing"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/bench/internal/lab"
	"github.com/acdeploy/acdeploy/worker"
)

// steps makes a plan of operators written "name:op" or "name:op:detail".
func steps(kernels ...backends.Step) *backends.Plan { return &backends.Plan{Steps: kernels} }

func step(name, op, detail string) backends.Step {
	return backends.Step{Name: name, Op: op, Detail: detail, Provider: "CPUExecutionProvider"}
}

func TestComparePlans(t *testing.T) {
	conv, relu, add := step("/1/conv", "Conv", "{strides=1,1}"), step("/1/relu", "Relu", ""), step("/1/add", "Add", "")
	renamed := conv
	renamed.Name = "/1/square/conv"
	opaque := backends.Step{Name: "graph", Op: "TRTKernel", Opaque: true}
	strided := step("/1/conv", "Conv", "{strides=2,2}")
	for name, c := range map[string]struct {
		a, b      *backends.Plan
		state     PlanState
		differing int
		first     string
	}{
		"equal but for names": {steps(conv, relu), steps(renamed, relu), PlansEqual, 0, ""},
		"both empty":          {steps(), steps(), PlansEqual, 0, ""},
		"one more":            {steps(conv, relu), steps(conv, add, relu), PlansDiffer, 1, `"/1/add" (Add) where the baseline has nothing`},
		"one less":            {steps(conv, add, relu), steps(conv, relu), PlansDiffer, 1, `nothing where the baseline has "/1/add" (Add)`},
		"an attribute":        {steps(conv, relu), steps(strided, relu), PlansDiffer, 1, `"/1/conv" (Conv) where the baseline has "/1/conv" (Conv): {strides=2,2} instead of {strides=1,1}`},
		"another order":       {steps(conv, relu, add), steps(relu, conv, add), PlansReordered, 1, `"/1/conv" (Conv) where the baseline has "/1/conv" (Conv)`},
		"a tactic":            {steps(step("/1/conv", "Conv", "t0 -> t1; TacticName a; Stride 1")), steps(step("/1/conv", "Conv", "t0 -> t1; TacticName b; Stride 1")), PlansDiffer, 1, `"/1/conv" (Conv) where the baseline has "/1/conv" (Conv): TacticName b instead of TacticName a`},
		"a part more":         {steps(step("/1/conv", "Conv", "t0 -> t1")), steps(step("/1/conv", "Conv", "t0 -> t1; Activation RELU")), PlansDiffer, 1, `"/1/conv" (Conv) where the baseline has "/1/conv" (Conv): Activation RELU instead of nothing`},
		"compiled elsewhere":  {steps(opaque, relu), steps(opaque, relu), PlansUnknown, 0, ""},
		"beside a compiled":   {steps(opaque, relu), steps(opaque, add), PlansDiffer, 1, `"/1/add" (Add) where the baseline has "/1/relu" (Relu)`},
		"not told":            {nil, steps(conv), PlansUnknown, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := comparePlans(c.a, c.b)
			if d.State != c.state || d.Differing != c.differing {
				t.Fatalf("got %+v", d)
			}
			if c.first != "" && name != "another order" && d.first() != c.first {
				t.Errorf("got %s", d.first())
			}
		})
	}
}

func TestPlansComeWithTheirNotes(t *testing.T) {
	a, b := steps(step("x", "Conv", "")), steps(step("x", "Conv", ""))
	a.Note, b.Note = "timed", "kept"
	if d := comparePlans(a, b); d.BaselineNote != "timed" || d.CandidateNote != "kept" {
		t.Errorf("got %+v", d)
	}
	slow := steps(step("x", "Conv", ""))
	slow.Steps[0].Nanoseconds = 7
	if d := comparePlans(a, slow); d.State != PlansEqual {
		t.Errorf("a time is part of a plan: %+v", d)
	}
}

// Hundreds of differences are counted, and the first ones kept.
func TestPlansThatHaveNothingInCommon(t *testing.T) {
	a, b := steps(), steps()
	for i := range 3000 {
		a.Steps = append(a.Steps, step(fmt.Sprint(i), "Conv", fmt.Sprint(i)))
		b.Steps = append(b.Steps, step(fmt.Sprint(i), "Conv", fmt.Sprint(-1-i)))
	}
	d := comparePlans(a, b)
	if d.State != PlansDiffer || d.Differing != 3000 || len(d.Differences) != maxDifferences {
		t.Errorf("state %s, %d differ, %d are kept", d.State, d.Differing, len(d.Differences))
	}
}

// Plans are compared in the result, and another plan makes no measurement invalid.
func TestPlansOfAMeasurement(t *testing.T) {
	l := lab.Quiet()
	l.Provider = "CPUExecutionProvider"
	l.Tamper = func(_ int, _ worker.Request, rep *worker.Reply) error {
		if len(rep.Plans) > 3 {
			rep.Plans[4].Steps = append(rep.Plans[4].Steps, step("/2/add", "Add", ""))
		}
		return nil
	}
	res := measure(t, l, lab.Job("fused", "slow"))
	if got := res.Comparisons[0]; got.Plan.State != PlansEqual || got.Verdict != Equivalent {
		t.Errorf("plans %+v, verdict %s", got.Plan, got.Verdict)
	}
	if got := res.Comparisons[1]; got.Plan.State != PlansDiffer || got.Verdict != Slower {
		t.Errorf("plans %+v, verdict %s", got.Plan, got.Verdict)
	}
	if g := controlOf(t, res, ControlPlans, "fused"); g.State != OK {
		t.Errorf("%+v", g)
	}
	g := controlOf(t, res, ControlPlans, "slow")
	if g.State != Warn {
		t.Errorf("%+v", g)
	}
	mentions(t, g.Detail, "2 operators run instead of 1", `"/2/add" (Add) where the baseline has nothing`)
}
