package verify

import "github.com/acdeploy/acdeploy/graph"

// decides reports whether the answer of a node jumps: a number that is moved by little can change it by much.
func decides(n *graph.Node) bool {
	switch n.OpType {
	case "ArgMax", "ArgMin", "TopK", "NonMaxSuppression", "Hardmax", "NonZero", "Unique",
		"Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Equal", "Sign",
		"Round", "Floor", "Ceil", "Mod", "QuantizeLinear", "DynamicQuantizeLinear", "ThresholdedRelu":
		return true
	}
	return false
}
