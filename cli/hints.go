package cli

import (
	"fmt"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/shapes"
)

// mostHints bounds how many wrong hints are told; one that is wrong makes those after it wrong too.
const mostHints = 3

// wrongHints names the values of the main graph whose declared shape (value_info) is not the one that the
// operators give them. No pass relies on what is declared there.
func wrongHints(m *graph.Model) []string {
	known := shapes.Of(m.Graph)
	var notes []string
	for n := range m.Graph.Nodes() {
		for i := range n.NumOutputs() {
			v := n.Output(i)
			if v == nil || !v.Type().Ranked || len(notes) == mostHints {
				continue
			}
			if shape, ok := known.Shape(v); ok && contradicts(v.Type(), shape) {
				notes = append(notes, fmt.Sprintf("value %q is declared as %s, but %s computes %v", v.Name(), v.Type(), n.Label(), shape))
			}
		}
	}
	return notes
}

// contradicts reports whether a declared shape has another number of axes than the inferred one, or
// another size where both know it.
func contradicts(declared graph.Type, inferred []shapes.Dim) bool {
	if len(declared.Shape) != len(inferred) {
		return true
	}
	for i, d := range inferred {
		size, ok := d.Size()
		if ok && declared.Shape[i].Size >= 0 && declared.Shape[i].Size != size {
			return true
		}
	}
	return false
}
