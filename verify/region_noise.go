package verify

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// substitute is noise in place of what a node computes that cannot be run, so that what comes after it can.
func (a *RegionProof) substitute(v *graph.Value) (*tensor.Tensor, tensor.Type) {
	t := a.shapes[v]
	if t.shape == nil || !t.elem.IsFloat() || a.borders.is[v] == nil {
		return nil, tensor.Undefined
	}
	return noiseOf(noise, t.shape, rand.New(rand.NewPCG(a.seed, uint64(v.ProducerIndex())))), t.elem
}

// overNoise compares a region over noise of its own.
func (c *inStep) overNoise(ctx context.Context, r *region, inputs []input) error {
	for _, kind := range []pattern{noise, border, ones, below} {
		made, reason := c.noiseFor(r, inputs, kind)
		if reason != "" {
			if v := c.verdicts[r]; !v.compared || r.wide {
				v.reason, v.lost = reason, r.wide
			}
			return nil
		}
		v := *c.verdicts[r]
		for _, made := range [][]input{made, otherwise(r, made)} {
			if made == nil {
				continue
			}
			if err := c.over(ctx, r, made); err != nil {
				return err
			}
			if wide := c.widen(r); wide != nil {
				*c.verdicts[r] = v
				return c.overNoise(ctx, wide, c.inputsOf(wide))
			}
		}
		if !slices.ContainsFunc(made, func(i input) bool { return i.elem.IsFloat() }) {
			return nil // the inputs stay what they are
		}
	}
	return nil
}

// widen is the region to look at instead of one that differs; nil where it does not, or where there is none.
func (c *inStep) widen(r *region) *region {
	v := c.verdicts[r]
	if v.rel <= v.bound {
		return nil
	}
	wide := c.borders.widen(r)
	if wide != nil {
		c.verdicts[wide] = v
	}
	return wide
}

// noiseFor makes noise for the inputs of a region. Integers and truth values keep what the model has there.
func (c *inStep) noiseFor(r *region, inputs []input, kind pattern) (made []input, reason string) {
	rng := rand.New(rand.NewPCG(c.seed, uint64(c.borders.place[r.result.is.Producer()])))
	for i, v := range r.inputs {
		t, known := c.shapes[v.was]
		same := slices.IndexFunc(r.inputs[:i], func(s side[*graph.Value]) bool { return s.was == v.was })
		switch {
		case same >= 0: // the second model has two values for it
			made = append(made, made[same])
		case known && t.elem.IsFloat():
			made = append(made, input{noiseOf(kind, t.shape, rng), t.elem})
		case inputs[i].tensor != nil && !inputs[i].elem.IsFloat():
			made = append(made, inputs[i])
		case !known && inputs[i].tensor != nil: // an input of the model
			made = append(made, input{noiseOf(kind, inputs[i].tensor.Shape(), rng), inputs[i].elem})
		case known:
			return nil, fmt.Sprintf("what %q holds is not known", v.was.Name())
		default:
			return nil, fmt.Sprintf("the shape of %q is not known", v.was.Name())
		}
	}
	return made, ""
}

// otherwise turns the conditions of a region's branches around, so that those which the model does not take are run as well;
// nil where no input decides over a branch.
func otherwise(r *region, inputs []input) []input {
	turned := slices.Clone(inputs)
	found := false
	for i, v := range r.inputs {
		decides := func(n *graph.Node) bool { return n.Is("If") && (n.Input(0) == v.was || n.Input(0) == v.is) }
		if inputs[i].elem != tensor.Bool || !slices.ContainsFunc(r.nodes.was, decides) && !slices.ContainsFunc(r.nodes.is, decides) {
			continue
		}
		list := make([]bool, 0, 1)
		for _, truth := range inputs[i].tensor.Float64s() {
			list = append(list, truth == 0)
		}
		turned[i].tensor = tensor.Of(inputs[i].tensor.Shape(), list...)
		found = true
	}
	if !found {
		return nil
	}
	return turned
}

// noiseOf makes noise of a shape. That of the borders goes far enough for a Clip to show.
func noiseOf(kind pattern, shape []int64, rng *rand.Rand) *tensor.Tensor {
	n, _ := tensor.Count(shape)
	list := make([]float64, n)
	for i := range list {
		list[i] = kind.value(i, shape, rng)
		if kind == border {
			list[i] *= 8
		}
	}
	return tensor.Compute(tensor.Float64, shape, tensor.Vector(list))
}
