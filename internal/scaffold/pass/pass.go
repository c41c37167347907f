// Package templatepass is a pass for acdeploy.
package templatepass

import (
	"context"
	"fmt"

	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/pipeline"
)

const doc = `removes pairs of Neg

What stands here, after the title and an empty line, is the help of the pass: what it does, and when it does not.`

// TemplatePass removes a Neg after a Neg.
//
//	before  y = Neg(Neg(x))
//	after   y = x
//
// It is exact: a Neg changes the sign and nothing else.
type TemplatePass struct {
	Limit int `yaml:"limit" doc:"how many pairs to remove in one round, 0 to 1000000; 0 removes all"`
}

var _ pipeline.Pass = (*TemplatePass)(nil)

// Entry is the pass with its name, its help and the defaults of its options.
func Entry() catalog.Entry[pipeline.Pass] {
	return catalog.Entry[pipeline.Pass]{Name: "template_pass", Doc: doc, New: func() pipeline.Pass { return &TemplatePass{} }}
}

// Validate reports values of options that make no sense. A configuration with them is refused before anything runs.
func (p *TemplatePass) Validate() error {
	if p.Limit < 0 || p.Limit > 1_000_000 {
		return fmt.Errorf("limit must be 0 to 1000000, not %d", p.Limit)
	}
	return nil
}

// Run implements [pipeline.Pass]. Every change is made by Rewrite, whole or not at all.
func (p *TemplatePass) Run(_ context.Context, r *pipeline.Rewriter) error {
	removed := 0
	for g := range r.Graph().All() { // sub-graphs, too
		for n := range g.Nodes() {
			first := n.Input(0).Producer()
			if !n.Is("Neg") || first == nil || !first.Is("Neg") {
				continue
			}
			x, y := first.Input(0), n.Output(0)
			if !graph.CanReplace(y, x) {
				r.Refuse(n.Label(), "shared_output", "its result is an output, and has to keep its name; leave the pair")
				continue
			}
			if p.Limit > 0 && removed == p.Limit {
				return nil
			}
			if !r.Rewrite(n.Label(), "removed with the Neg before it", func() { graph.ReplaceAllUses(y, x); g.Remove(n) }) {
				return nil // no more changes are allowed
			}
			removed++ // the first Neg stays: remove_unused takes it away when nothing reads it any more
		}
	}
	return nil
}
