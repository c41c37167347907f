package pipeline

import "testing"

// The counts are over all passes.
func TestResultCounts(t *testing.T) {
	r := Result{Passes: []PassResult{
		{Rewrites: make([]Rewrite, 2), Refusals: make([]Refusal, 1)},
		{Refusals: make([]Refusal, 3)},
		{Rewrites: make([]Rewrite, 5)},
	}}
	if r.Rewrites() != 7 || r.Refusals() != 4 {
		t.Errorf("%d rewrites, %d refusals", r.Rewrites(), r.Refusals())
	}
	var none Result
	if none.Rewrites() != 0 || none.Refusals() != 0 {
		t.Error("an empty result counts something")
	}
}
