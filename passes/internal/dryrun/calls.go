package dryrun

import (
	"slices"

	"github.com/acdeploy/acdeploy/graph"
)

// maxInlined bounds the nodes of a graph whose calls are replaced: a few lines of functions that each
// call the next one twice would grow without end.
const maxInlined = 1 << 17

// maxNesting bounds how deep functions may call each other.
const maxNesting = 64

// AllNodes are the nodes with those of their sub-graphs, in an order that depends on nothing else.
func AllNodes(nodes []*graph.Node) []*graph.Node {
	var all []*graph.Node
	for _, n := range nodes {
		all = append(all, n)
		for sub := range n.Subgraphs() {
			all = append(all, AllNodes(slices.Collect(sub.Nodes()))...)
		}
	}
	return all
}

// CallsOf are those of the nodes that call functions.
func CallsOf(nodes []*graph.Node) []*graph.Node {
	return slices.DeleteFunc(slices.Clone(nodes), func(n *graph.Node) bool { return n.Callee() == nil })
}
