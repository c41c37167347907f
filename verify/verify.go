// Package verify decides whether two models give the same answers. It makes three statements that are not mixed:
//
//	algebra   [RegionProof]: every part of the graph that was rewritten gives the same result from the same inputs,
//	          in float64, initializers not rounded
//	bytes     [CompareBytes]: the file holds that graph, each number rounded once
//	engine    [Pair]: an engine computes the second file as well as it computes the first
//
// A [Result] holds them all. Models run over generated inputs ([Generate]) or over samples of the user's ([Pair.CompareData]).
// Differences are relative to the largest magnitude of what was computed, over all inputs of a check.
package verify

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/acdeploy/acdeploy/dataset"
	"github.com/acdeploy/acdeploy/tensor"
)

// Options are the settings of a verification.
type Options struct {
	// Samples is the number of generated inputs.
	Samples int `yaml:"samples" json:"samples" doc:"generated inputs, 1 to 10000"`
	// Seed decides the generated inputs.
	Seed uint64 `yaml:"seed" json:"seed" doc:"decides the generated inputs"`
	// Tolerance of the rounding check, relative to the largest magnitude of an output; 0 derives it
	// from the depth of the model and its element type.
	Tolerance float64 `yaml:"tolerance" json:"tolerance" doc:"how far rounding may move an output, relative to its largest magnitude, below 1; 0 derives it from the model"`
	// Layers compares the files on each engine at every value that they have in common, not at their outputs alone.
	Layers bool `yaml:"layers" json:"layers,omitempty" doc:"compare on each engine at every value that both models have, not at their outputs alone"`
	// Data are samples of the user's to compare the answers over.
	Data dataset.Options `yaml:"data" json:"data" doc:"images of your own to compare the answers over"`
}

// Defaults are three inputs, seed 1, a derived tolerance, and those of the data.
func Defaults() Options {
	return Options{Samples: 3, Seed: 1, Data: dataset.Defaults()}
}

// Validate reports every option that makes no sense.
func (o Options) Validate() error {
	var errs []error
	if o.Samples < 1 || o.Samples > 10_000 {
		errs = append(errs, fmt.Errorf("samples must be 1 to 10000, not %d", o.Samples))
	}
	if !(o.Tolerance >= 0 && o.Tolerance < 1) {
		errs = append(errs, fmt.Errorf("tolerance must lie between 0 and 1, not %g; 0 derives it", o.Tolerance))
	}
	errs = append(errs, o.Data.Validate())
	return errors.Join(errs...)
}

// Proof says how far the equality of two models is proven.
type Proof string

// The proofs.
const (
	// Algebra: every rewritten region is equal in float64 without any rounding, and what remains is rounding.
	Algebra Proof = "algebra"
	// Partial: like [Algebra], but some regions could not be run.
	Partial Proof = "partial"
	// RoundingOnly: no more than rounding can explain, without knowing how one model came of the other.
	RoundingOnly Proof = "rounding_only"
)

// Result is the outcome of a verification.
type Result struct {
	Equal   bool           `json:"equal"`             // whether the two models are the same function
	Proof   Proof          `json:"proof"`             // what shows it
	Algebra *AlgebraResult `json:"algebra,omitempty"` // nil where the second model is not what the passes make of the first
	Bytes   *BytesResult   `json:"bytes,omitempty"`   // nil where the passes were not run
	Checks  []Check        `json:"checks"`            // from one end of the models to the other, one for each engine and tuning
	// Inputs are those that were generated.
	Inputs []GeneratedInput `json:"inputs,omitempty"`
	// Strength is how small a change of each layer the checks would have noticed, the weakest first.
	Strength        []LayerStrength `json:"strength,omitempty"`
	StrengthLeftOut int             `json:"strength_left_out,omitempty"` // layers that are not listed: the strongest, or those that were not tried
	StrengthSampled bool            `json:"strength_sampled,omitempty"`  // the layers that are not listed were not tried, and may be weaker
	// Warnings are what a reader should know of, and no check fails for.
	Warnings []Warning `json:"warnings,omitempty"`
	// Incomplete says why the comparison came to no end; "" where it did. The rest is what was done before, and is not
	// called equal.
	Incomplete string `json:"incomplete,omitempty"`
}

// NewResult sums up checks. Without a check nothing is equal.
func NewResult(proof Proof, checks ...Check) Result {
	r := Result{Equal: len(checks) > 0, Proof: proof, Checks: checks}
	for _, c := range checks {
		r.Equal = r.Equal && c.Equal()
	}
	return r
}

// Proven is the result with that of the regions. The proof is partial where one of them could not be run, and of rounding only where one is
// equal by no more than that.
func (r Result) Proven(by AlgebraResult) Result {
	r.Algebra, r.Proof = &by, Algebra
	if !by.Complete() {
		r.Proof = Partial
	}
	if len(by.RoundingOnly) > 0 {
		r.Proof = RoundingOnly
	}
	r.Equal = by.Equal() && (r.Equal || len(r.Checks) == 0 && by.Complete())
	return r
}

// Traced is the result with how two models compare between values that seem to mean the same. That proves nothing, but shows where
// they differ.
func (r Result) Traced(by AlgebraResult) Result {
	r.Algebra = &by
	r.Equal = r.Equal && by.Equal()
	return r
}

