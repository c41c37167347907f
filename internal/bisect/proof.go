package bisect

import (
	"context"
	"errors"
	"slices"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
	"github.com/acdeploy/acdeploy/verify"
)

// Proof is the test that compares each part that was rewritten in float64, over the inputs that verify generates. Sizes are those of open
// dimensions. What cannot be compared so is not bad: an engine may still tell.
func Proof(exact func(m *graph.Model) (verify.Exact, error), o verify.Options, sizes map[string]int64) Test {
	return tested(exact, o, sizes, func(ctx context.Context, m models, inputs []tensor.Map) (bool, error) {
		return verify.NewRegionProof(m.original, m.made, m.was, m.is, m.origin, o.Seed).Differs(ctx, verify.Drawn(inputs), nil)
	})
}

// Rounded is [Proof] for what a program made, whose numbers are rounded: parts may differ by what that explains.
func Rounded(exact func(m *graph.Model) (verify.Exact, error), o verify.Options, sizes map[string]int64) Test {
	return tested(exact, o, sizes, func(ctx context.Context, m models, inputs []tensor.Map) (bool, error) {
		p := verify.NewForeignProof(m.original, m.made, m.was, m.is, o.Seed)
		p.Outside(m.origin)
		s := model.SignatureOf(m.original)
		_, _, err := p.Run(ctx, inputs, s.Outputs, verify.AlgebraTolerance, func(float64, string) {})
		return err == nil && !p.Result().Equal(), err
	})
}

// models are two that are open in float64 and take and give the same.
type models struct {
	original, made *graph.Model
	was, is        verify.Exact
	origin         func(*graph.Value) *graph.Value
}

// tested opens both models where they meet, and asks whether they differ over inputs.
func tested(exact func(m *graph.Model) (verify.Exact, error), o verify.Options, sizes map[string]int64, differ func(context.Context, models, []tensor.Map) (bool, error)) Test {
	return func(ctx context.Context, original, made *graph.Model, entrances []*graph.Model) (bool, error) {
		if original == made {
			return false, nil
		}
		m := models{original: original, made: made, origin: (*graph.Value).Origin}
		if !slices.Equal(pipeline.Signature(original.Graph), pipeline.Signature(made.Graph)) { // the runner says whether a pass may do that
			at, err := model.ViewAt(original, made, entrances, m.origin)
			if err != nil || len(at.Lost) > 0 {
				return false, nil //nolint:nilerr // verify says what cannot be compared
			}
			m.original, m.origin = at.Model, at.Origin
		}
		inputs, err := Inputs(m.original, o, sizes)
		if err != nil {
			return false, nil //nolint:nilerr // the same
		}
		if m.was, err = exact(m.original); err != nil {
			return false, nil //nolint:nilerr // the same
		}
		defer func() { _ = m.was.Close() }()
		if m.is, err = exact(made); err != nil {
			return false, nil //nolint:nilerr // the same
		}
		defer func() { _ = m.is.Close() }()
		inputs, _ = verify.FitInputs(ctx, m.original, m.was, inputs)
		bad, err := differ(ctx, m, inputs)
		if errors.Is(err, verify.ErrFirst) {
			err = nil
		}
		return bad, err
	}
}

// Inputs are those that verify generates for a model.
func Inputs(m *graph.Model, o verify.Options, sizes map[string]int64) ([]tensor.Map, error) {
	s := model.SignatureOf(m)
	return verify.Generate(backends.Model{Name: "the model", Inputs: s.Inputs, Outputs: s.Outputs}, o.Samples, o.Seed, sizes)
}
