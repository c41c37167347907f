package judge

import (
	"math"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/bench"
)

// Each gate passes at one end of an interval and fails beyond it.
func TestEachGateJudgesTheEndOfItsInterval(t *testing.T) {
	inf := bench.Float(math.Inf(1))
	good := Comparison{
		Verdict: Equivalent, Reason: "because",
		Speedup: Speedup{Over: "acnet", Ratio: 1.5, CI: [2]bench.Float{1.45, 1.55}},
		Quantiles: []QuantileRatio{
			{Q: 0.95, Ratio: 9, CI: [2]bench.Float{8, 10}},
			{Q: 0.99, Ratio: 1.01, CI: [2]bench.Float{0.98, 1.04}},
		},
	}
	for name, c := range map[string]struct {
		gates  Gates
		change func(*Comparison)
		want   string // "" where it passes
	}{
		"all of them":        {Gates{Latency: LatencyGate{Margin: 0.02}, SpeedupMin: 1.1, P99MaxDegradation: 0.05}, nil, ""},
		"latency":            {Gates{Latency: LatencyGate{Require: RequireFaster}}, nil, "equivalent, required is faster: because"},
		"not shown":          {Gates{}, func(c *Comparison) { c.Verdict = NotShown }, "not_shown, required is equivalent"},
		"speedup":            {Gates{SpeedupMin: 1.46}, nil, "1.500 times as fast as acnet, with a lower bound of 1.450; speedup_min is 1.46"},
		"speedup unknown":    {Gates{SpeedupMin: 1.1}, func(c *Comparison) { c.Speedup.CI[0] = -inf }, "with an unknown lower bound"},
		"p99":                {Gates{P99MaxDegradation: 0.03}, nil, "at 1.010 of the baseline's p99, with an upper bound of 1.040; p99_max_degradation is 3%"},
		"p99 unknown":        {Gates{P99MaxDegradation: 0.03}, func(c *Comparison) { c.Quantiles[1].CI[1] = inf; c.Quantiles[1].Detail = "too few" }, "upper bound of unknown; p99_max_degradation is 3% (too few)"},
		"p99 missing":        {Gates{P99MaxDegradation: 0.03}, func(c *Comparison) { c.Quantiles = nil }, "at unknown of the baseline's p99"},
		"load":               {Gates{Load: 0.1}, func(c *Comparison) { c.Load = StartRatio{Ratio: 1.05, CI: [2]bench.Float{1, 1.11}} }, "the time to open the model is at 1.050 of the baseline's, with an upper bound of 1.110; load is 10%"},
		"first unknown":      {Gates{First: 0.1}, nil, "the first inference is at unknown"},
		"invalid":            {Gates{}, func(c *Comparison) { c.Verdict = Invalid }, "the measurement is invalid: because"},
		"nothing is wanted":  {Gates{Latency: LatencyGate{Require: RequireNothing}}, func(c *Comparison) { c.Verdict = Slower }, ""},
		"only the other one": {Gates{Latency: LatencyGate{Require: RequireNothing}, SpeedupMin: 1.6}, nil, "speedup_min is 1.6"},
	} {
		t.Run(name, func(t *testing.T) {
			if c.gates.Latency.Require == "" {
				c.gates.Latency.Require = RequireEquivalent
			}
			judged := good
			judged.Quantiles = append([]QuantileRatio(nil), good.Quantiles...)
			if c.change != nil {
				c.change(&judged)
			}
			var reasons []string
			outcome := ""
			for _, g := range c.gates.OfComparison(judged) {
				if g.Passed != nil && !*g.Passed {
					reasons, outcome = append(reasons, g.Reason), g.Outcome
				}
			}
			got := strings.Join(reasons, "; ")
			if (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if unknown := strings.Contains(got, "unknown") || strings.Contains(got, "invalid"); got != "" && unknown != (outcome == GateInvalid) {
				t.Errorf("%s is %s", got, outcome)
			}
		})
	}
}

func TestGatesThatAskForNothing(t *testing.T) {
	if (Gates{Latency: LatencyGate{Require: RequireNothing}}).Demand() {
		t.Error("nothing is asked for")
	}
	for _, g := range []Gates{
		{Latency: LatencyGate{Require: RequireEquivalent}},
		{Latency: LatencyGate{Require: RequireNothing}, SpeedupMin: 1},
		{Latency: LatencyGate{Require: RequireNothing}, P99MaxDegradation: 0.1},
	} {
		if !g.Demand() {
			t.Errorf("%+v asks for nothing", g)
		}
	}
}
