package verify

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/tensor"
)

// Pair is two models made ready to run in one engine.
type Pair struct {
	Backend       string           // how the check calls the engine and its settings
	Before, After backends.Session // the first model and the second
	Outputs       []tensor.Spec    // in the models' order
	Tolerance     float64          // relative to the largest magnitude of an output
	Made          bool             // the second model is what the passes make of the first, but for the rounding of its weights
}

// RunFunc makes a function a session of a [Pair], for a model that somebody else closes: the float64 run
// of the reference backend, which does not round its outputs, is one.
type RunFunc func(ctx context.Context, in tensor.Map) (tensor.Map, error)

var _ backends.Session = RunFunc(nil)

// Run calls the function.
func (f RunFunc) Run(ctx context.Context, in tensor.Map) (tensor.Map, error) { return f(ctx, in) }

// Close does nothing.
func (RunFunc) Close() error { return nil }

// ErrFirst says that the first of two models does not run, so that there is nothing to compare with.
var ErrFirst = errors.New("run the first model")

// Compare runs both models over the inputs. It fails when a run fails, when an output is missing and
// when the context ends; that answers differ is no failure.
func (p Pair) Compare(ctx context.Context, inputs []tensor.Map) (Check, error) {
	c := newComparison(p)
	var answers [2][]tensor.Map
	for _, in := range inputs {
		before, after, err := c.run(ctx, in)
		if err != nil {
			return Check{}, err
		}
		answers[0], answers[1] = append(answers[0], before), append(answers[1], after)
	}
	check := c.check()
	check.answers = answers
	return check, nil
}

// comparison gathers the differences of all runs of a pair.
type comparison struct {
	pair Pair
	runs int
	seen []*difference // one per output
}

func newComparison(p Pair) *comparison {
	c := &comparison{pair: p}
	for _, spec := range p.Outputs {
		c.seen = append(c.seen, &difference{name: spec.Name})
	}
	return c
}

// run runs both models once and returns their outputs.
func (c *comparison) run(ctx context.Context, in tensor.Map) (before, after tensor.Map, err error) {
	if before, err = c.pair.Before.Run(ctx, in); err != nil {
		return nil, nil, fmt.Errorf("%w in %s: %w", ErrFirst, c.pair.Backend, err)
	}
	if after, err = c.pair.After.Run(ctx, in); err != nil {
		return nil, nil, fmt.Errorf("run the second model in %s: %w", c.pair.Backend, err)
	}
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	return before, after, c.add(in, before, after)
}

// add compares the outputs of one run.
func (c *comparison) add(in, before, after tensor.Map) error {
	c.runs++
	each := batchOf(in)
	for _, d := range c.seen {
		a, b := before[d.name], after[d.name]
		if a == nil || b == nil {
			return fmt.Errorf("compare answers of %s: output %q is missing", c.pair.Backend, d.name)
		}
		if err := d.add(a, b); err != nil {
			return fmt.Errorf("compare answers of %s: output %q: %w", c.pair.Backend, d.name, err)
		}
		d.spread.add(a, each)
	}
	return nil
}

func (c *comparison) check() Check {
	check := Check{Backend: c.pair.Backend, Inputs: c.runs, Outputs: []Output{}}
	for _, d := range c.seen {
		check.Outputs = append(check.Outputs, d.output(c.pair.Tolerance))
	}
	return check
}

// difference gathers how far one output differs over all runs.
type difference struct {
	name      string
	compared  bool
	exact     bool // the type leaves no room for rounding
	misshapen string
	spread    spread // of the first model's answers
	tensor.Difference
}

// add compares the outputs of one run. Two NaNs are the same answer, and so are two equal infinities.
func (d *difference) add(a, b *tensor.Tensor) error {
	if a.Type() != b.Type() {
		return fmt.Errorf("%s in one model, %s in the other", a.Type(), b.Type())
	}
	if !slices.Equal(a.Shape(), b.Shape()) {
		d.misshapen = fmt.Sprintf("its shape is %s in one model, %s in the other",
			tensor.FormatShape(a.Shape()), tensor.FormatShape(b.Shape()))
		return nil
	}
	d.compared = true
	d.exact = !a.Type().IsFloat()
	return d.AddTensors(a, b)
}

