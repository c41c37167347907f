package passes

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
	"github.com/acdeploy/acdeploy/passes/internal/emit"
	"github.com/acdeploy/acdeploy/passes/internal/linear"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
	"github.com/acdeploy/acdeploy/pipeline"
)

const fuseChainDoc = `composes convolutions that follow each other into one convolution

Before: Conv(Conv(x, W₁, b₁), W₂, b₂), with a 1×1 and a 3×3 kernel, for example
After:  Conv(x, W₂∘W₁, b₂ + W₂·b₁)

A convolution reads through what only moves numbers, if each of its taps reads one number of x:
Before: Conv(Concat(x[::2, ::2], x[1::2, ::2], x[::2, 1::2], x[1::2, 1::2]), W), with a 3×3 kernel
After:  Conv(x, W'), with a 6×6 kernel and stride 2
So it does through SpaceToDepth, a Reshape, Transpose and Reshape that are one, or that shuffle channels,
and a Gather, Split, Tile or Expand of channels. Before the join, each part may have a map per channel.
Behind a convolution, what chooses among its channels or shuffles them is taken in, too.

Between the two there may be zero pads, and a scale and a shift per channel. Nobody else may use a value in
between. An AveragePool whose padding counts as zeros, a MaxPool of one element and a Slice with steps are
composed like convolutions.

The border must come out right. If the second convolution pads, the first one must have a 1×1 kernel and
add no constant; or its constant must be written over the border of a zero pad between the two.

The composed kernel must cost no more multiply-adds than what it replaces. There the first convolution
counts once for each position that the second one reads. At equal cost it must not have more weights.`

// FuseChain composes stacked convolutions.
type FuseChain struct {
	// AllowCostlier composes also where the composed kernel costs more multiply-adds.
	AllowCostlier bool `yaml:"allow_costlier" doc:"compose convolutions also where the composed kernel costs more multiply-adds than they do"`
}

func fuseChain() entry {
	return entry{Name: "fuse_chain", Doc: fuseChainDoc, New: func() pipeline.Pass { return &FuseChain{} }}
}

// maxChain is the number of nodes, padded borders counted as one, that are composed at once where fewer would not pay.
const maxChain = 6

// Run composes along every chain, from its first node on.
func (p *FuseChain) Run(_ context.Context, r *pipeline.Rewriter) error {
	g := r.Graph()
	known := shapes.Of(g)
	for sub := range g.All() {
		for n := range sub.Nodes() {
			c, why := p.plan(n, known)
			if why != nil {
				r.RefuseAll(pipeline.Refusal{Node: n.Label(), Reason: why.Reason, Detail: why.Detail, Branches: expansion(n, why)})
			}
			if c == nil {
				continue
			}
			done := pipeline.Rewrite{Node: n.Label(), Detail: c.String()}
			if len(c.layers) > 1 {
				done.Branches = []string{linear.Kernels(c.layers)}
			}
			if !r.Apply([]pipeline.Rewrite{done}, c.apply) {
				return nil
			}
		}
	}
	return nil
}

// plan composes the shortest chain that ends in n and pays. Without one it says why, where the chain
// has a second convolution.
func (p *FuseChain) plan(n *graph.Node, known *shapes.Shapes) (*composition, *refusal.Refusal) {
	nodes := []*graph.Node{n}
	if !isWindow(n) {
		if nodes = chosenBehind(n, known); nodes == nil {
			return nil, nil
		}
		n = nodes[len(nodes)-1]
	}
	c, first := p.throughMoves(n, known)
	if c != nil {
		return c, nil
	}
	convs := 0
	for range maxChain - 1 {
		if n.Is("Conv") {
			convs++
		}
		in := n.Input(imageOf(n))
		before := in.Producer()
		if before == nil || before.Graph() != n.Graph() || before.Output(0) != in || in.OnlyUse() == nil {
			break
		}
		if f, ok := linear.ReadPaddedBorder(before, known); ok && !f.HasOtherConsumers {
			nodes = append(nodes, f.Nodes...)
			n = nodes[len(nodes)-1]
			continue
		}
		if !isWindow(before) && !isBetween(before) {
			break
		}
		n = before
		nodes = append(nodes, n)
		if !isWindow(n) {
			continue // folding it alone is the task of others
		}
		c, why := p.compose(nodes, known)
		if c != nil {
			return c, nil
		}
		if why == nil {
			break
		}
		if first == nil && convs == 1 && n.Is("Conv") && nodes[0].Is("Conv") {
			first = why
		}
		if why.Reason != refusal.Costlier && why.Reason != refusal.NoConvolution {
			break
		}
	}
	return nil, first
}

