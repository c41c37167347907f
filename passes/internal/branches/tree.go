package branches

import (
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/passes/internal/emit"
	"github.com/acdeploy/acdeploy/passes/internal/linear"
)

// Tree is a sum with everything that is added up in it.
type Tree struct {
	root    linear.Sum
	known   *shapes.Shapes
	inner   []*graph.Node // the nodes below the root that the sum consists of, outer ones first
	sums    []*graph.Node // the sums among them
	addends []*addend
	frame   linear.Frame // in which the sum has the image that the branches compute
	visits  int
}

// Visits is how many nodes and addends were looked at.
func (t *Tree) Visits() int { return t.visits }

// Read flattens the sums below root into addends, each with how often it is added and subtracted.
func Read(root linear.Sum, known *shapes.Shapes) *Tree {
	t := &Tree{root: root, known: known, inner: slices.Clone(root.Helpers)}
	total := linear.Sum{Node: root.Node, Divisor: root.Divisor}
	type item struct {
		linear.Addend
		negative bool
	}
	var stack []item
	push := func(s linear.Sum, negative bool) {
		for _, x := range slices.Backward(s.Addends) {
			stack = append(stack, item{x, negative})
		}
	}
	push(root, false)
	for len(stack) > 0 {
		top := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if n := top.Value.Producer(); n != nil && n.Graph() == root.Node.Graph() {
			if s, ok := linear.ReadSum(n, known); ok && s.IsInner() {
				t.inner, t.sums = append(append(t.inner, n), s.Helpers...), append(t.sums, n)
				push(s, top.negative != (top.Minus > 0))
				continue
			}
		}
		if top.negative {
			top.Plus, top.Minus = top.Minus, top.Plus
		}
		total.Join(top.Addend)
		t.visits++
	}
	uses := map[*graph.Value]int{}
	for _, x := range total.Addends {
		uses[x.Value] = x.Uses
	}
	t.frame = frameOf(total.Addends, known)
	r := linear.NewReader(root.Node.Graph(), known, uses)
	for i, x := range total.Addends {
		l := &addend{Addend: x, Expressions: r.Read(linear.View{Value: x.Value, Frame: t.frame}, linear.MaxDepth), place: i}
		if l.Why == nil {
			l.Why, l.Missed = diagnose(l.Value, known)
		}
		t.addends = append(t.addends, l)
	}
	t.visits += r.Visits + len(t.sums)
	return t
}

// frameOf is the frame in which a sum has the image of its branches: the image itself unless all convolutions that it adds
// up are transposed before.
func frameOf(addends []linear.Addend, known *shapes.Shapes) linear.Frame {
	var frame linear.Frame
	for _, x := range addends {
		f, ok := linear.FrameOf(x.Value, known)
		if ok && f == "" {
			return ""
		}
		if ok && frame == "" {
			frame = f
		}
	}
	return frame
}

// factor is what an addend is multiplied by in the sum.
func (t *Tree) factor(l *addend) float64 {
	return float64(l.Plus-l.Minus) / float64(t.root.Divisor)
}

// inputs lists the values that addends are read over. The one that most addends share comes first, then
// the nearest: an addend after a crop, say, is read over the cropped value and over the whole. With them come the
// addends that are read over each.
func (t *Tree) inputs() ([]linear.View, map[linear.View][]*addend) {
	type count struct{ addends, depth int }
	counts := map[linear.View]*count{}
	readers := map[linear.View][]*addend{}
	var order []linear.View
	for _, l := range t.addends {
		for depth, r := range l.All {
			k := counts[r.Input]
			if k == nil {
				k = &count{}
				counts[r.Input] = k
				order = append(order, r.Input)
			}
			k.addends, k.depth = k.addends+1, k.depth+depth
			if list := readers[r.Input]; len(list) == 0 || list[len(list)-1] != l {
				readers[r.Input] = append(list, l)
			}
		}
	}
	slices.SortStableFunc(order, func(a, b linear.View) int {
		if d := counts[b].addends - counts[a].addends; d != 0 {
			return d
		}
		return counts[a].depth - counts[b].depth
	})
	return order, readers
}

// Rebuild replaces the sum by the merged convolutions and the addends that stay, in the order in which
// they were.
func (t *Tree) Rebuild(merges []Merge) {
	type term struct {
		place    int
		value    *graph.Value
		negative bool
	}
	var terms []term
	out := t.root.Node.Output(0)
	merged := map[*addend]bool{}
	for _, m := range merges {
		terms = append(terms, term{m.place(), m.apply(t.root.Node), false})
		for _, member := range m.members {
			merged[member.addend] = true
		}
	}
	for _, l := range t.addends {
		for i := range l.Plus + l.Minus {
			if !merged[l] {
				terms = append(terms, term{l.place, l.Value, i >= l.Plus})
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

// addition puts a ± b before the root; the last one takes the root's name and result.
func (t *Tree) addition(a, b *graph.Value, negative, last bool) *graph.Value {
	op := "Add"
	if negative {
		op = "Sub"
	}
	n := graph.NewNode(op, a, b)
	root := t.root.Node
	g := root.Graph()
	g.InsertBefore(n, root)
	if last {
		n.Name, n.Doc, n.Extra = root.Name, root.Doc, root.Extra
		n.TakeOutput(root.Output(0))
		return n.Output(0)
	}
	// Each partial sum replaces one that was there, the innermost first.
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
func (t *Tree) removeLeftovers(merges []Merge) {
	emit.Remove(t.root.Node)
	for _, n := range t.inner {
		if n.Graph() != nil {
			emit.RemoveIfUnused(n)
		}
	}
	for _, m := range merges {
		for _, mem := range m.members {
			for _, n := range mem.Nodes {
				if n.Graph() != nil {
					emit.RemoveIfUnused(n)
				}
			}
		}
	}
}
