package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/pipeline"
)

const cutHeadDoc = `makes inner values the outputs and removes what only the old outputs needed

It turns a classifier into what its features come from. List it first: a later pass may fuse an inner value away. The
outputs are others then, so answers are compared at the new ones, which the original has inside.`

// mostOutputs is how many values can be named.
const mostOutputs = 64

// CutHead makes named inner values the outputs of a model.
//
//	before  x ─▶ body ─▶ features ─▶ head ─▶ logits
//	after   x ─▶ body ─▶ features
//
// The values stay exactly as they are.
type CutHead struct {
	Outputs []string `yaml:"outputs" doc:"names of the results of nodes that become the outputs, in this order, 64 at most; none changes nothing"`
	Keep    bool     `yaml:"keep" doc:"keep the old outputs, behind the new ones"`
}

var _ pipeline.InterfaceChanger = (*CutHead)(nil)

func cutHead() catalog.Entry[pipeline.Pass] {
	return catalog.Entry[pipeline.Pass]{Name: "cut_head", Doc: cutHeadDoc, New: func() pipeline.Pass { return &CutHead{} }}
}

// Validate reports options that no model can be cut by.
func (p *CutHead) Validate() error {
	if len(p.Outputs) > mostOutputs {
		return fmt.Errorf("outputs has %d names, at most %d are allowed", len(p.Outputs), mostOutputs)
	}
	for i, name := range p.Outputs {
		if name == "" {
			return fmt.Errorf("outputs: name %d is empty", i+1)
		}
		if slices.Contains(p.Outputs[:i], name) {
			return fmt.Errorf("outputs: the value %q is named twice", name)
		}
	}
	return nil
}

// ChangesInterface implements [pipeline.InterfaceChanger]: without it the runner refuses a pass that gives a model other
// outputs.
func (p *CutHead) ChangesInterface() bool { return len(p.Outputs) > 0 }

// Run implements [pipeline.Pass].
func (p *CutHead) Run(ctx context.Context, r *pipeline.Rewriter) error {
	g := r.Graph()
	if len(p.Outputs) == 0 {
		return nil
	}
	var values []*graph.Value
	for _, name := range p.Outputs {
		v := g.Lookup(name)
		if v.Producer() == nil {
			return fmt.Errorf("outputs: no node computes a value %q; acdeploy inspect --text shows the names", name)
		}
		values = append(values, v)
	}
	for _, v := range g.Outputs() {
		if p.Keep && !slices.Contains(values, v) {
			values = append(values, v)
		}
	}
	if slices.Equal(values, g.Outputs()) {
		return nil // done already
	}
	if !r.Rewrite(p.Outputs[0], "made an output, with the others that are named", func() { g.SetOutputs(values...) }) {
		return nil // no more changes are allowed
	}
	return (&passes.RemoveUnused{}).Run(ctx, r)
}
