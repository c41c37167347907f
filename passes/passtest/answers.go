package passtest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/acdeploy/acdeploy/backends/reference"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
	"github.com/acdeploy/acdeploy/verify"
)

// Equal reports where the answers of two models differ by more than [Tolerance], and the first value that differs
// where one is a clone of the other.
func Equal(before, after *graph.Model, in tensor.Map) error {
	return equal(before, after, in, (*graph.Value).Origin)
}

func equal(before, after *graph.Model, in tensor.Map, origin func(*graph.Value) *graph.Value) error {
	diff, err := Difference(before, after, in)
	switch {
	case errors.Is(err, ErrBefore):
		return err
	case err != nil:
		return fmt.Errorf("%w%s", err, first(before, after, in, origin))
	case !(diff <= Tolerance):
		return fmt.Errorf("the answers differ by %g of the output's scale%s", diff, first(before, after, in, origin))
	}
	return nil
}

// regions reports a value of a rewritten clone that holds other numbers than the one that it comes from. A pass that gives a
// value another meaning makes it a new value, or calls [graph.Value.Redefine].
func regions(ctx context.Context, before, after *graph.Model, in tensor.Map, origin func(*graph.Value) *graph.Value) error {
	open := verify.ExactBy(reference.OpenPartly)
	was, err := open(before)
	if err != nil {
		return err
	}
	is, err := open(after)
	if err != nil {
		return err
	}
	proof := verify.NewRegionProof(before, after, was, is, origin, 1)
	if _, _, err := proof.Compare(ctx, in, true); err != nil && !errors.Is(err, verify.ErrFirst) {
		return err
	}
	if r := proof.Result(); !r.Equal() {
		return fmt.Errorf("value %q holds other numbers than before, by %g of its scale; a value that means something else has to be a new one, or be redefined%s",
			r.Worst.Value, float64(r.Worst.MaxRel), first(before, after, in, origin))
	}
	return nil
}

// ErrBefore is the error of [Difference] when the first model does not run or gives nothing, so that there
// is nothing to compare with.
var ErrBefore = errors.New("the model before does not run")

// Difference runs both models in float64 without rounding and returns the largest difference of their
// outputs, relative to the largest magnitude of the first model's output.
func Difference(before, after *graph.Model, in tensor.Map) (float64, error) {
	want, err := outputs(before, in)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrBefore, err)
	}
	if vacuous(want) {
		return 0, fmt.Errorf("%w to any number", ErrBefore)
	}
	got, err := outputs(after, in)
	if err != nil {
		return 0, fmt.Errorf("run after: %w", err)
	}
	worst := 0.0
	for name, w := range want {
		diff, err := difference(w, got[name])
		if err != nil {
			return 0, fmt.Errorf("output %q: %w", name, err)
		}
		worst = max(worst, diff)
	}
	return worst, nil
}

// vacuous reports an output without a single finite number.
func vacuous(out tensor.Map) bool {
	for _, t := range out {
		if !slices.ContainsFunc(t.Float64s(), func(v float64) bool { return !math.IsInf(v, 0) && !math.IsNaN(v) }) {
			return true
		}
	}
	return false
}

func outputs(m *graph.Model, in tensor.Map) (tensor.Map, error) {
	s, err := reference.OpenGraph(m)
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.Close() }()
	return s.RunFloat64(context.Background(), in)
}

func difference(want, got *tensor.Tensor) (float64, error) {
	if got == nil {
		return 0, errors.New("it is missing")
	}
	var d tensor.Difference
	err := d.AddTensors(want, got)
	return d.Relative(), err
}
