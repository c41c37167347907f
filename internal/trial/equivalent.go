package main

import (
	"context"
	"errors"
	"slices"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/mutant"
	"github.com/acdeploy/acdeploy/tensor"
	"github.com/acdeploy/acdeploy/verify"
)

// sameValue is how far results are apart that differ by the order of a sum at most.
const sameValue = 1e-15

// equivalent reports whether every region of a mutant has the values that it has in the sound model, over other inputs than
// those of the verification. That every value is the same is asked without the proof, which is what is tried here.
func (c *cell) equivalent(ctx context.Context, changed *graph.Model) (bool, error) {
	sound := c.sound.Model()
	was, err := c.tools.Exact(sound)
	if err != nil {
		return false, err
	}
	defer func() { _ = was.Close() }()
	is, err := c.tools.Exact(changed)
	if err != nil {
		return false, err
	}
	defer func() { _ = is.Close() }()
	const another = 77
	signature := c.sound.Signature()
	inputs, err := verify.Generate(backends.Model{Name: "the network", Inputs: signature.Inputs, Outputs: signature.Outputs}, 4, another, c.settings.Shapes.First())
	if err != nil {
		return false, err
	}
	for _, in := range inputs {
		if same, err := sameValues(ctx, was, is, sound, changed, in); err != nil || !same {
			return false, err
		}
	}
	proof := verify.NewRegionProof(sound, changed, was, is, (*graph.Value).Origin, another)
	for _, in := range inputs {
		if _, _, err := proof.Compare(ctx, in, true); err != nil && !errors.Is(err, verify.ErrFirst) {
			return false, err
		}
	}
	r := proof.Result()
	return r.Compared > 0 && len(r.NotCompared) == 0 && float64(r.Worst.MaxRel) <= sameValue, nil
}

// sameValues reports whether a model that was cloned from another has the other's values.
func sameValues(ctx context.Context, was, is verify.Exact, sound, changed *graph.Model, in tensor.Map) (bool, error) {
	var runs [2]verify.Evaluation
	for k, m := range []*graph.Model{sound, changed} {
		runs[k] = []verify.Exact{was, is}[k].Evaluate()
		for _, v := range m.Graph.Inputs() {
			if t := in[v.Name()]; t != nil {
				if err := runs[k].Set(v, t, t.Type()); err != nil {
					return false, err
				}
			}
		}
		for n := range m.Graph.Nodes() {
			if err := runs[k].Compute(ctx, n); err != nil {
				return false, err
			}
		}
	}
	for n := range changed.Graph.Nodes() {
		v := n.Output(0)
		if v == nil || v.Origin() == nil {
			continue
		}
		a, _, err := runs[0].Value(v.Origin())
		if err != nil {
			return false, err
		}
		b, _, err := runs[1].Value(v)
		if err != nil {
			return false, err
		}
		var d tensor.Difference
		if err := d.AddTensors(a, b); err != nil || !(d.Relative() <= sameValue) {
			return false, nil // other shapes are other values
		}
	}
	return true, nil
}

// warns reports whether a comparison warns that it would not notice a change of the layer of a fault.
func warns(found *acdeploy.Verification, of mutant.Mutant) bool {
	return slices.ContainsFunc(found.Warnings, func(w verify.Warning) bool { return w.Reason == verify.WeakLayer && w.Name == of.Node })
}

// slight reports whether a fault changes numbers alone, and none by more than the bound of the proof, relative to the largest of its tensor.
func slight(sound, changed *graph.Graph) bool {
	some := false
	for v := range changed.Initializers() {
		was := sound.Lookup(v.Name())
		if was.Data() == v.Data() {
			continue
		}
		some = true
		var d tensor.Difference
		if err := d.AddTensors(was.Data(), v.Data()); err != nil || !(d.Relative() <= verify.AlgebraTolerance) {
			return false
		}
	}
	return some
}
