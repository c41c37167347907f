package configs_test

import (
	"math"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/configs"
)

// Each gate passes at one end of an interval and fails beyond it.
func TestEachGateJudgesTheEndOfItsInterval(t *testing.T) {
	inf := bench.Float(math.Inf(1))
	good := judge.Comparison{
		Verdict: judge.Equivalent, Reason: "because",
		Speedup: judge.Speedup{Over: "acnet", Ratio: 1.5, CI: [2]bench.Float{1.45, 1.55}},
		Quantiles: []judge.QuantileRatio{
			{Q: 0.95, Ratio: 9, CI: [2]bench.Float{8, 10}},
			{Q: 0.99, Ratio: 1.01, CI: [2]bench.Float{0.98, 1.04}},
		},
	}
	for name, c := range map[string]struct {
		gates  string
		change func(*judge.Comparison)
		want   string // "" where it passes
	}{
		"all of them":        {"{latency: {require: equivalent, margin: 2%}, speedup_min: 1.1, p99_max_degradation: 5%}", nil, ""},
		"latency":            {"{latency: {require: faster}}", nil, "equivalent, required is faster: because"},
		"not shown":          {"{}", func(c *judge.Comparison) { c.Verdict = judge.NotShown }, "not_shown, required is equivalent"},
		"speedup":            {"{speedup_min: 1.46}", nil, "1.500 times as fast as acnet, with a lower bound of 1.450; speedup_min is 1.46"},
		"speedup unknown":    {"{speedup_min: 1.1}", func(c *judge.Comparison) { c.Speedup.CI[0] = -inf }, "lower bound of unknown"},
		"p99":                {"{p99_max_degradation: 3%}", nil, "at 1.010 of the baseline's p99, with an upper bound of 1.040; p99_max_degradation is 3%"},
		"p99 unknown":        {"{p99_max_degradation: 3%}", func(c *judge.Comparison) { c.Quantiles[1].CI[1] = inf; c.Quantiles[1].Detail = "too few" }, "upper bound of unknown; p99_max_degradation is 3% (too few)"},
		"p99 missing":        {"{p99_max_degradation: 3%}", func(c *judge.Comparison) { c.Quantiles = nil }, "without a p99"},
		"nothing is wanted":  {"{latency: {require: nothing}}", func(c *judge.Comparison) { c.Verdict = judge.Slower }, ""},
		"only the other one": {"{latency: {require: nothing}, speedup_min: 1.6}", nil, "speedup_min is 1.6"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg, err := configs.Parse("test.yaml", []byte("gates: "+c.gates), known())
			if err != nil {
				t.Fatal(err)
			}
			judged := good
			judged.Quantiles = append([]judge.QuantileRatio(nil), good.Quantiles...)
			if c.change != nil {
				c.change(&judged)
			}
			got := strings.Join(cfg.Gates.Judge(judged), "; ")
			if (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestGatesThatMakeNoSenseAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		"{speedup_min: -1}":           "speedup_min must lie between",
		"{speedup_min: fast}":         "want a number",
		"{p99_max_degradation: -5%}":  "p99_max_degradation must lie between",
		"{p99_max_degradation: much}": "no ratio",
		"{speedup: 2}":                "unknown field",
	} {
		_, err := configs.Parse("test.yaml", []byte("gates: "+text), known())
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
