package passes

import (
	"context"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/eval"
	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/passes/internal/equal"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
)

const foldConstantsDoc = `computes nodes whose results are constant

Before: Mul(x, Sqrt(c))   c is an initializer
After:  Mul(x, d)         d is an initializer, the square root of c

A node is computed when all its inputs are constant, whatever operator it is: arithmetic, functions, casts,
reductions, whatever moves, selects or compares elements, products, convolutions, pools, normalizations (a
BatchNormalization in training mode too), recurrent layers, transforms of signals, Attention and Resize. Random
numbers and nodes with sub-graphs stay, and quantised operators, which engines look for. A list of sizes is computed when its numbers are known, even if the
image is not: the Shape of an image of known size, or a part of it. A Reshape to sizes that its input already
has, such as the batch, is rewritten to keep these.

Floating-point results are rounded once, when the model is written. A node stays in the model when another
one depends on how its result is rounded: a comparison, a Floor or another operator that jumps, a Cast to a
narrower type, and an operator that would do nothing with a result that rounds to 0 or 1. Those that jump are
computed of numbers that need no rounding, and of others that rounding cannot move to where they jump: sums,
products, quotients and square roots have a bound of what rounding does to them.

The model does not become larger by it. A result is stored where it takes no more room than the node that computes
it, or than the constants that go because nothing else reads them. Else it is stored only where it goes into a
convolution, a batch normalisation, or arithmetic with one number per channel, and so may save nodes on the path of
the data, up to max_bytes. An engine computes the others when it loads the model; allow_growth stores them, too.

What sub-graphs compute is stored once, in the graph that has the constants that it is made from. One run takes no
more than max_steps multiply-adds.`

const (
	defaultMaxBytes = 1 << 20
	defaultMaxSteps = 1 << 30
)

// maxGrowth bounds, in units of max_bytes, how much one run may add to a model in all, so that a small
// file does not grow out of proportion.
const maxGrowth = 8

// FoldConstants evaluates constant nodes.
type FoldConstants struct {
	// MaxBytes is the size up to which a result may be larger than its inputs.
	MaxBytes int `yaml:"max_bytes" doc:"bytes that a stored result may have where it is larger than its inputs; one run adds at most 8 times as many; from 0, which stores no result that is larger"`
	// MaxSteps bounds the multiply-adds, and the elements moved, of one run.
	MaxSteps int `yaml:"max_steps" doc:"how many multiply-adds and moved elements one run may take to compute constants; from 0, which computes nothing but sizes"`
	// AllowGrowth stores results, up to MaxBytes, also where the model only becomes larger by them.
	AllowGrowth bool `yaml:"allow_growth" doc:"store results, up to max_bytes, also where the model only becomes larger by them"`
}

func foldConstants() entry {
	return entry{Name: "fold_constants", Doc: foldConstantsDoc, New: func() pipeline.Pass { return &FoldConstants{MaxBytes: defaultMaxBytes, MaxSteps: defaultMaxSteps} }}
}

// Run evaluates nodes in order, so that a chain of constants folds in one walk.
func (p *FoldConstants) Run(_ context.Context, r *pipeline.Rewriter) error {
	g := r.Graph()
	f := constantFolder{
		Rewriter: r, grow: p.AllowGrowth, Evaluator: eval.Evaluator{Known: shapes.Of(g), MaxBytes: p.MaxBytes, Steps: p.MaxSteps},
		keys: equal.NewKeys(), computed: map[*graph.Node][]*tensor.Tensor{}, free: map[*graph.Node]bool{}, stored: map[place]*graph.Value{},
	}
	for sub := range g.All() {
		for n := range sub.Nodes() {
			if !f.fold(n) {
				return nil
			}
		}
	}
	return nil
}

// constantFolder is one run.
type constantFolder struct {
	*pipeline.Rewriter
	eval.Evaluator
	grow     bool // also for nothing
	keys     *equal.Keys
	computed map[*graph.Node][]*tensor.Tensor // results that are known already, nil for those that are not constant
	free     map[*graph.Node]bool             // whether storing all results of a node takes no room, where that is known
	next     []*graph.Node                    // that are to be computed together with one that was
	stored   map[place]*graph.Value           // results of equal nodes
	grown    int                              // bytes by which the model has grown
}

// fold makes the constant results of n initializers; false when the budget of rewrites is spent.
func (f *constantFolder) fold(n *graph.Node) bool {
	if n.Is("Reshape") && !f.keepSizes(n) {
		return false
	}
	label := n.Label()
	for i, t := range f.results(n) {
		v := n.Output(i)
		if t == nil || !v.Used() || v.IsOutput() {
			continue
		}
		if why := acceptedByUsers(v, t); why != nil {
			f.Refuse(label, why.Reason, why.Detail)
			continue
		}
		grows := 0
		if !isSmall(n, t) && !f.takesNoRoom(n) {
			if grows = t.ByteSize(); f.grown+grows > maxGrowth*f.MaxBytes || !f.grow && !savesNodes(v, t) {
				continue
			}
		}
		if !f.Rewrite(label, n.OpType+" computed, its result is constant", func() { f.store(n, i, t) }) {
			return false
		}
		f.grown += grows
		if n.Graph() == nil {
			break
		}
	}
	for len(f.next) > 0 { // what takes no room together goes together, wherever it is
		n, f.next = f.next[0], f.next[1:]
		if n.Graph() != nil && !f.fold(n) {
			return false
		}
	}
	return true
}

