package emit

import "github.com/acdeploy/acdeploy/graph"

// Transpose puts a Transpose of v before a node, and returns its result. Both are named after the node.
func Transpose(v *graph.Value, perm []int64, before *graph.Node) *graph.Value {
	n := graph.NewNode("Transpose", v)
	n.SetAttr(graph.IntsAttr("perm", perm...))
	before.Graph().InsertBefore(n, before)
	nameLike(n, before)
	return n.Output(0)
}
