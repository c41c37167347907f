// Package plain makes the network that would have been trained without branches, to measure against where nobody
// exported one.
//
//	fuse      the passes merge what merges exactly, also where the merged kernel costs more
//	relax     what kept a block from merging becomes harmless: statistics of the batch, borders, numbers
//	fuse      what is left merges now
//	draw      every weight is drawn anew
//
// The answers are not kept. What decides the latency is: the inputs and outputs, and the shapes between them.
package plain

import (
	"context"
	"slices"

	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/pipeline"
)

// Made is what was done.
type Made struct {
	Exact *pipeline.Result // what merged as it was
	Rest  *pipeline.Result // what merged after that with other numbers, and what did not
}

// Merged counts the sums and chains that became one node.
func (m Made) Merged() int {
	nodes := map[string]bool{}
	for _, r := range []*pipeline.Result{m.Exact, m.Rest} {
		for _, p := range r.Passes {
			for _, w := range p.Rewrites {
				if w.Branches != nil {
					nodes[w.Node] = true // a sum of which a part merged first keeps its name
				}
			}
		}
	}
	for _, l := range m.Left() {
		delete(nodes, l.Node)
	}
	return len(nodes)
}

// trainingMode is the reason for which the passes leave nodes in training mode.
const trainingMode = "training_mode"

// Left is the blocks that did not, each with what keeps it, and the nodes that stay in training mode.
func (m Made) Left() []pipeline.Refusal {
	var left []pipeline.Refusal
	for _, p := range m.Rest.Passes {
		for _, r := range p.Refusals {
			known := slices.ContainsFunc(left, func(l pipeline.Refusal) bool { return l.Node == r.Node && l.Reason == r.Reason })
			if (r.Branches != nil || r.Reason == trainingMode) && !known {
				left = append(left, r)
			}
		}
	}
	return left
}

// Make makes a model plain, in place, with weights of that seed. Steps are the passes, which are given the options that
// this takes.
func Make(ctx context.Context, m *graph.Model, steps []pipeline.Step, o pipeline.Options, seed uint64) (made Made, err error) {
	allowCostlier(steps)
	if made.Exact, err = pipeline.Run(ctx, m.Graph, steps, o); err != nil {
		return made, err
	}
	d := drawing{seed: seed}
	d.relax(m.Graph)
	if made.Rest, err = pipeline.Run(ctx, m.Graph, steps, o); err != nil {
		return made, err
	}
	d.draw(m.Graph)
	return made, nil
}

// allowCostlier has branches merge also where the merged kernel costs more multiply-adds than they do.
func allowCostlier(steps []pipeline.Step) {
	for _, s := range steps {
		if s.Name != "fuse_branches" {
			continue
		}
		for _, option := range catalog.Options(s.Pass) {
			if option.Name == "allow_costlier" {
				option.Value.SetBool(true)
			}
		}
	}
}
