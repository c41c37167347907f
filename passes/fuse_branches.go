package passes

import (
	"context"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/pipeline"
)

const fuseBranchesDoc = `merges parallel convolutions of one input, summed, into one convolution

Before: Add(Add(Conv(x, W₁), Conv(x, W₂)), Conv(x, W₃)), with 3×3, 1×3 and 3×1 kernels, say
After:  Conv(x, W₁ ⊕ W₂ ⊕ W₃)

⊕ adds kernels where their taps meet on the image. Besides convolutions, the branches of a sum may be
the input itself, a batch normalisation of it, its product with a constant, and convolutions of a crop
or a zero pad of it. Branches merge when they have the same stride, sizes and channels, and when the
merged kernel costs no more multiply-adds than what it replaces; what does not fit stays in the sum.`

// FuseBranches merges the branches of re-parameterised blocks.
type FuseBranches struct {
	// AllowCostlier merges also where the merged kernel costs more multiply-adds.
	AllowCostlier bool `yaml:"allow_costlier"`
}

var _ pipeline.Pass = (*FuseBranches)(nil)

// Run looks at every tree of sums once.
func (p *FuseBranches) Run(ctx context.Context, g *graph.Graph) (pipeline.Summary, error) {
	var sum pipeline.Summary
	for sub := range g.All() {
		for n := range sub.Nodes() {
			if !isSum(n) || isInnerSum(n) {
				continue
			}
			if !p.fuse(ctx, n, &sum) {
				return sum, nil
			}
		}
	}
	return sum, nil
}

// fuse merges what it can in the tree below root; false when the budget of rewrites is spent.
func (p *FuseBranches) fuse(ctx context.Context, root *graph.Node, sum *pipeline.Summary) bool {
	tree := readTree(root)
	var merges []merge
	for _, group := range tree.groups() {
		found, refused := group.merges(p.AllowCostlier)
		merges = append(merges, found...)
		sum.Refusals = append(sum.Refusals, refused...)
	}
	sum.Refusals = append(sum.Refusals, tree.unread()...)
	if len(merges) == 0 {
		return true
	}
	if !pipeline.Allow(ctx) {
		return false
	}
	label := root.Label()
	tree.rebuild(merges)
	for _, m := range merges {
		sum.Rewrites = append(sum.Rewrites, pipeline.Rewrite{Node: label, Detail: m.String(), Branches: m.members.kinds()})
	}
	return true
}

// isSum reports whether n adds its inputs up.
func isSum(n *graph.Node) bool {
	switch {
	case n.Is("Sum"):
	case (n.Is("Add") || n.Is("Sub")) && n.Graph().Opset() >= 7 && n.NumInputs() == 2:
	default:
		return false
	}
	for _, v := range n.Inputs() {
		if v == nil {
			return false
		}
	}
	return n.NumInputs() > 0 && n.Output(0) != nil
}

// isInnerSum reports whether the result of n goes into another sum and nowhere else.
func isInnerSum(n *graph.Node) bool {
	u := n.Output(0).OnlyUse()
	return u != nil && isSum(u.Node) && u.Node.Graph() == n.Graph()
}

// tree is a sum with everything that is added up in it.
type tree struct {
	root   *graph.Node
	inner  []*graph.Node // the sums below root, outer ones first
	leaves []*leaf
}

// readTree flattens the sums below root into signed leaves.
func readTree(root *graph.Node) *tree {
	t := &tree{root: root}
	type item struct {
		value    *graph.Value
		negative bool
	}
	var stack []item
	push := func(n *graph.Node, negative bool) {
		for i := n.NumInputs() - 1; i >= 0; i-- {
			stack = append(stack, item{n.Input(i), negative != (n.Is("Sub") && i == 1)})
		}
	}
	push(root, false)
	for len(stack) > 0 {
		top := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if n := top.value.Producer(); n != nil && n.Graph() == root.Graph() && isSum(n) && isInnerSum(n) {
			t.inner = append(t.inner, n)
			push(n, top.negative)
			continue
		}
		t.leaves = append(t.leaves, &leaf{value: top.value, negative: top.negative, place: len(t.leaves)})
	}
	for _, l := range t.leaves {
		l.read(root.Graph())
	}
	return t
}

// groups sorts the leaves by the value they can be read over. A leaf behind a crop can be read over
// the cropped value or over the whole: the value that most leaves share wins, then the nearest.
func (t *tree) groups() []group {
	type key struct {
		members []*leaf
		depth   int
		first   int
	}
	keys := map[*graph.Value]*key{}
	var order []*graph.Value
	for _, l := range t.leaves {
		for depth, r := range l.readings {
			k := keys[r.input]
			if k == nil {
				k = &key{first: len(order)}
				keys[r.input] = k
				order = append(order, r.input)
			}
			k.members, k.depth = append(k.members, l), k.depth+depth
		}
	}
	slices.SortStableFunc(order, func(a, b *graph.Value) int {
		ka, kb := keys[a], keys[b]
		if d := len(kb.members) - len(ka.members); d != 0 {
			return d
		}
		return ka.depth - kb.depth
	})
	taken := map[*leaf]bool{}
	var groups []group
	for _, v := range order {
		var g group
		for _, l := range keys[v].members {
			if !taken[l] {
				g = append(g, &member{leaf: l, reading: l.over(v)})
			}
		}
		if len(g) < 2 {
			continue
		}
		for _, m := range g {
			taken[m.leaf] = true
		}
		groups = append(groups, g)
	}
	return groups
}

// rebuild replaces the sum by the merged convolutions and the leaves that stay, in the order in which
// they stood. Each merged convolution takes the place of one of its branches, the host.
func (t *tree) rebuild(merges []merge) {
	type term struct {
		place    int
		value    *graph.Value
		negative bool
	}
	var terms []term
	out := t.root.Output(0)
	merged := map[*leaf]bool{}
	for _, m := range merges {
		m.apply()
		terms = append(terms, term{m.place(), m.host.conv.Output(0), false})
		for _, member := range m.members {
			merged[member.leaf] = true
		}
	}
	for _, l := range t.leaves {
		if !merged[l] {
			terms = append(terms, term{l.place, l.value, l.negative})
		}
	}
	slices.SortStableFunc(terms, func(a, b term) int { return a.place - b.place })
	// A merged convolution has taken its signs in, so there is a positive term to begin with.
	if i := slices.IndexFunc(terms, func(x term) bool { return !x.negative }); i > 0 {
		terms[0], terms[i] = terms[i], terms[0]
	}
	sum := terms[0].value
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
	g := t.root.Graph()
	g.InsertBefore(n, t.root)
	if last {
		n.Name, n.Doc, n.Extra = t.root.Name, t.root.Doc, t.root.Extra
		n.TakeOutput(t.root.Output(0))
		return n.Output(0)
	}
	if len(t.inner) > 0 {
		n.Name = t.inner[len(t.inner)-1].Name
	}
	partial := g.NewValue(t.root.Output(0).Name())
	n.TakeOutput(partial)
	return partial
}

// removeLeftovers removes the sums and the branches that the merged convolutions replaced.
func (t *tree) removeLeftovers(merges []merge) {
	t.root.Graph().Remove(t.root)
	for _, n := range t.inner {
		removeIfUnused(n)
	}
	for _, m := range merges {
		for _, mem := range m.members {
			for _, n := range mem.nodes {
				if n.Graph() != nil {
					removeIfUnused(n)
				}
			}
		}
	}
}
