package passes

import (
	"context"

	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/pipeline"
)

const fuseBranchesDoc = `merges parallel convolutions of one input, summed, into one convolution

Before: Add(Add(Conv(x, W₁), Conv(x, W₂)), Conv(x, W₃)), with 3×3, 1×3 and 3×1 kernels, say
After:  Conv(x, W₁ ⊕ W₂ ⊕ W₃)

⊕ adds kernels where their taps meet on the image. The sum may be nested, scaled, a Sum, a Sub, a Mean,
or a ReduceSum or ReduceMean of what was stacked for it. A branch may be the input itself, a batch
normalisation of it, its product with a constant, convolutions of a crop, a zero pad or some channels of
it, and chains of these with convolutions, sums and averages, where the chain is one convolution exactly.
The border between two of them may be written in place, where it holds the constant of the first. The
constants may stand in front of a Transpose that the other branches have too. Gemm is a convolution of
one pixel.

Branches merge when they have the same stride, sizes and channels, and when the merged kernel costs no
more multiply-adds than what it replaces; what does not fit stays in the sum.`

// FuseBranches merges the branches of re-parameterised blocks.
type FuseBranches struct {
	// AllowCostlier merges also where the merged kernel costs more multiply-adds.
	AllowCostlier bool `yaml:"allow_costlier" doc:"merge branches also where the merged kernel costs more multiply-adds than they do"`
}

func fuseBranches() entry {
	return entry{Name: "fuse_branches", Doc: fuseBranchesDoc, New: func() pipeline.Pass { return &FuseBranches{} }}
}

// Run looks at every tree of sums once.
func (p *FuseBranches) Run(_ context.Context, r *pipeline.Rewriter) error {
	g := r.Graph()
	known := shapes.Of(g)
	for sub := range g.All() {
		for n := range sub.Nodes() {
			root, ok := readSum(n, known)
			if !ok || root.isInner(known) {
				continue
			}
			if !p.fuse(r, root, known) {
				return nil
			}
		}
	}
	return nil
}

// fuse merges what it can in the tree below root; false when the budget of rewrites is spent.
func (p *FuseBranches) fuse(r *pipeline.Rewriter, root sum, known *shapes.Shapes) bool {
	tree := readTree(root, known)
	merges, refusals := tree.merges(p.AllowCostlier)
	r.RefuseAll(refusals...)
	r.RefuseAll(tree.unread()...)
	if len(merges) == 0 {
		return true
	}
	var records []pipeline.Rewrite
	for _, m := range merges {
		records = append(records, pipeline.Rewrite{Node: root.node.Label(), Detail: m.String(), Branches: m.members.kinds()})
	}
	return r.Apply(records, func() { tree.rebuild(merges) })
}

// merges plans the merged convolutions of the tree, each value that leaves are read over in turn. A leaf
// that finds no company over one value may find it over the next.
func (t *tree) merges(allowCostlier bool) (found []merge, refusals []pipeline.Refusal) {
	taken, left := map[*leaf]bool{}, len(t.leaves)
	for _, v := range t.shared() {
		var g group
		for _, l := range t.leaves {
			if r, ok := l.over(v); ok && !taken[l] {
				g = append(g, &member{leaf: l, reading: r, word: l.kind(r), factor: t.factor(l)})
			}
		}
		if !g.worthwhile() {
			continue
		}
		merges, refused := g.merges(allowCostlier, t.known)
		refusals = append(refusals, refused...)
		for _, m := range merges {
			for _, member := range m.members {
				taken[member.leaf] = true
				left--
			}
		}
		found = append(found, merges...)
	}
	if t.root.divisor != 1 && left > 0 {
		return nil, refusals // what stays of a mean would have to be divided
	}
	return found, refusals
}
