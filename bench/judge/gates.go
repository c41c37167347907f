package judge

import (
	"fmt"
	"slices"
	"strconv"

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

	// Proof is the least that has to be proven of the answers. "" is algebra in a run.
	Proof string `yaml:"proof" doc:"the least proof that is enough: algebra, partial or rounding_only; empty for algebra in a run, and for any in fuse and verify"`
	// Top1MaxDrop and SizeMaxGrowth are shares of one; 0 is a limit, too.
	Top1MaxDrop   Limit     `yaml:"top1_max_drop" doc:"how far the share of right answers over verify.data may fall, such as 0 or 0.1%, exit code 3 beyond; empty for no gate"`
	SizeMaxGrowth Limit     `yaml:"size_max_growth" doc:"how much larger than that of the model as trained the fused file may be, with its data, such as 0 or 5%; empty for no gate"`
	Fused         FusedGate `yaml:"fused" doc:"what has to be fused"`
	Engines       []string  `yaml:"engines" doc:"engines that have to be measured, exit code 5 otherwise: ort, ort:cuda, tensorrt"`
	Strict        bool      `yaml:"strict" doc:"every engine that the configuration names has to be measured, exit code 5 otherwise"`
}

// FusedGate asks how much was fused.
type FusedGate struct {
	MaxRefusals Limit `yaml:"max_refusals" doc:"how many nodes may be left as they were though a pass looked at them; empty for no gate"`
	ConvCount   Limit `yaml:"conv_count" doc:"how many convolutions may be left: a number, or baseline for as many as the baseline has; empty for no gate"`
}

// ConvCountBaseline asks for no more convolutions than the baseline has.
const ConvCountBaseline Limit = "baseline"

// Demand reports whether any gate asks for something that is measured.
func (g Gates) Demand() bool {
	return g.Latency.Require != RequireNothing || g.SpeedupMin > 0 || g.P99MaxDegradation > 0 || g.Load > 0 || g.First > 0
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
	for field, l := range map[string]Limit{GateTop1: g.Top1MaxDrop, GateSize: g.SizeMaxGrowth} {
		if m, err := l.share(); err != nil || !(m >= 0 && m < 100) {
			return fieldError{field, fmt.Sprintf("%s must be a share such as 0 or 0.1%%, not %q", field, l)}
		}
	}
	if proofs := []string{"", "algebra", "partial", "rounding_only"}; !slices.Contains(proofs, g.Proof) {
		return fieldError{"proof", fmt.Sprintf("proof must be algebra, partial or rounding_only, not %q", g.Proof)}
	}
	return g.Fused.validate()
}

func (f FusedGate) validate() error {
	if n, err := f.MaxRefusals.count(); err != nil || n < 0 {
		return fieldError{GateRefusals, fmt.Sprintf("max_refusals must be a number, not %q", f.MaxRefusals)}
	}
	if n, err := f.ConvCount.count(); f.ConvCount != ConvCountBaseline && (err != nil || n < 0) {
		return fieldError{GateConvs, fmt.Sprintf("conv_count must be a number or baseline, not %q", f.ConvCount)}
	}
	return nil
}

// Limit is a number of which 0 is one, too: "" is none.
type Limit string

// share reads a share of one, 0 for no limit.
func (l Limit) share() (m bench.Ratio, err error) {
	if l == "" {
		return 0, nil
	}
	return m, m.UnmarshalText([]byte(l))
}

// count reads a number of things, 0 for no limit.
func (l Limit) count() (int, error) {
	if l == "" {
		return 0, nil
	}
	return strconv.Atoi(string(l))
}

// fieldError names the field that is wrong by its path under gates.
type fieldError struct{ field, message string }

func (e fieldError) Error() string { return e.message }
func (e fieldError) Field() string { return e.field }
