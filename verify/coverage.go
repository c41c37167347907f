package verify

import (
	"fmt"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// inside is a graph in a region that has to be run for the region to be compared.
type inside struct {
	of    *graph.Node
	graph *graph.Graph
	under *graph.Graph // unless this one around it is not run; nil for none
}

// toRun are the graphs in a region that have to be run. The graphs of the node that computes the result are compared by themselves where they
// go with those of the other version.
func (b *borders) toRun(r *region) []inside {
	last, first := r.result.is.Producer(), throughIdentity(r.result.was.Producer())
	if last == nil || b.counterpart(last) != first || !b.pairedAll(last) {
		last, first = nil, nil
	}
	c := coverage{functions: map[called]bool{}, sizes: b.sizes}
	for _, nodes := range [][]*graph.Node{r.nodes.was, r.nodes.is} {
		for _, n := range nodes {
			if n != first && n != last {
				c.subgraphs(n, nil)
			}
			c.callee(n, nil)
		}
	}
	return c.found
}

// pairedAll reports whether all graphs of a node are compared by themselves.
func (b *borders) pairedAll(n *graph.Node) bool {
	for g := range n.Subgraphs() {
		if b.paired[g] == nil {
			return false
		}
	}
	return true
}

// coverage collects the graphs that have to be run.
type coverage struct {
	found     []inside
	functions map[called]bool // that were looked into
	sizes     sizing
}

// called is a function, and the graph that it has to be called in to be run.
type called struct {
	function *graph.Function
	under    *graph.Graph
}

func (c *coverage) nodes(g *graph.Graph, under *graph.Graph) {
	for n := range g.Nodes() {
		c.subgraphs(n, under)
		c.callee(n, under)
	}
}

// subgraphs adds the graphs in a node. Where constants or sizes alone decide over the branches of an If, one is never run over inputs of that
// size, and need not be. What is in a branch without nodes cannot be seen to run.
func (c *coverage) subgraphs(n *graph.Node, under *graph.Graph) {
	given := n.Is("If") && c.sizes.decide(n.Input(0))
	for g := range n.Subgraphs() {
		around := under
		if given {
			around = g
		} else if g.Len() > 0 {
			c.found = append(c.found, inside{n, g, under})
		}
		c.nodes(g, around)
	}
}

// callee adds the graphs in the function that a node calls.
func (c *coverage) callee(n *graph.Node, under *graph.Graph) {
	if f := n.Callee(); f != nil && !c.functions[called{f, under}] {
		c.functions[called{f, under}] = true
		c.nodes(f.Body, under)
	}
}

// sizing tells what follows from the sizes of the inputs.
type sizing struct {
	decided map[*graph.Value]bool // values that do
	given   map[*graph.Value]bool // values whose size does
}

// decide reports whether a value follows from constants and from sizes that are given.
func (s sizing) decide(v *graph.Value) bool {
	n := v.Producer()
	switch {
	case v == nil || v.Constant() != nil:
		return true
	case n == nil || n.Callee() != nil:
		return false
	}
	known, ok := s.decided[v]
	if ok {
		return known
	}
	all, sized := true, n.Is("Shape") || n.Is("Size")
	for range n.Subgraphs() {
		all = false
	}
	for _, in := range n.Inputs() {
		all = all && (sized && s.give(in) || s.decide(in))
	}
	s.decided[v] = all && (n.NumInputs() > 0 || n.OpType == "Constant")
	return s.decided[v]
}

// give reports whether no numbers decide how large a value is, as far as an operator says.
func (s sizing) give(v *graph.Value) bool {
	n := v.Producer()
	if n == nil {
		return true
	}
	known, ok := s.given[v]
	if ok {
		return known
	}
	all := !numbersSize(n)
	for g := range n.Subgraphs() {
		for within := range g.Nodes() {
			all = all && !numbersSize(within)
		}
	}
	for k, in := range n.Inputs() {
		all = all && s.give(in) && (!givesSize(n, k) || s.decide(in))
	}
	s.given[v] = all
	return all
}

// numbersSize reports whether the numbers that a node reads say how large its result is.
func numbersSize(n *graph.Node) bool {
	return slices.Contains([]string{"NonZero", "NonMaxSuppression", "Unique", "Compress", "Loop", "Scan"}, n.OpType)
}

// givesSize reports whether the numbers of an input may say how large the result of a node is.
func givesSize(n *graph.Node, input int) bool {
	switch n.OpType {
	case "If", "Range", "ConstantOfShape":
		return true
	case "Reshape", "Expand", "Tile", "Pad", "Resize", "Slice", "TopK", "OneHot":
		return input > 0
	}
	return false
}

// watched is an evaluation that tells which of the graphs of a region it runs.
func watched(run Evaluation, r *region, ran map[*graph.Graph]bool) Evaluation {
	if len(r.graphs) > 0 {
		run.Watch(func(v *graph.Value, _ []int, _ tensor.Type) { ran[v.Graph()] = true })
	}
	return run
}

// left says that no comparison has run some graph in the region, which then may compute anything; "" for none.
func (r *region) left(v *verdict) string {
	for _, g := range r.graphs {
		if !v.ran[g.graph] && (g.under == nil || v.ran[g.under]) {
			return fmt.Sprintf("nothing that it was tried over leads into a branch of node %s", g.of.Label())
		}
	}
	return ""
}
