package configs

import (
	"fmt"

	"github.com/invopop/jsonschema"

	"github.com/acdeploy/acdeploy/bench"
)

// Gates are what a run must show; a gate that is not passed is an exit code of its own.
type Gates struct {
	Latency LatencyGate `yaml:"latency"`
}

// LatencyGate judges the fused model against its baseline.
type LatencyGate struct {
	Require Requirement `yaml:"require"`
	// Margin is the difference up to which two latencies count as equivalent; 0 for that of the bench
	// section.
	Margin bench.Ratio `yaml:"margin"`
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
func (r Requirement) Passes(v bench.Verdict) bool {
	switch r {
	case RequireNothing:
		return true
	case RequireFaster:
		return v == bench.Faster
	}
	return v == bench.Equivalent || v == bench.Faster
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
	return nil
}

// fieldError is a [FieldError].
type fieldError struct{ field, message string }

func (e fieldError) Error() string { return e.message }
func (e fieldError) Field() string { return e.field }

// JSONSchema is the list of the requirements.
func (Requirement) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Enum: []any{RequireEquivalent, RequireFaster, RequireNothing}}
}
