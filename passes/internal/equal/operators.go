package equal

import (
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
)

// IsDeterministic reports a node that gives the same results each time that it is given the same values. Of operators
// that ONNX does not publish nobody knows.
func IsDeterministic(n *graph.Node) bool {
	if n.Callee() != nil {
		return false
	}
	switch domain(n) {
	case "ai.onnx.ml":
		return true
	case "":
	default:
		return false
	}
	if strings.HasPrefix(n.OpType, "Random") || slices.Contains([]string{"Bernoulli", "Multinomial"}, n.OpType) {
		return false
	}
	if _, err := op.Of(n); err != nil {
		return false
	}
	if n.OpType == "Dropout" {
		mode, err := op.ReadDropout(n, op.Constant)
		return err == nil && mode == op.DropsNever
	}
	return true
}

// domain is that of the operator, "" for ONNX's own.
func domain(n *graph.Node) string {
	if n.Domain == "ai.onnx" {
		return ""
	}
	return n.Domain
}
