package linear

import (
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// visitTranspose reads Transpose(a·w + c) as a·t + c over t = Transpose(w), where somebody else transposes
// w alike: networks that keep channels last transpose before each convolution, and scale the input
// itself where it is.
func (r *Reader) visitTranspose(n *graph.Node, depth int) Expressions {
	var out Expressions
	perm, ok := op.WrittenPermutation(n)
	if !ok || len(perm) < 3 || perm[0] != 0 {
		return out
	}
	nodes := []*graph.Node{n}
	w := n.Input(0)
	for len(nodes) < depth && w.OnlyUse() != nil {
		m := w.Producer()
		if m == nil || m.Graph() != r.g || !op.SpreadsFreely(r.g) {
			break
		}
		operand, affine := algebra.AffineOperand(m)
		if !affine {
			break
		}
		w = m.Input(operand)
		nodes = append(nodes, m)
		t := transposedAlike(w, n, perm)
		if t == nil {
			continue
		}
		in := identity(t)
		in.Nodes, in.viaSibling, in.Widens = slices.Clone(nodes), true, true
		in.Evaluate = scaledInPlace(in.Nodes, perm[1], r.known)
		out.All = append(out.All, in)
	}
	return out
}

// scaledInPlace is the stencil of affine maps before a Transpose, the last one first after it, where
// the channels are on the given axis.
func scaledInPlace(nodes []*graph.Node, axis int, known *shapes.Shapes) func(Image) (Form, *refusal.Refusal) {
	return func(im Image) (Form, *refusal.Refusal) {
		s := stencil.Identity(im.Channels, im.axes)
		at := algebra.Axis{Front: axis, Back: im.axes + 1 - axis, Channels: im.Channels}
		for _, m := range slices.Backward(nodes[1:]) {
			operand, _ := algebra.AffineOperand(m)
			a, _, why := algebra.ReadAffine(m, operand, at, known)
			if why != nil {
				return Form{}, why
			}
			s = s.Then(a)
		}
		return Form{s, 0}, nil
	}
}

// transposedAlike is the result of another Transpose of w that is like n.
func transposedAlike(w *graph.Value, n *graph.Node, perm []int) *graph.Value {
	const most = 16 // uses that are looked at
	if w.UseCount() > most {
		return nil
	}
	for use := range w.Uses() {
		if m := use.Node; m != nil && m != n && m.Is("Transpose") && m.Graph() == n.Graph() && m.Output(0) != nil {
			if other, ok := op.WrittenPermutation(m); ok && slices.Equal(other, perm) {
				return m.Output(0)
			}
		}
	}
	return nil
}
