package passes

import (
	"context"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
)

const foldConstantsDoc = `computes nodes whose results are constant

Nodes whose inputs are all constant: shapes and their arithmetic, casts, fills, what moves elements, what
works on each, reductions, and the products (Conv, MatMul, Gemm, Einsum) by which networks make their
weights. Lists of sizes that are known although an input is not: Shape of an image, a part of it, and
what is made of it. A Reshape to sizes that its input has, such as its own batch, keeps those instead.

Floating-point results are kept unrounded until the model is written. One that is larger than max_bytes
and than its inputs together is not stored, and one run takes no more than max_steps multiply-adds. One
that is rounded stays to be computed by the model where another node depends on what it is rounded to: a
comparison, a Cast to a narrower type, and where it becomes 0 or 1 a node that adds it or multiplies by it.`

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
	MaxBytes int `yaml:"max_bytes" doc:"bytes that a stored result may have where it is larger than its inputs; one run adds at most 8 times as many; 0 stores no result that is larger"`
	// MaxSteps bounds the multiply-adds, and the elements moved, of one run.
	MaxSteps int `yaml:"max_steps" doc:"how many multiply-adds and moved elements one run may take to compute constants; 0 computes nothing but sizes"`
}

func foldConstants() entry {
	return entry{Name: "fold_constants", Doc: foldConstantsDoc, New: func() pipeline.Pass { return &FoldConstants{MaxBytes: defaultMaxBytes, MaxSteps: defaultMaxSteps} }}
}

// Run evaluates nodes in order, so that a chain of constants folds in one walk.
func (p *FoldConstants) Run(_ context.Context, r *pipeline.Rewriter) error {
	g := r.Graph()
	f := constantFolder{FoldConstants: *p, Rewriter: r, sizes: shapes.Of(g), work: p.MaxSteps}
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
	FoldConstants
	*pipeline.Rewriter
	sizes *shapes.Shapes
	grown int // bytes by which the model has grown
	work  int // steps that are left
}

// fold makes the constant results of n initializers; false when the budget of rewrites is spent.
func (f *constantFolder) fold(n *graph.Node) bool {
	if n.Is("Constant") || n.NumOutputs() == 0 || n.NumOutputs() > 1 && !n.Is("Split") {
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
		t, size, ok := f.value(n, i)
		if !ok || f.grown+t.ByteSize()-size > maxGrowth*f.MaxBytes || settlesLater(v, t) {
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

// value is the i-th result of n where it is constant, and the size of what it is made from.
func (f *constantFolder) value(n *graph.Node, i int) (t *tensor.Tensor, size int, ok bool) {
	if t, ok := f.sizesOf(n.Output(i)); ok {
		return t, 0, true
	}
	e := evaluator{n: n, out: i, work: &f.work}
	if e.in, ok = constantInputs(n); !ok {
		return nil, 0, false
	}
	if n.Is("CastLike") {
		if e.like = f.sizes.Elem(n.Input(1)); e.like == tensor.Undefined {
			return nil, 0, false
		}
	}
	size = distinctBytes(e.in)
	e.limit = max(size, f.MaxBytes)
	t, ok = e.evaluate()
	return t, size, ok
}

// sizesOf is a list of sizes all of which are known, made of an image whose elements are not.
func (f *constantFolder) sizesOf(v *graph.Value) (*tensor.Tensor, bool) {
	if f.sizes.Elem(v) != tensor.Int64 {
		return nil, false
	}
	list, ok := f.sizes.Ints(v)
	shape, known := f.sizes.Static(v)
	if !ok || !known {
		return nil, false
	}
	values := make([]int64, len(list))
	for i, d := range list {
		if values[i], ok = d.Size(); !ok {
			return nil, false
		}
	}
	return integers(tensor.Int64, shape, values)
}

// keepSizes makes the shape that a Reshape asks for constant where each size is a number or the one that
// the input has on that axis, which a 0 stands for; false when the budget of rewrites is spent.
func (f *constantFolder) keepSizes(n *graph.Node) bool {
	x, to := n.Input(0), n.Input(1)
	if x == nil || to == nil || to.IsInitializer() || n.Int("allowzero", 0) != 0 {
		return true
	}
	want, ok := f.sizes.Ints(to)
	own, _ := f.sizes.Shape(x)
	if !ok || f.sizes.Elem(to) != tensor.Int64 {
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
			return refusal.New(refusal.Misaligned, "it computes a weight of %d axes for %s; the model is invalid, export it anew", t.Rank(), n.Label())
		case u.Index == 2 && t.Rank() != 1:
			return refusal.New(refusal.Misaligned, "it computes a bias of shape %v for %s, which needs one number per channel; the model is invalid, export it anew", t.Shape(), n.Label())
		}
		if w, b := n.Input(1).Constant(), n.Input(2).Constant(); n.Is("Conv") {
			switch u.Index {
			case 1:
				w = t
			case 2:
				b = t
			}
			if w != nil && b != nil && w.Rank() > 0 && b.Rank() == 1 && w.Shape()[0] != b.Shape()[0] {
				return refusal.New(refusal.Misaligned, "it gives %s %d output channels and %d biases; the model is invalid, export it anew", n.Label(), w.Shape()[0], b.Shape()[0])
			}
			if kernel := n.Ints("kernel_shape"); u.Index == 1 && kernel != nil && !slices.Equal(kernel, t.Shape()[2:]) {
				return refusal.New(refusal.Misaligned, "it computes a weight of shape %v for %s, whose kernel_shape is %v", t.Shape(), n.Label(), kernel)
			}
			if group := n.Int("group", 1); u.Index == 1 && (group < 1 || t.Shape()[0]%group != 0) {
				return refusal.New(refusal.Misaligned, "group %d of %s does not divide the %d output channels of its weight", group, n.Label(), t.Shape()[0])
			}
		}
	}
	return nil
}

// distinctBytes is the size of the inputs, each counted once.
func distinctBytes(in []*tensor.Tensor) int {
	total, seen := 0, make(map[*tensor.Tensor]bool, len(in))
	for _, t := range in {
		if t != nil && !seen[t] {
			seen[t] = true
			total += t.ByteSize()
		}
	}
	return total
}

// constantInputs returns the inputs of n, nil for absent ones; false when one is not constant or of a
// type that is not evaluated. Of CastLike's second input only the type matters.
func constantInputs(n *graph.Node) ([]*tensor.Tensor, bool) {
	count := n.NumInputs()
	if n.Is("CastLike") {
		count = 1
	}
	if count == 0 {
		return nil, false
	}
	in := make([]*tensor.Tensor, count)
	for i := range in {
		v := n.Input(i)
		if v == nil {
			continue
		}
		t := v.Constant()
		if t == nil || t.Type().Bits() < 8 {
			return nil, false
		}
		in[i] = t
	}
	return in, in[0] != nil
}
