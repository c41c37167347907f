package acdeploy

import (
	"context"
	"slices"

	"github.com/acdeploy/acdeploy/dataset"
	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/tensor"
	"github.com/acdeploy/acdeploy/verify"
)

// openData opens the user's samples, if there are any.
func (c *comparison) openData(o dataset.Options) (err error) {
	if o.Path == "" {
		return nil
	}
	if c.data, err = dataset.Open(o, c.pair.before.Inputs, c.pair.before.Outputs); err != nil {
		return err
	}
	for _, r := range c.data.Remarks() {
		c.warn(verify.Warning{Name: r.Array, Reason: r.Reason, Detail: r.Detail})
	}
	return nil
}

// compareData compares the answers over the user's samples. decided judges those that are not equal by the decisions that lead to
// them.
func (c *comparison) compareData(ctx context.Context, pair verify.Pair, t tensor.Type, decided func(*verify.Check, samples) error) error {
	c.observe.progress(StageVerify, c.done(), c.total(), "%s over %s", pair.Backend, human.Count(c.data.Samples(), "image"))
	pair.Backend += ", data"
	check, warnings, err := pair.CompareData(ctx, c.data)
	if err != nil {
		return err
	}
	c.allow(&check, pair, t)
	if err := decided(&check, c.ofData(ctx)); err != nil {
		return err
	}
	c.checks = append(c.checks, check)
	c.warn(warnings...)
	return nil
}

// warn notes warnings, each once.
func (c *comparison) warn(warnings ...verify.Warning) {
	for _, w := range warnings {
		if !slices.Contains(c.warnings, w) {
			c.warnings = append(c.warnings, w)
		}
	}
}

// checkRange warns of samples in another range than those of the training.
func (c *comparison) checkRange(ctx context.Context, run verify.Exact) {
	if c.data == nil {
		return
	}
	for batch, err := range c.data.Batches() {
		if err == nil { // the comparison reports an error
			c.warn(verify.CheckRange(ctx, c.pair.original, run, batch.Inputs)...)
		}
		return
	}
}
