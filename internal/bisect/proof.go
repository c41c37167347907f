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
	return func(ctx context.Context, original, made *graph.Model, entrances []*graph.Model) (bool, error) {
		if original == made {
			return false, nil
		}
		origin := (*graph.Value).Origin
		if !slices.Equal(pipeline.Signature(original.Graph), pipeline.Signature(made.Graph)) { // the runner says whether a pass may do that
			at, err := model.ViewAt(original, made, entrances, origin)
			if err != nil || len(at.Lost) > 0 {
				return false, nil //nolint:nilerr // verify says what cannot be compared
			}
			original, origin = at.Model, at.Origin
		}
		inputs, err := Inputs(original, o, sizes)
		if err != nil {
			return false, nil //nolint:nilerr // the same
		}
		was, err := exact(original)
		if err != nil {
			return false, nil //nolint:nilerr // the same
		}
		defer func() { _ = was.Close() }()
		is, err := exact(made)
		if err != nil {
			return false, nil //nolint:nilerr // the same
		}
		defer func() { _ = is.Close() }()
		inputs, _ = verify.FitInputs(ctx, original, was, inputs)
		bad, err := verify.NewRegionProof(original, made, was, is, origin, o.Seed).Differs(ctx, verify.Drawn(inputs), nil)
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