// results computes the results of n that are used and constant, one for each output.
func (f *constantFolder) results(n *graph.Node) []*tensor.Tensor {
	if list, ok := f.computed[n]; ok || n.Is("Constant") {
		return list
	}
	list, found := make([]*tensor.Tensor, n.NumOutputs()), false
	for i := range list {
		v := n.Output(i)
		if v == nil || !v.Used() {
			continue
		}
		if t, _, ok := f.Result(n, i); ok && !f.RoundingSensitive(v, t) {
			list[i], found = t, true
		}
	}
	if !found {
		return nil // it may be constant when what it reads is computed
	}
	f.computed[n] = list
	return list
}

// place is a result of a node by its key, in the graph that has what it is made from.
type place struct {
	key    string
	node   *graph.Node // where it has no key
	output int
	in     *graph.Graph
}

// placeOf is where result i of n is stored.
func (f *constantFolder) placeOf(n *graph.Node, i int) place {
	key, ok := f.keys.Of(n)
	if !ok {
		return place{node: n, output: i, in: homeOf(n)}
	}
	return place{key: key, output: i, in: homeOf(n)}
}

// homeOf is the innermost of the graphs that have the large constants that n reads.
func homeOf(n *graph.Node) *graph.Graph {
	for g := n.Graph(); g != nil; g = g.Outer() {
		for _, v := range n.Inputs() {
			if isLarge(v) && v.Graph() == g {
				return g
			}
		}
	}
	return n.Graph()
}

// store makes result i of n an initializer, or the one that an equal node has become.
func (f *constantFolder) store(n *graph.Node, i int, t *tensor.Tensor) {
	at := f.placeOf(n, i)
	v := n.Output(i)
	if at.in == n.Graph() && f.stored[at] == nil {
		f.stored[at] = replaceByConstant(n, i, t)
		return
	}
	if f.stored[at] == nil {
		f.stored[at] = at.in.NewInitializer(v.Name(), t)
	}
	graph.ReplaceAllUses(v, f.stored[at])
	if at.in != n.Graph() {
		f.stored[at].Redefine() // it comes from no value of its graph
	}
	if n.LiveOutputs() == 0 {
		n.Graph().Remove(n)
	}
}

// keepSizes makes the shape that a Reshape asks for constant where each size is a number or the one that
// the input has on that axis, which is written as 0; false when the budget of rewrites is spent.
func (f *constantFolder) keepSizes(n *graph.Node) bool {
	o, err := op.Of(n)
	if err != nil || o.Flag("allowzero") {
		return true
	}
	x, to := n.Input(0), o.Input("shape")
	if to == nil || to.IsInitializer() {
		return true
	}
	want, ok := f.Known.Ints(to)
	own, _ := f.Known.Shape(x)
	if !ok || f.Known.Elem(to) != tensor.Int64 {
		return true
	}
	list := make([]int64, len(want))
	for i, d := range want {
		size, number := d.Size()
		switch {
		case number:
			list[i] = size
		case i < len(own) && own[i] == d:
		default:
			return true
		}
	}
	return f.Rewrite(n.Label(), "Reshape keeps the sizes that it computed", func() {
		n.SetInput(1, n.Graph().NewInitializer(to.Name(), tensor.Of([]int64{int64(len(list))}, list...)))
	})
}

// acceptedByUsers refuses a constant that a convolution could not have as its weight or bias: such a
// model is invalid, and stays what it is.
func acceptedByUsers(v *graph.Value, t *tensor.Tensor) *refusal.Refusal {
	for u := range v.Uses() {
		n := u.Node
		if !n.Is("Conv") && !n.Is("ConvTranspose") {
			continue
		}
		switch {
		case u.Index == 1 && t.Rank() < 3:
			return refusal.New(refusal.Misaligned, "it computes a weight of %d axes for %s; the model is invalid, export it again", t.Rank(), n.Label())
		case u.Index == 2 && t.Rank() != 1:
			return refusal.New(refusal.Misaligned, "it computes a bias of shape %v for %s, which needs one number per channel; the model is invalid, export it again", t.Shape(), n.Label())
		}
		if w, b := n.Input(1).Constant(), n.Input(2).Constant(); n.Is("Conv") {
			switch u.Index {
			case 1:
				w = t
			case 2:
				b = t
			}
			if w != nil && b != nil && w.Rank() > 0 && b.Rank() == 1 && w.Shape()[0] != b.Shape()[0] {
				return refusal.New(refusal.Misaligned, "it gives %s %d output channels but %d biases; the model is invalid, export it again", n.Label(), w.Shape()[0], b.Shape()[0])
			}
			o, err := op.Of(n)
			if err != nil {
				continue
			}
			if kernel := o.Ints("kernel_shape"); u.Index == 1 && kernel != nil && !slices.Equal(kernel, t.Shape()[2:]) {
				return refusal.New(refusal.Misaligned, "it computes a weight of shape %v for %s, whose kernel_shape is %v; the model is invalid, export it again", t.Shape(), n.Label(), kernel)
			}
			if group := o.Int("group"); u.Index == 1 && (group < 1 || t.Shape()[0]%group != 0) {
				return refusal.New(refusal.Misaligned, "group %d of %s does not divide the %d output channels of its weight; the model is invalid, export it again", group, n.Label(), t.Shape()[0])
			}
		}
	}
	return nil
}
