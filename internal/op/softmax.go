package op

import "github.com/acdeploy/acdeploy/graph"

// SoftmaxAxes is the axes over which a Softmax, LogSoftmax or Hardmax of an operand of so many axes works
// together: one since opset 13, all from the axis on before.
func SoftmaxAxes(n *graph.Node, rank int) (first, end int, err error) {
	if first, err = axisOf(n, rank); err != nil {
		return 0, 0, err
	}
	if n.Graph().Opset() < 13 {
		return first, rank, nil
	}
	return first, first + 1, nil
}
