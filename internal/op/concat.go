package op

import "github.com/acdeploy/acdeploy/graph"

// ConcatAxis is the axis along which a Concat joins operands of so many axes.
func ConcatAxis(n *graph.Node, rank int) (int, error) { return axisOf(n, rank) }
