package pipeline

import (
	"fmt"

	"github.com/acdeploy/acdeploy/graph"
)

// A pass looks at each node of a graph a few times. What looks at each of them thousands of times is a graph that was
// made to keep the program busy, or a fault in the pass.
const (
	visitsOfAny  = 1_000_000 // nodes and addends that a pass may look at in any graph
	visitsOfNode = 500       // and for each node that the graph has
)

// work is how much one pass has done.
type work struct {
	before uint64 // visits of the graph
	nodes  int    // of the graph when the pass began, sub-graphs included
	looks  int    // visits that the pass told of
}

func newWork(g *graph.Graph) work {
	w := work{}
	for sub := range g.All() {
		w.nodes += sub.Len()
	}
	w.before = g.Visits()
	return w
}

// visits is how many nodes and addends were looked at.
func (w *work) visits(g *graph.Graph) int { return int(g.Visits()-w.before) + w.looks }

func (w *work) most() int { return visitsOfAny + visitsOfNode*w.nodes }

func (w *work) spent(g *graph.Graph) bool { return w.visits(g) > w.most() }

// check fails when more was done than the graph is worth.
func (w *work) check(g *graph.Graph) error {
	if !w.spent(g) {
		return nil
	}
	return fmt.Errorf("it looked at more than %d nodes and addends, too many for a graph of %d nodes; leave the pass out", w.most(), w.nodes)
}
