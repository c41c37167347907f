package pipeline

import (
	"fmt"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
)

// faults are the kinds of what a graph has against the published schemas. A model that came with some keeps them: engines may run it.
type faults map[string]bool

// faultsOf are those of a graph. The error names the first one that is not of a known kind.
func faultsOf(g *graph.Graph, known faults) (faults, error) {
	now := faults{}
	var first error
	for f := range op.Faults(g) {
		if first == nil && !known[f.Kind] {
			first = fmt.Errorf("%s", f.Text)
		}
		now[f.Kind] = true
	}
	return now, first
}