func (d *difference) output(tolerance float64) Output {
	if d.exact {
		tolerance = 0
	}
	o := Output{Name: d.name, Tolerance: Number(tolerance), MaxAbs: Number(d.MaxAbs), Spread: d.spread.value(), notNumbers: d.spread.notNumbers()}
	switch {
	case d.Unlike > 0 || d.misshapen != "" || !d.compared:
		o.MaxAbs, o.MaxRel = Number(math.NaN()), Number(math.NaN())
	case d.MaxAbs > 0:
		o.MaxRel = Number(d.Relative()) // +Inf where the first model answers zero throughout
	}
	o.Equal = float64(o.MaxRel) <= tolerance
	o.Detail = d.detail()
	return o
}

func (d *difference) detail() string {
	switch {
	case d.misshapen != "":
		return d.misshapen
	case !d.compared:
		return "it was never compared"
	case d.Unlike > 0 && d.exact:
		return "values of a type without rounding differ"
	case d.Unlike > 0:
		return fmt.Sprintf("%d elements are not finite in one model and something else in the other", d.Unlike)
	case d.Alike > 0:
		return fmt.Sprintf("%d elements are the same NaN or infinity in both models", d.Alike)
	}
	return ""
}

// spread gathers in which range each element of an output lies over samples. An output that does not move shows nothing
// when it is compared.
type spread struct {
	low, high []float32 // of one sample's elements, some left out of very many; +Inf and -Inf for none that was finite
	samples   int
}

// mostSpread is how many elements of a sample are looked at.
const mostSpread = 1 << 20

// add notes the answers of one run. Where the output has a row for each sample of the batch, they are apart.
func (s *spread) add(t *tensor.Tensor, batch int64) {
	rows := 1
	if batch > 1 && t.Rank() > 0 && t.Shape()[0] == batch {
		rows = int(batch)
	}
	if !t.Type().IsFloat() && !t.Type().IsInteger() && t.Type() != tensor.Bool || t.Len() == 0 {
		return
	}
	values := t.Numbers()
	width := len(values) / rows
	for r := range rows {
		s.sample(values[r*width : (r+1)*width])
	}
}

// sample notes one sample. Samples of other sizes are compared as far as the shortest goes.
func (s *spread) sample(values []float64) {
	stride := (len(values) + mostSpread - 1) / mostSpread
	count := (len(values) + stride - 1) / stride
	if s.samples == 0 {
		s.low, s.high = make([]float32, count), make([]float32, count)
		for i := range count {
			s.low[i], s.high[i] = float32(math.Inf(1)), float32(math.Inf(-1))
		}
	}
	s.samples++
	count = min(count, len(s.low))
	s.low, s.high = s.low[:count], s.high[:count]
	for i := range count {
		if v := values[i*stride]; finite(v) {
			s.low[i], s.high[i] = min(s.low[i], float32(v)), max(s.high[i], float32(v))
		}
	}
}

// value is the largest range of an element over the largest magnitude; NaN where there are not two samples of numbers.
func (s *spread) value() Number {
	if s.samples < 2 || s.notNumbers() {
		return Number(math.NaN())
	}
	var apart, largest float64
	for i, low := range s.low {
		if high := float64(s.high[i]); high >= float64(low) {
			apart = max(apart, high-float64(low))
			largest = max(largest, math.Abs(high), math.Abs(float64(low)))
		}
	}
	if apart == 0 {
		return 0
	}
	return Number(apart / largest)
}

// notNumbers reports whether nothing was finite in any sample.
func (s *spread) notNumbers() bool {
	for i, low := range s.low {
		if s.high[i] >= low {
			return false
		}
	}
	return s.samples > 0
}

// batchOf is the size of the first axis that all inputs have in common; 0 for none. A single number has no axis.
func batchOf(in tensor.Map) int64 {
	var batch int64
	for _, t := range in {
		switch {
		case t.Rank() == 0:
		case batch == 0:
			batch = t.Shape()[0]
		case batch != t.Shape()[0]:
			return 0
		}
	}
	return batch
}