// expansion is the kernels of two convolutions in a row that only their border keeps apart, where one is
// pointwise, as in a convolution that was expanded for training. Other stacks are not meant to be one.
func expansion(last *graph.Node, why *refusal.Refusal) []string {
	n := last.Input(0).Producer()
	for n != nil && isBetween(n) {
		n = n.Input(imageOf(n)).Producer()
	}
	if why.Reason != refusal.Border || !n.Is("Conv") || !isPointwise(n) && !isPointwise(last) {
		return nil
	}
	return []string{linear.Kernels([]*graph.Node{last, n})}
}

// isPointwise reports a convolution whose kernel has one tap.
func isPointwise(n *graph.Node) bool {
	w := n.Input(1).Constant()
	return w != nil && w.Rank() > 2 && int64(w.Len()) == w.Shape()[0]*w.Shape()[1]
}

// isWindow reports whether n may be a stencil of its first input with a kernel or a stride.
func isWindow(n *graph.Node) bool {
	if n.Output(0) == nil || n.Input(0) == nil {
		return false
	}
	return n.Is("Conv") || n.Is("AveragePool") || n.Is("MaxPool") || n.Is("Slice") && n.Input(4) != nil
}

// isBetween reports whether n may be between the windows of a chain.
func isBetween(n *graph.Node) bool {
	if n.Output(0) == nil || n.Input(0) == nil {
		return false
	}
	_, affine := algebra.AffineOperand(n)
	return affine || n.Is("BatchNormalization") || n.Is("Pad")
}

// imageOf is the input of n that is not a parameter.
func imageOf(n *graph.Node) int {
	operand, _ := algebra.AffineOperand(n)
	return operand
}

// composition is a chain that becomes one convolution, with nothing changed yet.
type composition struct {
	nodes  []*graph.Node // the last one first
	layers []*graph.Node // the convolutions among them, the last one first
	input  *graph.Value
	plan   emit.Conv
}

// chosenBehind is the nodes that end in n and choose among the channels of a convolution, the last one first; nil where n
// does something else.
func chosenBehind(n *graph.Node, known *shapes.Shapes) []*graph.Node {
	nodes := []*graph.Node{n}
	switch {
	case n.Output(0) == nil:
		return nil
	case n.Is("Slice"):
		if rank, ok := known.Rank(n.Output(0)); !ok || !linear.ChoosesChannels(n, rank) {
			return nil
		}
	case n.Is("Gather"), n.Is("Reshape"):
		m, ok := linear.ReadMoves(n.Output(0), known)
		if !ok {
			return nil
		}
		nodes = m.Nodes
	default:
		return nil
	}
	in := nodes[len(nodes)-1].Input(0)
	if before := in.Producer(); before == nil || !before.Is("Conv") || in.OnlyUse() == nil {
		return nil
	}
	for _, inner := range nodes[1:] {
		if inner.Output(0).OnlyUse() == nil {
			return nil
		}
	}
	return nodes
}

// throughMoves plans one convolution for n and for what only moves the numbers that it reads: Slices that are joined,
// say. Nil where there is nothing of the kind.
func (p *FuseChain) throughMoves(n *graph.Node, known *shapes.Shapes) (c *composition, first *refusal.Refusal) {
	if !n.Is("Conv") || n.Input(0).OnlyUse() == nil || !linear.IsMoved(n.Input(0), known) {
		return nil, nil
	}
	for _, r := range linear.NewMoveReader(n.Graph(), known).Visit(n, linear.MaxDepth).All {
		if !r.Moved || r.Holds() == nil {
			continue
		}
		c, why := p.composeAs(r, known)
		if c != nil {
			return c, nil
		}
		first = cmp.Or(first, why)
	}
	return nil, first
}

