package judge

import (
	"fmt"
	"math"
	"strconv"

	"github.com/acdeploy/acdeploy/bench"
)

// The names of gates.
const (
	GateLatency  = "latency"
	GateSpeedup  = "speedup_min"
	GateP99      = "p99_max_degradation"
	GateLoad     = "load"
	GateFirst    = "first"
	GateProof    = "proof"
	GateTop1     = "top1_max_drop"
	GateSize     = "size_max_growth"
	GateRefusals = "fused.max_refusals"
	GateConvs    = "fused.conv_count"
	GateEngine   = "engines"
	GateAnything = "require_fused"
)

// GateResult is what became of one demand of a release.
type GateResult struct {
	Name    string         `json:"name"`    // as in the configuration's gates
	Passed  *bool          `json:"passed"`  // null where nothing is asked for
	Outcome string         `json:"outcome"` // passed, failed, invalid, missing, or "" where nothing is asked for
	Value   bench.Float    `json:"value"`   // the number that is judged; null where it is none, or unknown
	CI      [2]bench.Float `json:"ci"`      // its interval, of which the end that hurts is judged; null where it is counted
	Bound   bench.Float    `json:"bound"`   // the limit; null where there is no number
	Reason  string         `json:"reason"`  // why it did not pass
}

// The outcomes of a gate.
const (
	GatePassed  = "passed"
	GateFailed  = "failed"
	GateInvalid = "invalid" // its numbers are not there, or are of a measurement that failed its own controls
	GateMissing = "missing" // an engine that it asks for did not run
)

// gate begins a result that passes.
func gate(name string) GateResult {
	nan := bench.Float(math.NaN())
	return GateResult{Name: name, Value: nan, CI: [2]bench.Float{nan, nan}, Bound: nan}.as(GatePassed, "")
}

// as is the result with an outcome, and why.
func (r GateResult) as(outcome, format string, args ...any) GateResult {
	passed := outcome == GatePassed
	r.Outcome, r.Passed, r.Reason = outcome, &passed, fmt.Sprintf(format, args...)
	return r
}

// OfComparison judges a candidate by what was measured of it. The verdict comes first, asked for or not.
func (g Gates) OfComparison(c Comparison) []GateResult {
	list := []GateResult{g.latency(c)}
	if g.SpeedupMin > 0 {
		list = append(list, g.speedup(c))
	}
	if g.P99MaxDegradation > 0 {
		list = append(list, g.p99(c))
	}
	for _, start := range []struct {
		name, what string
		most       bench.Ratio
		is         StartRatio
	}{
		{GateLoad, "the time to open the model", g.Load, c.Load},
		{GateFirst, "the first inference", g.First, c.First},
	} {
		if start.most > 0 {
			r := gate(start.name)
			if r.Bound = 1 + bench.Float(start.most); start.is.Ratio > 0 { // reports of earlier versions have none
				r.Value, r.CI = start.is.Ratio, start.is.CI
			}
			list = append(list, r.atMost(start.what+" is at %s of the baseline's, with an upper bound of %s; %s is %s", start.most))
		}
	}
	if c.Verdict == Invalid {
		for i, r := range list {
			if r.Passed != nil {
				list[i] = r.as(GateInvalid, "the measurement is invalid: %s", c.Reason)
			}
		}
	}
	return list
}

func (g Gates) latency(c Comparison) GateResult {
	r := gate(GateLatency)
	r.Value, r.CI, r.Bound = c.Ratio, c.CI, 1+bench.Float(c.Margin)
	switch {
	case g.Latency.Require == RequireNothing:
		r.Outcome, r.Passed = "", nil
	case !g.Latency.Require.Passes(c.Verdict):
		return r.as(GateFailed, "%s, required is %s: %s", c.Verdict, g.Latency.Require, c.Reason)
	}
	return r
}

func (g Gates) speedup(c Comparison) GateResult {
	r := gate(GateSpeedup)
	r.Value, r.CI, r.Bound = c.Speedup.Ratio, c.Speedup.CI, bench.Float(g.SpeedupMin)
	switch low := float64(r.CI[0]); {
	case !known(low):
		return r.as(GateInvalid, "%s times as fast as %s, with an unknown lower bound; speedup_min is %g", decimals(float64(r.Value)), c.Speedup.Over, g.SpeedupMin)
	case low < g.SpeedupMin:
		return r.as(GateFailed, "%s times as fast as %s, with a lower bound of %s; speedup_min is %g", decimals(float64(r.Value)), c.Speedup.Over, decimals(low), g.SpeedupMin)
	}
	return r
}

func (g Gates) p99(c Comparison) GateResult {
	r := gate(GateP99)
	r.Bound = 1 + bench.Float(g.P99MaxDegradation)
	detail := ""
	for _, t := range c.Quantiles {
		if t.Q == 0.99 {
			r.Value, r.CI, detail = t.Ratio, t.CI, t.Detail
		}
	}
	r = r.atMost("at %s of the baseline's p99, with an upper bound of %s; %s is %s", g.P99MaxDegradation)
	if detail != "" && r.Reason != "" {
		r.Reason += " (" + detail + ")"
	}
	return r
}

// atMost judges the upper end of the interval by the bound. The sentence takes the value, that end, the name of the gate and its limit.
func (r GateResult) atMost(sentence string, limit bench.Ratio) GateResult {
	why := fmt.Sprintf(sentence, decimals(float64(r.Value)), decimals(float64(r.CI[1])), r.Name, limit)
	switch high := float64(r.CI[1]); {
	case !known(high):
		return r.as(GateInvalid, "%s", why)
	case high > float64(r.Bound):
		return r.as(GateFailed, "%s", why)
	}
	return r
}

// known reports whether the end of an interval is a number.
func known(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// decimals writes the end of an interval.
func decimals(v float64) string {
	if !known(v) {
		return "unknown"
	}
	return strconv.FormatFloat(v, 'f', 3, 64)
}
