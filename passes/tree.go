package passes

import (
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/passes/internal/emit"
)

// tree is a sum with everything that is added up in it.
type tree struct {
	root   sum
	known  *shapes.Shapes
	inner  []*graph.Node // the nodes below the root that the sum consists of, outer ones first
	sums   []*graph.Node // the sums among them
	leaves []*leaf
}

// readTree flattens the sums below root into leaves, each with how often it is added and subtracted.
func readTree(root sum, known *shapes.Shapes) *tree {
	t := &tree{root: root, known: known, inner: slices.Clone(root.helpers)}
	total := sum{node: root.node, divisor: root.divisor}
	type item struct {
		summand
		negative bool
	}
	var stack []item
	push := func(s sum, negative bool) {
		for _, x := range slices.Backward(s.summands) {
			stack = append(stack, item{x, negative})
		}
	}
	push(root, false)
	for len(stack) > 0 {
		top := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if n := top.value.Producer(); n != nil && n.Graph() == root.node.Graph() {
			if s, ok := readSum(n, known); ok && s.isInner(known) {
				t.inner, t.sums = append(append(t.inner, n), s.helpers...), append(t.sums, n)
				push(s, top.negative != (top.minus > 0))
				continue
			}
		}
		if top.negative {
			top.plus, top.minus = top.minus, top.plus
		}
		total.add(top.value, top.plus, top.minus)
	}
	r := newReader(root.node.Graph(), known)
	for _, x := range total.summands {
		r.uses[x.value] = x.plus + x.minus
	}
	for i, x := range total.summands {
		l := &leaf{summand: x, sources: r.read(x.value, maxDepth), place: i}
		if l.why == nil {
			l.why, l.missed = obstacle(l.value, known)
		}
		t.leaves = append(t.leaves, l)
	}
	return t
}

// factor is what a leaf is multiplied by in the sum.
func (t *tree) factor(l *leaf) float64 {
	return float64(l.plus-l.minus) / float64(t.root.divisor)
}

// shared lists the values that leaves are read over. The one that most leaves share comes first, then
// the nearest: a leaf behind a crop, say, is read over the cropped value and over the whole.
func (t *tree) shared() []*graph.Value {
	type count struct{ leaves, depth int }
	counts := map[*graph.Value]*count{}
	var order []*graph.Value
	for _, l := range t.leaves {
		for depth, r := range l.readings {
			k := counts[r.input]
			if k == nil {
				k = &count{}
				counts[r.input] = k
				order = append(order, r.input)
			}
			k.leaves, k.depth = k.leaves+1, k.depth+depth
		}
	}
	slices.SortStableFunc(order, func(a, b *graph.Value) int {
		if d := counts[b].leaves - counts[a].leaves; d != 0 {
			return d
		}
		return counts[a].depth - counts[b].depth
	})
	return order
}

// rebuild replaces the sum by the merged convolutions and the leaves that stay, in the order in which
// they stood.
func (t *tree) rebuild(merges []merge) {
	type term struct {
		place    int
		value    *graph.Value
		negative bool
	}
	var terms []term
	out := t.root.node.Output(0)
	merged := map[*leaf]bool{}
	for _, m := range merges {
		terms = append(terms, term{m.place(), m.apply(t.root.node), false})
		for _, member := range m.members {
			merged[member.leaf] = true
		}
	}
	for _, l := range t.leaves {
		for i := range l.plus + l.minus {
			if !merged[l] {
				terms = append(terms, term{l.place, l.value, i >= l.plus})
			}
		}
	}
	slices.SortStableFunc(terms, func(a, b term) int { return a.place - b.place })
	sum := terms[0].value // never negative: it is the first operand all along, or has taken its sign in
	for i, next := range terms[1:] {
		sum = t.addition(sum, next.value, next.negative, i == len(terms)-2)
	}
	if sum != out {
		graph.ReplaceAllUses(out, sum)
	}
	t.removeLeftovers(merges)
}

// addition puts a ± b in front of the root; the last one takes the root's name and result.
func (t *tree) addition(a, b *graph.Value, negative, last bool) *graph.Value {
	op := "Add"
	if negative {
		op = "Sub"
	}
	n := graph.NewNode(op, a, b)
	root := t.root.node
	g := root.Graph()
	g.InsertBefore(n, root)
	if last {
		n.Name, n.Doc, n.Extra = root.Name, root.Doc, root.Extra
		n.TakeOutput(root.Output(0))
		return n.Output(0)
	}
	// Each partial sum stands for one that was there, the innermost first.
	if last := len(t.sums) - 1; last >= 0 {
		n.Name, n.Doc, n.Extra = t.sums[last].Name, t.sums[last].Doc, t.sums[last].Extra
		t.sums = t.sums[:last]
	} else if root.Name != "" {
		n.Name = g.FreshNodeName(root.Name)
	}
	partial := g.NewValue(root.Output(0).Name())
	n.TakeOutput(partial)
	return partial
}

// removeLeftovers removes the sums and the branches that the merged convolutions replaced.
func (t *tree) removeLeftovers(merges []merge) {
	t.root.node.Graph().Remove(t.root.node)
	for _, n := range t.inner {
		if n.Graph() != nil {
			emit.RemoveIfUnused(n)
		}
	}
	for _, m := range merges {
		for _, mem := range m.members {
			for _, n := range mem.nodes {
				if n.Graph() != nil {
					emit.RemoveIfUnused(n)
				}
			}
		}
	}
}