// compose plans one convolution for all nodes; nil without a reason where one of them is not linear, which
// is for others to say.
func (p *FuseChain) compose(nodes []*graph.Node, known *shapes.Shapes) (*composition, *refusal.Refusal) {
	last, input := nodes[0], nodes[len(nodes)-1].Input(0) // the first one is a window
	read := linear.NewReader(last.Graph(), known, nil).Visit(last, len(nodes))
	r, ok := read.Over(linear.View{Value: input})
	switch {
	case !ok:
		return nil, read.Why
	case len(r.Layers) == 0:
		return nil, refusal.New(refusal.NoConvolution, "none of the layers is a convolution")
	}
	return p.composeAs(r, known)
}

// composeAs plans one convolution for the nodes of an expression.
func (p *FuseChain) composeAs(r linear.Expression, known *shapes.Shapes) (*composition, *refusal.Refusal) {
	elem := r.Layers[0].Input(1).Elem()
	weights := 0
	for _, n := range r.Layers {
		if other := n.Input(1).Elem(); other != elem {
			return nil, refusal.New(refusal.ElementType, "its weight is %s, and that of %s is %s; export the model in one type", elem, n.Label(), other)
		}
		weights += n.Input(1).Data().Len()
	}
	im, why := r.Image(known)
	if why != nil {
		return nil, why
	}
	composed, why := r.Evaluate(im)
	if why != nil && why.Reason == refusal.Border {
		// The border is what to mend only where composing would pay.
		im.AnyBorder = true
		if inside, unknown := r.Evaluate(im); unknown == nil {
			why = cmp.Or(p.costlier(inside, r, weights), why)
		}
	}
	if why == nil {
		why = p.costlier(composed, r, weights)
	}
	if why != nil {
		return nil, why
	}
	tight := composed.Tight()
	union := tight.Union()
	if why := emit.TooLarge(tight, union, weights); why != nil {
		return nil, why
	}
	lowered, err := tight.Lower(union)
	if err != nil {
		return nil, refusal.New(refusal.Misaligned, "%v; the layers stay as they are", err)
	}
	plan, why := emit.PlanConv(lowered, elem)
	if why != nil {
		return nil, why
	}
	return &composition{nodes: r.Nodes, layers: r.Layers, input: r.Holds(), plan: plan}, nil
}

// costlier refuses a kernel that costs more than the chain.
func (p *FuseChain) costlier(composed linear.Form, r linear.Expression, weights int) *refusal.Refusal {
	// A convolution has as many weights as it takes multiply-adds per position.
	cost := composed.Cost(composed.Union())
	if p.AllowCostlier || cost < composed.Now || cost == composed.Now && cost <= weights {
		return nil
	}
	return refusal.New(refusal.Costlier,
		"one kernel for %s would take %d multiply-adds per output position, and the layers one after the other take %d; set allow_costlier to merge them all the same",
		linear.Kernels(r.Layers), cost, composed.Now)
}

// apply makes the last node compute the chain, or puts a convolution in its place where it is none.
func (c *composition) apply() {
	last := c.nodes[0]
	if c.layers[0] == last {
		c.plan.Apply(last)
		last.SetInput(0, c.input)
	} else {
		graph.ReplaceAllUses(last.Output(0), c.plan.Build(c.layers[0], c.input, last).Output(0))
	}
	for _, n := range c.nodes {
		if n.Graph() != nil { // a part that several parts share comes several times
			emit.RemoveIfUnused(n)
		}
	}
}

// String says what became of the chain: "Conv a, AveragePool b composed into one Conv, 3×3".
func (c *composition) String() string {
	var nodes []string
	for _, n := range slices.Backward(c.nodes) {
		if name := n.OpType + " " + n.Label(); !slices.Contains(nodes, name) {
			nodes = append(nodes, name)
		}
	}
	return strings.Join(nodes, ", ") + " composed into one Conv, " + linear.KernelSize(c.plan.Kernel())
}
