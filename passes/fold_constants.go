package passes

import (
	"context"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/eval"
	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
)

const foldConstantsDoc = `computes nodes whose results are constant

Before: Mul(x, Sqrt(c))   c is an initializer
After:  Mul(x, d)         d is an initializer, the square root of c

A node is computed when all its inputs are constant, whatever operator it is: arithmetic, functions, casts,
reductions, whatever moves, selects or compares elements, products, convolutions, pools, normalizations (a
BatchNormalization in training mode too) and Resize. Random numbers, recurrent layers and sub-graphs stay, and
quantised operators, which engines look for. A list of sizes is computed when its numbers are known, even if the
image is not: the Shape of an image of known size, or a part of it. A Reshape to sizes that its input already
has, such as the batch, is rewritten to keep these.

Floating-point results are rounded once, when the model is written. A node stays in the model when another
one depends on how its result is rounded: a comparison, a Floor or another operator that jumps, a Cast to a
narrower type, and an operator that would do nothing with a result that rounds to 0 or 1. Those that jump are
computed of numbers that need no rounding.

A result that is larger than max_bytes and than all its inputs together is not stored. One run takes no more
than max_steps multiply-adds.`

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
}

func foldConstants() entry {
	return entry{Name: "fold_constants", Doc: foldConstantsDoc, New: func() pipeline.Pass { return &FoldConstants{MaxBytes: defaultMaxBytes, MaxSteps: defaultMaxSteps} }}
}

// Run evaluates nodes in order, so that a chain of constants folds in one walk.
func (p *FoldConstants) Run(_ context.Context, r *pipeline.Rewriter) error {
	g := r.Graph()
	f := constantFolder{Rewriter: r, Evaluator: eval.Evaluator{Known: shapes.Of(g), MaxBytes: p.MaxBytes, Steps: p.MaxSteps}}
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
	grown int // bytes by which the model has grown
}

// fold makes the constant results of n initializers; false when the budget of rewrites is spent.
func (f *constantFolder) fold(n *graph.Node) bool {
	if n.Is("Constant") || n.NumOutputs() == 0 {
		return true
	}
	if n.Is("Reshape") && !f.keepSizes(n) {
		return false
	}
	label := n.Label()
	for i := range n.NumOutputs() {
		v := n.Output(i)
		if v == nil || !v.Used() || v.IsOutput() {
			continue
		}
		t, size, ok := f.Result(n, i)
		if !ok || f.grown+t.ByteSize()-size > maxGrowth*f.MaxBytes || eval.RoundingSensitive(v, t) {
			continue
		}
		if why := acceptedByUsers(v, t); why != nil {
			f.Refuse(label, why.Reason, why.Detail)
			continue
		}
		if !f.Rewrite(label, n.OpType+" computed, its result is constant", func() { replaceByConstant(n, i, t) }) {
			return false
		}
		f.grown += max(t.ByteSize()-size, 0)
	}
	return true
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