// Written is the result with how the second file compares with what the passes make of the first. made says that the file is
// meant to be that; then it has to be, bit by bit. Another file may be the same graph with numbers that were rounded in
// another way.
func (r Result) Written(file BytesResult, made bool) Result {
	file.MadeUp = file.Layers > 1 && r.Algebra != nil && r.Algebra.Regions > 0 && r.Algebra.Complete() && r.Algebra.Equal()
	r.Bytes = &file
	r.Equal = r.Equal && !file.Off(made)
	return r
}

// Stopped is the result of a comparison that came to no end, for the reason given.
func (r Result) Stopped(why string) Result {
	r.Equal, r.Incomplete = false, why
	return r
}

// Differs reports whether something that was compared is different.
func (r Result) Differs() bool {
	return r.Algebra != nil && !r.Algebra.Equal() || slices.ContainsFunc(r.Checks, func(c Check) bool { return !c.Equal() })
}

// AtLeast reports whether a proof shows no less than another.
func (p Proof) AtLeast(q Proof) bool {
	return slices.Index(proofs(), p) >= slices.Index(proofs(), q)
}

// proofs are all, the weakest first.
func proofs() []Proof { return []Proof{RoundingOnly, Partial, Algebra} }

// Check is what one engine answered to the same inputs with both models.
type Check struct {
	Backend string   `json:"backend"`           // engine that ran both models
	Inputs  int      `json:"inputs"`            // runs of each model
	Samples int      `json:"samples,omitempty"` // of the data; 0 without
	Outputs []Output `json:"outputs"`           // in the models' order
	// Layers says that the outputs are values inside the models that both have.
	Layers bool `json:"layers,omitempty"`
	// PartsAt is the first value inside the models that is not equal; nil for none, and where nobody looked.
	PartsAt *RegionResult `json:"parts_at,omitempty"`

	answers [2][]tensor.Map // of both models to each input, for [Check.Measure]
	// Agreement is how far each output agrees over data, in the terms of what it is; nil without data.
	Agreement []Agreement `json:"agreement,omitempty"`
	// Top1 is of the output that gives classes; nil where none does.
	Top1 *Top1 `json:"top1,omitempty"`
}

// Equal reports whether every output is equal, and that there is one.
func (c Check) Equal() bool {
	for _, o := range c.Outputs {
		if !o.Equal {
			return false
		}
	}
	return len(c.Outputs) > 0
}

// Allow judges an output that is not equal again, by a wider tolerance, for the reason given. An output of a
// type without rounding, and one that is not a number, stays unequal.
func (c *Check) Allow(output string, tolerance float64, reason string) {
	for i := range c.Outputs {
		o := &c.Outputs[i]
		if o.Name == output && !o.Equal && o.Tolerance > 0 && float64(o.MaxRel) <= tolerance && tolerance > float64(o.Tolerance) {
			o.Equal, o.Tolerance, o.Detail = true, Number(tolerance), reason
		}
	}
}

// Output is how far an output of two models differs.
type Output struct {
	Name      string `json:"name"`      // name of the output
	MaxAbs    Number `json:"max_abs"`   // largest difference
	MaxRel    Number `json:"max_rel"`   // MaxAbs over the largest magnitude of the first model's output
	Tolerance Number `json:"tolerance"` // largest relative difference that is allowed
	Equal     bool   `json:"equal"`     // MaxRel is at most Tolerance
	// Spread is by how much the first model's answers to several samples differ: the largest difference of one element over
	// the largest magnitude. It is 0 for an output that says the same to every sample, and null where there are not two
	// samples to compare.
	Spread Number `json:"spread"`
	// Flips is how many decisions of the two models are not the same, such as the class of an ArgMax; 0 where none was looked at.
	Flips int `json:"flips,omitempty"`
	// Margin is how far what they are made from differs, relative to its largest magnitude: the margin of a decision is no larger.
	Margin Number `json:"margin,omitempty"`
	// ErrorBefore and ErrorAfter are how far an engine is from the float64 run of the first and of the second file, relative to the
	// largest magnitude there; nil where float64 does not run them.
	ErrorBefore *Number `json:"error_before,omitempty"`
	ErrorAfter  *Number `json:"error_after,omitempty"` // the same for the second model
	// Detail is one sentence without a full stop where the numbers do not tell all.
	Detail string `json:"detail,omitempty"`

	notNumbers bool // in all answers of the first model
}

// Silent is the reason word of an output whose comparison shows nothing: nan_output where the first model never answers with a
// number, constant_output where it answers the same to every sample; "" for all others.
func (o Output) Silent() string {
	switch {
	case o.notNumbers:
		return "nan_output"
	case o.Spread == 0:
		return "constant_output"
	}
	return ""
}

// Warning is something that a reader should know of, and that no check fails for.
type Warning struct {
	Name   string `json:"name"`   // of the node, the value, the output or the array of data that it is about
	Reason string `json:"reason"` // a stable word, such as constant_output
	Detail string `json:"detail"` // a sentence without a full stop, with what to do
}

// String is the name and the sentence.
func (w Warning) String() string { return fmt.Sprintf("%s: %s", w.Name, w.Detail) }

// Warned is the result with more warnings.
func (r Result) Warned(more ...Warning) Result {
	r.Warnings = append(slices.Clip(r.Warnings), more...)
	return r
}

// Number is a float64 that JSON writes as null when it is not finite.
type Number float64

// MarshalJSON writes a number or null.
func (n Number) MarshalJSON() ([]byte, error) {
	if v := float64(n); math.IsNaN(v) || math.IsInf(v, 0) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}

// UnmarshalJSON reads a number; null becomes NaN.
func (n *Number) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		*n = Number(math.NaN())
		return nil
	}
	return json.Unmarshal(data, (*float64)(n))
}
