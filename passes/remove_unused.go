package passes

import (
	"context"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/pipeline"
)

const removeUnusedDoc = `removes nodes and initializers that no output depends on

Inputs of the graph stay, used or not: they are its interface. So do initializers that a caller may
replace.`

// RemoveUnused removes dead nodes and initializers.
type RemoveUnused struct{}

var _ pipeline.Pass = (*RemoveUnused)(nil)

// Run removes from the last node to the first, so that one walk is enough.
func (*RemoveUnused) Run(ctx context.Context, g *graph.Graph) (pipeline.Summary, error) {
	var sum pipeline.Summary
	graphs := []*graph.Graph{}
	for sub := range g.All() {
		graphs = append(graphs, sub)
	}
	// Captures of an inner graph keep values of the outer one alive, so inner graphs come first.
	for _, sub := range slices.Backward(graphs) {
		if !removeUnusedIn(ctx, sub, &sum) {
			break
		}
	}
	return sum, nil
}

func removeUnusedIn(ctx context.Context, g *graph.Graph, sum *pipeline.Summary) bool {
	for n := range g.Backward() {
		if n.LiveOutputs() > 0 || n.NumOutputs() == 0 {
			continue
		}
		if !pipeline.Allow(ctx) {
			return false
		}
		sum.Rewrote(n.Label(), "%s removed, nothing uses it", n.OpType)
		g.Remove(n)
	}
	for v := range g.Initializers() {
		if v.Used() || v.Overridable() {
			continue
		}
		if !pipeline.Allow(ctx) {
			return false
		}
		sum.Rewrote(v.Name(), "initializer removed, nothing uses it")
		g.RemoveInitializer(v)
	}
	return true
}
