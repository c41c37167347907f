package acdeploy

import (
	"context"
	"errors"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
	"github.com/acdeploy/acdeploy/verify"
)

// byLayers compares the files on an engine at every value that they have in common. Where a check failed, it then says at which value
// they part. What cannot be run so is not said.
func (c *comparison) byLayers(ctx context.Context, check *verify.Check, pair verify.Pair, t tensor.Type, b Backend, tuning backends.Tuning) (*verify.Check, error) {
	c.observe.progress(StageVerify, c.done(), c.total(), "on %s, layer by layer", pair.Backend)
	common := verify.FindCommonValues(c.pair.original, c.pair.fused, c.origin)
	if len(common.Specs()) == 0 {
		return nil, nil
	}
	s, err := c.engineCopies(b, tuning)
	if err != nil {
		return nil, err
	}
	found, err := c.shown(ctx, s, common, pair, t)
	if err = errors.Join(err, s.Close()); err != nil {
		return nil, ctx.Err()
	}
	if !check.Equal() {
		check.PartsAt = found.PartsAt
	}
	return found, nil
}

// shown compares copies of the files that hand out values, over one input.
func (c *comparison) shown(ctx context.Context, s *copies, common verify.CommonValues, pair verify.Pair, t tensor.Type) (*verify.Check, error) {
	var sessions [2]backends.Session
	var err error
	for k, m := range s.models {
		if sessions[k], err = s.session(ctx, k, common.Shown(k, m)); err != nil {
			return nil, err
		}
	}
	pair.Backend += ", layers"
	pair.Before, pair.After, pair.Outputs = sessions[0], sessions[1], common.Specs()
	inputs := c.inputs[:1]
	check, err := pair.Compare(ctx, inputs)
	if err != nil {
		return nil, err
	}
	if !check.Equal() && c.settings.Options.Tolerance == 0 {
		if err := c.excuse(ctx, &check, pair, common, inputs, t); err != nil {
			return nil, err
		}
	}
	named := common.Named(check)
	return &named, nil
}

// excuse judges the values of a check as outputs are judged: by float64, and by how far they move.
func (c *comparison) excuse(ctx context.Context, check *verify.Check, pair verify.Pair, common verify.CommonValues, inputs []tensor.Map, t tensor.Type) error {
	var truth [2][]tensor.Map
	err := c.storedModels(func(k int, m *graph.Model) (err error) {
		truth[k], err = c.run64(ctx, common.Shown(k, m), inputs)
		return err
	})
	if err == nil {
		err = pair.CompareWithTruth(ctx, check, inputs, truth)
	}
	if err != nil {
		return ctx.Err()
	}
	c.allowBy(check, pair, t, verify.Conditions(ctx, common.Shown(1, c.pair.fused), c.tools.Exact, inputs, pair.Outputs))
	return nil
}
