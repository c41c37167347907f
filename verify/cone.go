package verify

import (
	"cmp"
	"maps"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
)

// cone is what a value is computed by, back to where it is cut.
type cone struct {
	inputs []*graph.Value
	nodes  map[*graph.Node]bool
}

// coneOf walks back from a value to values where cut is true, to inputs, and to values of the graphs around, but for those
// that are given.
func coneOf(result *graph.Value, cut func(*graph.Value) bool, around ...*graph.Graph) cone {
	c := cone{nodes: map[*graph.Node]bool{}}
	seen := map[*graph.Value]bool{}
	stack := []*graph.Value{result}
	visit := func(v *graph.Value) {
		if v == nil || seen[v] || v.IsInitializer() && !v.Overridable() {
			return
		}
		seen[v] = true
		if v.Producer() == nil || v.Graph() != result.Graph() && !slices.Contains(around, v.Graph()) || cut(v) {
			c.inputs = append(c.inputs, v)
			return
		}
		stack = append(stack, v)
	}
	if result.Producer() == nil {
		visit(result)
		stack = nil
	}
	for len(stack) > 0 {
		n := stack[len(stack)-1].Producer()
		stack = stack[:len(stack)-1]
		if c.nodes[n] {
			continue
		}
		c.nodes[n] = true
		for v := range operands(n) {
			visit(v)
		}
	}
	return c
}

// operands are the values that a node reads, those that its sub-graphs capture included.
func operands(n *graph.Node) func(yield func(*graph.Value) bool) {
	return func(yield func(*graph.Value) bool) {
		for _, v := range n.Inputs() {
			if v != nil && !yield(v) {
				return
			}
		}
		for g := range n.Subgraphs() {
			byName := func(a, b *graph.Value) int { return cmp.Compare(a.Name(), b.Name()) }
			for _, v := range slices.SortedFunc(maps.Keys(captured(g)), byName) {
				if !yield(v) {
					return
				}
			}
		}
	}
}

// fixed reports whether a value is a constant or computed from constants alone.
func fixed(v *graph.Value) bool {
	return v.Constant() != nil || v.Producer() != nil && len(coneOf(v, func(*graph.Value) bool { return false }).inputs) == 0
}
