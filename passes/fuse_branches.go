package passes

import (
	"context"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/passes/internal/branches"
	"github.com/acdeploy/acdeploy/passes/internal/linear"
	"github.com/acdeploy/acdeploy/pipeline"
)

const fuseBranchesDoc = `merges parallel convolutions of one input, summed, into one convolution

Before: Add(Add(Conv(x, W₁), Conv(x, W₂)), Conv(x, W₃)), with 3×3, 1×3 and 3×1 kernels, for example
After:  Conv(x, W₁ ⊕ W₂ ⊕ W₃)

⊕ adds two kernels, each tap to the tap that reads the same pixel.

The sum is an Add, Sub, Sum or Mean, or several of these in one another. It may also be a ReduceSum or
ReduceMean of branches that were stacked by Unsqueeze and Concat.

A branch is one of these:
- a convolution of the input, a transposed one, or a Gemm (a convolution of one pixel)
- the input itself, a batch normalisation of it, or its product with a constant
- a convolution of a crop of the input, of a zero pad, or of some of its channels
- channels of the input that Concat, Gather, Split, Tile or Expand choose, repeat or put in another order
- a chain of these, with averages and inner sums, if the chain is exactly one convolution

A chain may write a border into the image between two convolutions, if the border holds the constant of
the first. A branch may transpose its input, or add an axis of one element, before its convolution, and
undo that after it: what counts is which pixels of the input the convolution reads.

Branches merge if they have the same stride, sizes and channels, and if the merged kernel costs no more
multiply-adds than the branches do. A branch that does not fit stays in the sum.

With grouped, convolutions of the parts of a Split or of Slices that are joined again become one
convolution with groups, if they are alike. docs/grouped.md shows when that is slower.`

// FuseBranches merges the branches of re-parameterised blocks.
type FuseBranches struct {
	// AllowCostlier merges also where the merged kernel costs more multiply-adds.
	AllowCostlier bool `yaml:"allow_costlier" doc:"merge branches also where the merged kernel costs more multiply-adds than they do"`
	// Grouped makes convolutions of the parts of a Split one with groups.
	Grouped bool `yaml:"grouped" doc:"make alike convolutions of the parts of a Split, which are joined again, one convolution with groups"`
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
			if p.Grouped && n.Is("Concat") && !p.group(r, n, known) {
				return nil
			}
			root, ok := linear.ReadSum(n, known)
			if !ok || root.IsInner() {
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
func (p *FuseBranches) fuse(r *pipeline.Rewriter, root linear.Sum, known *shapes.Shapes) bool {
	tree := branches.Read(root, known)
	merges, refusals := tree.Merges(p.AllowCostlier)
	r.RefuseAll(refusals...)
	r.RefuseAll(tree.Unread()...)
	if !r.Look(tree.Visits()) {
		return false
	}
	if len(merges) == 0 {
		return true
	}
	var records []pipeline.Rewrite
	for _, m := range merges {
		records = append(records, pipeline.Rewrite{Node: root.Node.Label(), Detail: m.String(), Branches: m.Branches()})
	}
	return r.Apply(records, func() { tree.Rebuild(merges) })
}

// group makes convolutions that n joins one with groups; false when the budget of rewrites is spent.
func (p *FuseBranches) group(r *pipeline.Rewriter, n *graph.Node, known *shapes.Shapes) bool {
	g, why := branches.PlanGrouped(n, known)
	switch {
	case why != nil:
		r.RefuseAll(pipeline.Refusal{Node: n.Label(), Reason: why.Reason, Detail: why.Detail})
		return true
	case g == nil:
		return true
	}
	return r.Apply([]pipeline.Rewrite{{Node: n.Label(), Detail: g.String()}}, g.Apply)
}
