package main

import (
	"context"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/pipeline"
)

// EliminateDoubleRelu removes a Relu whose input is the output of a Relu.
//
//	before  y = Relu(Relu(x))
//	after   y = Relu(x)
//
// It is exact: max(max(x, 0), 0) = max(x, 0).
type EliminateDoubleRelu struct {
	Limit int `yaml:"limit" doc:"how many to remove in one round, from 0; 0 removes all"`
}

var _ pipeline.Pass = (*EliminateDoubleRelu)(nil)

// Run implements [pipeline.Pass].
func (p *EliminateDoubleRelu) Run(_ context.Context, r *pipeline.Rewriter) error {
	removed := 0
	for n := range r.Graph().Nodes() {
		if !n.Is("Relu") || n.Input(0).Producer() == nil || !n.Input(0).Producer().Is("Relu") {
			continue
		}
		if !graph.CanReplace(n.Output(0), n.Input(0)) {
			continue // the names of outputs have to stay
		}
		if p.Limit > 0 && removed == p.Limit {
			return nil
		}
		if !r.Rewrite(n.Label(), "removed, its input is a Relu's output", func() {
			graph.ReplaceAllUses(n.Output(0), n.Input(0))
			n.Graph().Remove(n)
		}) {
			return nil
		}
		removed++
	}
	return nil
}
