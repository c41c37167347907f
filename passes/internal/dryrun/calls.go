package dryrun

import (
	"slices"

	"github.com/acdeploy/acdeploy/graph"
)

// room is how much replacing calls may make: a few lines of functions that each call the next one twice would grow
// without end.
type room struct {
	most   int // nodes in all
	nodes  int // that may still come
	memory int // bytes in all; 0 for no bound
	bytes  int // that may still come
}

const (
	roomNodes = 100_000 // nodes that calls may make in any model
	roomGrown = 50      // and for each node that the model has
)

// roomIn is the room in a model.
func roomIn(m *graph.Model) room {
	nodes := len(AllNodes(slices.Collect(m.Graph.Nodes())))
	for _, f := range m.Functions() {
		if f.Body != nil {
			nodes += len(AllNodes(slices.Collect(f.Body.Nodes())))
		}
	}
	most := roomNodes + roomGrown*nodes
	return room{most: most, nodes: most, memory: m.Room, bytes: m.Room}
}

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
