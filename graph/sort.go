package graph

import (
	"fmt"
	"iter"
	"slices"
)

// Sort puts the nodes of g and its sub-graphs into topological order and reports whether any had to
// move. Nodes that need not move keep their order. It fails only on a cycle.
func (g *Graph) Sort() (moved bool, err error) {
	for sub := range g.All() {
		m, err := sub.sortNodes()
		if err != nil {
			return moved, err
		}
		moved = moved || m
	}
	return moved, nil
}

// sorter is a depth-first walk from each node to the nodes it depends on.
type sorter struct {
	g      *Graph
	state  map[*Node]sortState
	sorted []*Node
}

type sortState uint8

const (
	unseen sortState = iota
	open             // its dependencies are being placed
	placed
)

func (g *Graph) sortNodes() (moved bool, err error) {
	if g.inOrder() {
		return false, nil
	}
	s := sorter{g: g, state: make(map[*Node]sortState, g.count)}
	for n := range g.Nodes() {
		if err := s.place(n); err != nil {
			return false, err
		}
	}
	g.first, g.last, g.count = nil, nil, 0
	for _, n := range s.sorted {
		g.Append(n)
	}
	return true, nil
}

// inOrder reports whether each node comes after the nodes it depends on.
func (g *Graph) inOrder() bool {
	done := make(map[*Node]bool, g.count)
	for n := range g.Nodes() {
		for dep := range dependencies(g, n) {
			if !done[dep] {
				return false
			}
		}
		done[n] = true
	}
	return true
}

// dependencies visits the nodes of g whose results n or its sub-graphs use.
func dependencies(g *Graph, n *Node) iter.Seq[*Node] {
	return func(yield func(*Node) bool) { eachDependency(g, n, yield) }
}

func eachDependency(g *Graph, n *Node, yield func(*Node) bool) bool {
	visit := func(v *Value) bool {
		return v == nil || v.graph != g || v.producer == nil || yield(v.producer)
	}
	for _, v := range n.Inputs() {
		if !visit(v) {
			return false
		}
	}
	for sub := range n.Subgraphs() {
		for _, out := range sub.Outputs() {
			if !visit(out) {
				return false
			}
		}
		for m := range sub.Nodes() {
			if !eachDependency(g, m, yield) {
				return false
			}
		}
	}
	return true
}

// frame is a node whose dependencies are being placed, with those that are left.
type frame struct {
	node *Node
	left []*Node
}

// place appends n after everything it depends on. It keeps its own stack: graphs are deep.
func (s *sorter) place(n *Node) error {
	if s.state[n] == placed {
		return nil
	}
	stack := []frame{s.open(n)}
	for len(stack) > 0 {
		top := &stack[len(stack)-1]
		if len(top.left) == 0 {
			s.state[top.node] = placed
			s.sorted = append(s.sorted, top.node)
			stack = stack[:len(stack)-1]
			continue
		}
		dep := top.left[0]
		top.left = top.left[1:]
		switch s.state[dep] {
		case open:
			return fmt.Errorf("nodes form a cycle: %s needs %s, which needs it", top.node.Label(), dep.Label())
		case unseen:
			stack = append(stack, s.open(dep))
		}
	}
	return nil
}

func (s *sorter) open(n *Node) frame {
	s.state[n] = open
	return frame{n, slices.Collect(dependencies(s.g, n))}
}
