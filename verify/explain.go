package verify

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/tensor"
)

// explained is by how much an engine may be further from the truth with the second model than it is with the first, or than
// rounding makes it.
const explained = 4

// CompareWithTruth tells for each output of a check how far the engine is from the truth with each model: from what that very model
// answers in float64, with its weights as they are stored. An output that is not equal is judged by it: the second model passes
// where the engine's error with it is at most four times the larger of its error with the first and of the pair's tolerance, and
// where nothing else sets the answers apart. Errors are relative to the largest magnitude of the true output.
func (p Pair) CompareWithTruth(ctx context.Context, check *Check, inputs []tensor.Map, truth [2][]tensor.Map) error {
	var errs [2]map[string]*tensor.Difference
	for k, s := range []backends.Session{p.Before, p.After} {
		errs[k] = map[string]*tensor.Difference{}
		for i, in := range inputs {
			if err := compareTo(ctx, errs[k], s, in, truth[k][i]); err != nil {
				return fmt.Errorf("compare %s with float64: %w", p.Backend, err)
			}
		}
	}
	apart := map[string]*tensor.Difference{} // what rounding the weights makes of it
	for i := range truth[0] {
		if p.Made {
			note(apart, truth[0][i], truth[1][i])
		}
	}
	for i := range check.Outputs {
		o := &check.Outputs[i]
		first, second := errs[0][o.Name], errs[1][o.Name]
		if first == nil || second == nil {
			continue
		}
		own, now := first.Relative(), second.Relative()
		o.ErrorBefore, o.ErrorAfter = (*Number)(&own), (*Number)(&now)
		allowed := explained * max(own, p.Tolerance)
		may := own + allowed
		if d := apart[o.Name]; d != nil {
			may += d.Relative()
		}
		if now <= allowed && float64(o.MaxRel) <= may {
			o.explain(may, fmt.Sprintf("the engine is off by %.1e with the first model and by %.1e with the second", own, now))
		}
	}
	return nil
}

// Measure tells for each output of a check that [Pair.Compare] made how far the engine is from the truth with each model, over one of
// its inputs. A truth of fewer rows is that of the first samples of the input.
func (c *Check) Measure(input int, truth [2]tensor.Map) {
	if input >= len(c.answers[0]) {
		return
	}
	var errs [2]map[string]*tensor.Difference
	for k := range errs {
		errs[k] = map[string]*tensor.Difference{}
		note(errs[k], truth[k], FirstRows(c.answers[k][input], truth[k]))
	}
	for i := range c.Outputs {
		o := &c.Outputs[i]
		first, second := errs[0][o.Name], errs[1][o.Name]
		if first != nil && second != nil && first.Unlike == 0 && second.Unlike == 0 {
			own, now := Number(first.Relative()), Number(second.Relative())
			o.ErrorBefore, o.ErrorAfter = &own, &now
		}
	}
}

// FirstRows cuts floating-point tensors to as many rows as others have, where they are of the same shape otherwise.
func FirstRows(of, like tensor.Map) tensor.Map {
	cut := tensor.Map{}
	for name, t := range of {
		cut[name] = t
		l := like[name]
		if l == nil || t.Rank() == 0 || l.Rank() != t.Rank() || !t.Type().IsFloat() || l.Shape()[0] >= t.Shape()[0] || !slices.Equal(l.Shape()[1:], t.Shape()[1:]) {
			continue
		}
		cut[name] = tensor.Compute(t.Type(), l.Shape(), tensor.Vector(t.Float64s()[:l.Len()]))
	}
	return cut
}

// Other is another way in which an engine may run the first model, as good as the one of the check.
type Other struct {
	Session backends.Session // the first model, open in that way
	Nudge   bool             // over inputs that are moved by a unit in the last place
}

// ExplainBySpread judges the outputs of a check that are not equal by how far the engine is from itself with the first model.
// It is for models that float64 cannot run.
func (p Pair) ExplainBySpread(ctx context.Context, check *Check, inputs []tensor.Map, others []Other) error {
	spread := map[string]*tensor.Difference{}
	for _, in := range inputs {
		first, err := p.Before.Run(ctx, in)
		if err != nil {
			return fmt.Errorf("%w in %s: %w", ErrFirst, p.Backend, err)
		}
		for _, o := range others {
			moved := in
			if o.Nudge {
				moved = nudgedInputs(in)
			}
			if err := compareTo(ctx, spread, o.Session, moved, first); err != nil {
				return fmt.Errorf("run the first model in %s with another optimization or input: %w", p.Backend, err)
			}
		}
	}
	for i := range check.Outputs {
		o := &check.Outputs[i]
		own := spread[o.Name].Relative()
		if allowed := explained * max(own, p.Tolerance); float64(o.MaxRel) <= allowed {
			o.explain(allowed, fmt.Sprintf("the output of the first model itself changes by %.1e when the engine's optimization is switched or the input changes in its last place", own))
		}
	}
	return nil
}

// compareTo adds the difference of a session's floating-point outputs from what they should be.
func compareTo(ctx context.Context, seen map[string]*tensor.Difference, s backends.Session, in, want tensor.Map) error {
	got, err := s.Run(ctx, in)
	if err == nil {
		note(seen, want, got)
	}
	return err
}

// note adds the differences of floating-point outputs from what they should be.
func note(seen map[string]*tensor.Difference, want, got tensor.Map) {
	for name, w := range want {
		g := got[name]
		if g == nil || !w.Type().IsFloat() {
			continue
		}
		if seen[name] == nil {
			seen[name] = &tensor.Difference{}
		}
		if w.Len() != g.Len() {
			seen[name].Unlike++
			continue
		}
		seen[name].Add(w.Numbers(), g.Numbers())
	}
}

// explain makes an output of a type with rounding equal, for a reason.
func (o *Output) explain(tolerance float64, reason string) {
	if !o.Equal && o.Tolerance > 0 && !math.IsNaN(float64(o.MaxRel)) {
		o.Equal, o.Tolerance, o.Detail = true, Number(tolerance), reason
	}
}

// nudgedInputs are inputs whose floating-point numbers are each moved to the next one up or down, or not at all.
func nudgedInputs(in tensor.Map) tensor.Map {
	out := tensor.Map{}
	for name, t := range in {
		if t.Type() != tensor.Float32 {
			out[name] = t
			continue
		}
		r := rand.New(rand.NewPCG(1, uint64(t.Len())))
		list := make([]float32, t.Len())
		for i, v := range t.Numbers() {
			to := []float32{float32(math.Inf(-1)), float32(v), float32(math.Inf(1))}[r.IntN(3)]
			list[i] = math.Nextafter32(float32(v), to)
		}
		out[name] = tensor.Of(t.Shape(), list...)
	}
	return out
}
