package op

import (
	"math"

	"github.com/acdeploy/acdeploy/graph"
)

// ClipBounds is the bounds of a Clip that has them as attributes; false from opset 11 on, where they are
// inputs.
func ClipBounds(n *graph.Node) (low, high float64, ok bool) {
	o, err := Of(n)
	if err != nil || n.Graph().Opset() >= 11 {
		return 0, 0, false
	}
	low, high = math.Inf(-1), math.Inf(1)
	if opset := n.Graph().Opset(); opset >= 6 || o.Has("min") {
		low = o.Float("min")
	}
	if opset := n.Graph().Opset(); opset >= 6 || o.Has("max") {
		high = o.Float("max")
	}
	return low, high, true
}
