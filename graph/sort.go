package graph

import "fmt"

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
func dependencies(g *Graph, n *Node) func(yield func(*Node) bool) {
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

// place appends n after everything it depends on. It keeps its own stack: graphs are deep.
func (s *sorter) place(n *Node) error {
	stack := []*Node{n}
	for len(stack) > 0 {
		top := stack[len(stack)-1]
		if s.state[top] == placed {
			stack = stack[:len(stack)-1]
			continue
		}
		s.state[top] = open
		var next *Node
		for dep := range dependencies(s.g, top) {
			if s.state[dep] == open {
				return fmt.Errorf("nodes form a cycle: %s needs %s, which needs it", top.Label(), dep.Label())
			}
			if s.state[dep] == unseen {
				next = dep
				break
			}
		}
		if next != nil {
			stack = append(stack, next)
			continue
		}
		s.state[top] = placed
		s.sorted = append(s.sorted, top)
		stack = stack[:len(stack)-1]
	}
	return nil
}
