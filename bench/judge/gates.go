package judge

import (
	"fmt"
	"math"

	"github.com/acdeploy/acdeploy/bench"
)

// Gates are the thresholds of a release: what a run must show of the fused model. A gate that is not passed
// is an exit code of its own.
type Gates struct {
	Latency LatencyGate `yaml:"latency" doc:"the latency of the fused model, judged against the baseline"`
	// SpeedupMin is how many times as fast as the model as trained, or else as the baseline, the fused
	// model has to be: the lower end of the interval is judged. 0 asks for nothing.
	SpeedupMin float64 `yaml:"speedup_min" doc:"required speedup over the network as trained, judged by the lower end of its interval; 0 for no gate"`
	// P99MaxDegradation is by how much the 99th percentile may exceed the baseline's: the upper end of the
	// interval is judged. 0 asks for nothing.
	P99MaxDegradation bench.Ratio `yaml:"p99_max_degradation" doc:"how far the 99th percentile may exceed the baseline's, judged by the upper end of its interval, such as 5%; 0 for no gate"`
	// Load and First are by how much opening the model and the first inference may exceed the baseline's: the upper ends of the
	// intervals are judged. 0 asks for nothing.
	Load  bench.Ratio `yaml:"load" doc:"how far the time to open the model may exceed the baseline's, judged by the upper end of its interval, such as 10%; 0 for no gate"`
	First bench.Ratio `yaml:"first" doc:"how far the first inference may exceed the baseline's, judged by the upper end of its interval, such as 10%; 0 for no gate"`
}

// Demand reports whether any gate asks for something.
func (g Gates) Demand() bool {
	return g.Latency.Require != RequireNothing || g.SpeedupMin > 0 || g.P99MaxDegradation > 0 || g.Load > 0 || g.First > 0
}

// Failures say what a comparison fails to show, a sentence for each gate, and nothing when it passes. What
// is said of an invalid measurement is not about the model.
func (g Gates) Failures(c Comparison) []string {
	var failed []string
	if !g.Latency.Require.Passes(c.Verdict) {
		failed = append(failed, fmt.Sprintf("%s, required is %s: %s", c.Verdict, g.Latency.Require, c.Reason))
	}
	if at := float64(c.Speedup.CI[0]); g.SpeedupMin > 0 && !(at >= g.SpeedupMin) {
		failed = append(failed, fmt.Sprintf("%.3f times as fast as %s, with a lower bound of %s; speedup_min is %g",
			float64(c.Speedup.Ratio), c.Speedup.Over, bound(at), g.SpeedupMin))
	}
	if g.P99MaxDegradation > 0 {
		failed = append(failed, g.p99Failures(c.Quantiles)...)
	}
	failed = append(failed, startFailures("load", "the time to open the model", g.Load, c.Load)...)
	return append(failed, startFailures("first", "the first inference", g.First, c.First)...)
}

// startFailures judge a time before the model is warm.
func startFailures(gate, what string, most bench.Ratio, is StartRatio) []string {
	if most == 0 || is.Ratio > 0 && float64(is.CI[1]) <= 1+float64(most) {
		return nil
	}
	return []string{fmt.Sprintf("%s is at %s of the baseline's, with an upper bound of %s; %s is %s",
		what, bound(float64(is.Ratio)), bound(float64(is.CI[1])), gate, most)}
}

// p99Failures judge the 99th percentile.
func (g Gates) p99Failures(ratios []QuantileRatio) []string {
	for _, t := range ratios {
		if t.Q != 0.99 {
			continue
		}
		most := 1 + float64(g.P99MaxDegradation)
		if float64(t.CI[1]) <= most {
			return nil
		}
		text := fmt.Sprintf("at %.3f of the baseline's p99, with an upper bound of %s; p99_max_degradation is %s",
			float64(t.Ratio), bound(float64(t.CI[1])), g.P99MaxDegradation)
		if t.Detail != "" {
			text += " (" + t.Detail + ")"
		}
		return []string{text}
	}
	return []string{fmt.Sprintf("without a p99; p99_max_degradation is %s", g.P99MaxDegradation)}
}

// bound writes the end of an interval.
func bound(v float64) string {
	if math.IsInf(v, 0) || math.IsNaN(v) {
		return "unknown"
	}
	return fmt.Sprintf("%.3f", v)
}

// LatencyGate judges the fused model against its baseline.
type LatencyGate struct {
	Require Requirement `yaml:"require" doc:"verdict that is required: equivalent (or faster), faster, or nothing"`
	// Margin is the difference up to which two latencies count as equivalent; 0 for that of the bench
	// section.
	Margin bench.Ratio `yaml:"margin" doc:"largest relative difference between latencies that are equivalent, such as 2%; 0 uses bench.margin"`
}

// Requirement is the verdict that a gate asks for.
type Requirement string

// The requirements.
const (
	RequireEquivalent Requirement = "equivalent" // equivalent or faster
	RequireFaster     Requirement = "faster"
	RequireNothing    Requirement = "nothing" // the verdict is shown, and nothing follows
)

// Passes reports whether a verdict meets the requirement.
func (r Requirement) Passes(v Verdict) bool {
	switch r {
	case RequireNothing:
		return true
	case RequireFaster:
		return v == Faster
	}
	return v == Equivalent || v == Faster
}

// UnmarshalText reads one of the requirements.
func (r *Requirement) UnmarshalText(text []byte) error {
	switch word := Requirement(text); word {
	case RequireEquivalent, RequireFaster, RequireNothing:
		*r = word
		return nil
	}
	return fmt.Errorf("%q is not known; known are equivalent, faster, nothing", text)
}

// Validate reports a requirement that there is not, and a margin that is no part of a whole.
func (g Gates) Validate() error {
	var known Requirement
	if err := known.UnmarshalText([]byte(g.Latency.Require)); err != nil {
		return fieldError{"latency.require", err.Error()}
	}
	if m := g.Latency.Margin; !(m >= 0 && m < 1) {
		return fieldError{"latency.margin", fmt.Sprintf("margin must lie between 0 and 1 (2 %% is 0.02), not %g", float64(m))}
	}
	if s := g.SpeedupMin; !(s >= 0 && s <= 1000) {
		return fieldError{"speedup_min", fmt.Sprintf("speedup_min must lie between 0 and 1000 (1.1 is a tenth faster), not %g", s)}
	}
	if m := g.P99MaxDegradation; !(m >= 0 && m < 100) {
		return fieldError{"p99_max_degradation", fmt.Sprintf("p99_max_degradation must lie between 0 and 100 (5 %% is 0.05), not %g", float64(m))}
	}
	for field, m := range map[string]bench.Ratio{"load": g.Load, "first": g.First} {
		if !(m >= 0 && m < 100) {
			return fieldError{field, fmt.Sprintf("%s must lie between 0 and 100 (10 %% is 0.1), not %g", field, float64(m))}
		}
	}
	return nil
}

// fieldError names the field that is wrong by its path under gates.
type fieldError struct{ field, message string }

func (e fieldError) Error() string { return e.message }
func (e fieldError) Field() string { return e.field }
