package passes

import (
	"context"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/pipeline"
)

const removeUnusedDoc = `removes nodes and initializers that no output depends on

Inputs of the graph stay, used or not, because they are its interface. Initializers that a caller may
replace stay too.`

// RemoveUnused removes dead nodes and initializers.
type RemoveUnused struct{}

func removeUnused() entry {
	return entry{Name: "remove_unused", Doc: removeUnusedDoc, New: func() pipeline.Pass { return &RemoveUnused{} }}
}

// Run removes from the last node to the first, so that one walk is enough.
func (*RemoveUnused) Run(_ context.Context, r *pipeline.Rewriter) error {
	graphs := []*graph.Graph{}
	for sub := range r.Graph().All() {
		graphs = append(graphs, sub)
	}
	// Captures of an inner graph keep values of the outer one alive, so inner graphs come first.
	for _, sub := range slices.Backward(graphs) {
		if !removeUnusedIn(r, sub) {
			break
		}
	}
	return nil
}

func removeUnusedIn(r *pipeline.Rewriter, g *graph.Graph) bool {
	for n := range g.Backward() {
		if n.LiveOutputs() > 0 || n.NumOutputs() == 0 {
			continue
		}
		if !r.Rewrite(n.Label(), n.OpType+" removed, nothing uses it", func() { g.Remove(n) }) {
			return false
		}
	}
	for v := range g.Initializers() {
		if v.Used() || v.Overridable() {
			continue
		}
		if !r.Rewrite(v.Name(), "initializer removed, nothing uses it", func() { g.RemoveInitializer(v) }) {
			return false
		}
	}
	return true
}
