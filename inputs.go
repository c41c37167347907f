package acdeploy

import (
	"context"

	"github.com/acdeploy/acdeploy/dataset"
	"github.com/acdeploy/acdeploy/tensor"
	"github.com/acdeploy/acdeploy/verify"
)

// makeInputs generates inputs of the size that the model is used to. Where none can be made, the first of the user's samples
// take their place.
func (c *comparison) makeInputs(ctx context.Context) error {
	o, specs, sizes := c.settings.Options, c.pair.before.Inputs, map[string]int64{}
	for _, s := range c.settings.Shapes {
		sizes[s.Symbol] = s.Size
	}
	var err error
	if c.inputs, err = verify.Generate(specs, o.Samples, o.Seed, sizes); err != nil {
		if c.data == nil {
			return outcomef(ErrUsage, "%w", err)
		}
		return c.takeSamples(o.Data, specs)
	}
	fits, err := c.fitInputs(ctx)
	if err != nil {
		return err
	}
	c.made = verify.DescribeInputs(specs, c.inputs, fits)
	return nil
}

// fitInputs gives the inputs the size that the model is used to, and looks at the range of the user's samples.
func (c *comparison) fitInputs(ctx context.Context) (fits map[string]verify.Fit, err error) {
	run, err := c.tools.Exact(c.pair.original)
	if err != nil {
		return nil, nil //nolint:nilerr // what float64 cannot open stays as it is; the proof says so
	}
	c.legalIntegers(ctx, run)
	c.inputs, fits = verify.FitInputs(ctx, c.pair.original, run, c.inputs)
	c.checkRange(ctx, run)
	return fits, run.Close()
}

// mostFirst is how many samples take the place of generated inputs.
const mostFirst = 2

// takeSamples makes the first samples the inputs.
func (c *comparison) takeSamples(o dataset.Options, specs []tensor.Spec) error {
	o.Batch = mostFirst
	data, err := dataset.Open(o, specs)
	if err != nil {
		return err
	}
	for batch, err := range data.Batches() {
		if err != nil {
			return err
		}
		c.inputs = []tensor.Map{batch.Inputs}
		break
	}
	c.made = verify.DescribeInputs(specs, c.inputs, nil)
	for i := range c.made {
		c.made[i].Kinds = []verify.InputKind{verify.InputData}
	}
	return nil
}
