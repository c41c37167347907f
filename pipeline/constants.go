package pipeline

import (
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// constantBytes is the room that the constants of a graph and its sub-graphs take in a file: initializers that are used, and
// the tensors of Constant nodes.
func constantBytes(g *graph.Graph) int64 {
	var total int64
	add := func(t *tensor.Tensor) {
		if t != nil {
			total += int64(t.ByteSize())
		}
	}
	for sub := range g.All() {
		for v := range sub.Initializers() {
			if v.Used() {
				add(v.Data())
			}
		}
		for n := range sub.Nodes() {
			if a := n.Attr("value"); a != nil && n.Is("Constant") {
				add(a.Tensor)
			}
		}
	}
	return total
}
