package judge_test

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/internal/lab"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/worker"
)

// cold measures in a lab where a candidate takes twice as long to open, and a fifth longer for its first run.
func cold(t *testing.T) *judge.Result {
	t.Helper()
	l := lab.Quiet()
	l.Tamper = func(n int, req worker.Request, rep *worker.Reply) error {
		if rep.Opened != nil && len(req.Open.Models) > 1 {
			for i := range rep.Opened.Starts {
				rep.Opened.Starts[i] = worker.ColdStart{Load: 1000 + int64(n), First: 500 + int64(n%2)}
				if strings.HasPrefix(req.Open.Models[i].Name, "fused") {
					rep.Opened.Starts[i] = worker.ColdStart{Load: 2 * (1000 + int64(n)), First: 600 + int64(n%2)}
				}
			}
		}
		return nil
	}
	rec, err := l.Runner().Run(context.Background(), lab.Job("fused"))
	if err != nil {
		t.Fatal(err)
	}
	return judge.Judge(rec)
}

func TestColdStart(t *testing.T) {
	res := cold(t)
	for _, a := range res.Arms {
		load, first := int64(1006), int64(501)
		if a.Role == bench.RoleCandidate {
			load, first = 2011, 601
		}
		if a.Load == nil || a.First == nil || math.Abs(float64(*a.Load-load)) > 2 || math.Abs(float64(*a.First-first)) > 1 {
			t.Errorf("%s: load %v, first %v", a.Name, *a.Load, *a.First)
		}
	}
	c := res.Comparisons[0]
	if math.Abs(float64(c.Load.Ratio)-2) > 1e-9 || math.Abs(float64(c.First.Ratio)-1.2) > 0.01 || float64(c.First.CI[1]) > 1.21 {
		t.Errorf("load %v, first %v", c.Load, c.First)
	}
}

// TestGatesOfColdStart are not passed where nothing is known, as in reports of earlier versions.
func TestGatesOfColdStart(t *testing.T) {
	c := cold(t).Comparisons[0]
	for _, x := range []struct {
		gates judge.Gates
		c     judge.Comparison
		want  string
	}{
		{judge.Gates{Load: 1.1}, c, ""},
		{judge.Gates{Load: 0.9}, c, "the time to open the model is at 2.000 of the baseline's, with an upper bound of 2.000; load is 90%"},
		{judge.Gates{First: 0.25}, c, ""},
		{judge.Gates{First: 0.1}, c, "first is 10%"},
		{judge.Gates{First: 0.1}, judge.Comparison{}, "first is 10%"},
		{judge.Gates{}, c, ""},
	} {
		x.gates.Latency.Require = judge.RequireNothing
		failed := ""
		for _, g := range x.gates.OfComparison(x.c) {
			failed += g.Reason
		}
		if (failed == "") != (x.want == "") || !strings.Contains(failed, x.want) {
			t.Errorf("%+v: %q, want %q", x.gates, failed, x.want)
		}
		if x.gates.Load+x.gates.First > 0 && !x.gates.Demand() {
			t.Errorf("%+v asks for nothing", x.gates)
		}
	}
	for _, g := range []judge.Gates{{Load: -1}, {First: 100}} {
		g.Latency.Require = judge.RequireNothing
		if g.Validate() == nil {
			t.Errorf("%+v is valid", g)
		}
	}
}
