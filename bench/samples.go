package bench

import (
	"slices"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/internal/dims"
	"github.com/acdeploy/acdeploy/internal/outcome"
	"github.com/acdeploy/acdeploy/tensor"
)

// sampled is the condition whose sizes are those of the user's samples. They must be of one size: what is measured is what
// the label says.
func (j Job) sampled(models []backends.Model, batch int64) ([]condition, error) {
	if len(j.Options.Shapes)+len(j.Options.Ranges) > 0 {
		return nil, outcome.Usagef("sizes and numbers are those of the data; leave --shape and --input-range out")
	}
	looks := j.Options.Looks()
	samples, err := j.Samples(batch, looks[len(looks)-1])
	if err != nil {
		return nil, err
	}
	if len(samples) == 0 {
		return nil, outcome.Usagef("the data hold no %d samples for a batch", batch)
	}
	shapes := shapesOf(samples[0])
	for i, sample := range samples[1:] {
		for name, shape := range shapesOf(sample) {
			if !slices.Equal(shape, shapes[name]) {
				return nil, outcome.Usagef("input %q has shape %s in the first sample of the data and %s in sample %d; measure samples of different sizes in runs of their own",
					name, tensor.FormatShape(shapes[name]), tensor.FormatShape(shape), i+2)
			}
		}
	}
	specs, err := narrowed(models)
	if err != nil {
		return nil, err
	}
	ask, err := dims.Read(models[0].Name, specs, models[0].Outputs).AskOf(shapes)
	if err != nil {
		return nil, outcome.Usagef("%w", err)
	}
	inputs, settled, err := settle(models, ask)
	if err != nil {
		return nil, err
	}
	if batch > 0 && batch != settled.Batch {
		return nil, outcome.Usagef("batch %d was asked for, the data give a batch of %d", batch, settled.Batch)
	}
	return []condition{{batch: settled.Batch, sizes: settled.Others, inputs: inputs, samples: samples}}, nil
}

func shapesOf(sample tensor.Map) map[string][]int64 {
	shapes := map[string][]int64{}
	for name, t := range sample {
		shapes[name] = t.Shape()
	}
	return shapes
}

// sample is the user's inputs for a unit; nil for generated ones.
func (c condition) sample(unit int) tensor.Map {
	if len(c.samples) == 0 {
		return nil
	}
	return c.samples[unit%len(c.samples)]
}
