package acdeploy

import (
	"context"
	"encoding/binary"
	"math/rand/v2"
	"slices"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/dataset"
	"github.com/acdeploy/acdeploy/tensor"
	"github.com/acdeploy/acdeploy/verify"
)

// makeInputs generates inputs of the size that the model is used to. Where none can be made, the first of the user's samples
// take their place.
func (c *comparison) makeInputs(ctx context.Context) error {
	o, specs := c.settings.Options, c.pair.before.Inputs
	var err error
	if c.inputs, err = verify.Generate(c.pair.before, o.Samples, o.Seed, c.settings.Shapes.First()); err != nil {
		if c.data == nil {
			return outcomef(ErrUsage, "%w", err)
		}
		return c.takeSamples(o.Data, specs)
	}
	if err := c.withinRanges(); err != nil {
		return err
	}
	fits, err := c.fitInputs(ctx)
	if err == nil {
		err = c.withinRanges() // whatever they were fitted to
	}
	if err != nil {
		return err
	}
	if c.illegal && c.data != nil && len(c.settings.Ranges) == 0 {
		return c.takeSamples(o.Data, specs)
	}
	c.made = verify.DescribeInputs(specs, c.inputs, fits)
	for i := range c.made {
		if slices.ContainsFunc(c.settings.Ranges, func(r bench.Range) bool { return r.Input == c.made[i].Name }) {
			c.made[i].Kinds, c.made[i].Scale, c.made[i].Shift = []verify.InputKind{verify.InputRange}, 1, 0
		}
	}
	return nil
}

// withinRanges draws the inputs of which the user gave the range.
func (c *comparison) withinRanges() error {
	for _, r := range c.settings.Ranges {
		for i, in := range c.inputs {
			was, known := in[r.Input]
			if !known {
				return outcomef(ErrUsage, "no input of %s is called %q, of which --input-range %s speaks", c.pair.before.Name, r.Input, r)
			}
			rng := rand.New(rand.NewPCG(c.settings.Options.Seed, uint64(i)))
			drawn, err := tensor.Uniform(was.Type(), was.Shape(), r.Low, r.High, rng)
			if err != nil {
				return outcomef(ErrUsage, "--input-range %s: %w", r, err)
			}
			in[r.Input] = drawn
		}
	}
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
	data, err := dataset.Open(o, specs, c.pair.before.Outputs)
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

// legalIntegers makes the integers of generated inputs smaller where the model does not take all of them, such as those
// that name one of five classes, or an axis. They stay as they are where the model runs with them in float64, or
// does not run with smaller ones either: then they are illegal, if that is the reason.
func (c *comparison) legalIntegers(ctx context.Context, run verify.Exact) {
	var names []string
	for _, s := range c.pair.before.Inputs {
		if s.Type.IsInteger() && s.Type != tensor.Uint8 && s.Type.Bits()%8 == 0 {
			names = append(names, s.Name)
		}
	}
	if len(names) == 0 {
		return
	}
	err := refusal(ctx, run, c.inputs)
	if err == nil {
		return
	}
	for _, below := range []int64{2, 1} {
		smaller, err := remainders(c.inputs, names, below)
		if err == nil && refusal(ctx, run, smaller) == nil {
			c.inputs = smaller
			return
		}
	}
	_, c.illegal = backends.RejectionOf(err)
}

// refusal is why a model does not take the first of the inputs that it does not take; nil where it takes all.
func refusal(ctx context.Context, run verify.Exact, inputs []tensor.Map) error {
	for _, in := range inputs {
		if _, err := run.RunFloat64(ctx, in); err != nil {
			return err
		}
	}
	return nil
}

// remainders is the inputs with the integers of those that are named taken modulo below.
func remainders(inputs []tensor.Map, names []string, below int64) ([]tensor.Map, error) {
	var made []tensor.Map
	for _, in := range inputs {
		m := tensor.Map{}
		for name, t := range in {
			if slices.Contains(names, name) {
				var err error
				if t, err = remainder(t, below); err != nil {
					return nil, err
				}
			}
			m[name] = t
		}
		made = append(made, m)
	}
	return made, nil
}

func remainder(t *tensor.Tensor, below int64) (*tensor.Tensor, error) {
	values, _ := t.Int64s() // generated ones are small
	var raw []byte
	for _, v := range values {
		var word [8]byte
		binary.LittleEndian.PutUint64(word[:], uint64(v%below))
		raw = append(raw, word[:t.Type().Bits()/8]...)
	}
	return tensor.New(t.Type(), t.Shape(), raw)
}
