package acdeploy

import (
	"context"
	"slices"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/dataset"
	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/tensor"
	"github.com/acdeploy/acdeploy/verify"
)

// samplesOf reads the first samples of the user's as inputs of a model. A batch that is not full is left out.
func samplesOf(o dataset.Options, m backends.Model) bench.Samples {
	return func(batch int64, most int) ([]tensor.Map, error) {
		o := o
		o.Batch = int(max(batch, 1))
		data, err := dataset.Open(o, m.Inputs, m.Outputs)
		if err != nil {
			return nil, err
		}
		var samples []tensor.Map
		for b, err := range data.Batches() {
			if err != nil {
				return nil, err
			}
			if len(samples) == most || b.Rows < b.Padded || data.Parts() && b.Rows < o.Batch {
				break
			}
			samples = append(samples, b.Inputs)
		}
		return samples, nil
	}
}

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
	if r, ok := backends.RejectionOf(err); ok {
		return outcomef(ErrUsage, "%s", r.Given())
	}
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
