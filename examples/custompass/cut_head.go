package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/pipeline"
)

const cutHeadDoc = `makes inner values the outputs and removes what only the old outputs needed

It turns a classifier into what its features come from. The model then computes something else, so it runs only where
outputs are named. Put it first: a later pass may fuse an inner value away.`

// CutHead makes named inner values the outputs of a model.
//
//	before  x ─▶ body ─▶ features ─▶ head ─▶ logits
//	after   x ─▶ body ─▶ features
//
// The values stay exactly as they are. A list without names changes nothing.
type CutHead struct {
	Outputs []string `yaml:"outputs" doc:"names of the results of nodes that become the outputs, in order; none keeps the outputs"`
}

var _ pipeline.Pass = (*CutHead)(nil)

// Run implements [pipeline.Pass].
func (p *CutHead) Run(ctx context.Context, r *pipeline.Rewriter) error {
	g := r.Graph()
	if len(p.Outputs) == 0 || slices.Equal(p.Outputs, names(g.Outputs())) {
		return nil
	}
	values := make([]*graph.Value, len(p.Outputs))
	for i, name := range p.Outputs {
		switch v := g.Lookup(name); {
		case v.Producer() == nil:
			return fmt.Errorf("outputs: no node computes a value %q", name)
		case slices.Contains(p.Outputs[:i], name):
			return fmt.Errorf("outputs: the value %q is named twice", name)
		default:
			values[i] = v
		}
	}
	if !r.Rewrite(p.Outputs[0], "made an output, with the others that are named", func() { g.SetOutputs(values...) }) {
		return nil
	}
	return (&passes.RemoveUnused{}).Run(ctx, r)
}

func names(values []*graph.Value) []string {
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = v.Name()
	}
	return list
}
