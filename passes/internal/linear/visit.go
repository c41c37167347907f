package linear

import (
	"errors"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// Visit reads the first result of n, which is an image.
func (r *Reader) Visit(n *graph.Node, depth int) Expressions {
	return r.visit(View{Value: n.Output(0)}, depth)
}

// visit reads the node that computes a view.
func (r *Reader) visit(v View, depth int) Expressions {
	if m, ok := ReadMoves(v.Value, r.known); ok {
		return r.visitMoves(v, m, depth)
	}
	n, f := v.Value.Producer(), v.Frame
	switch operand, affine := algebra.AffineOperand(n); {
	case n.Input(0) == nil || n.Output(0) != v.Value:
		return Expressions{}
	case isLayer(n):
		if r.onlyMoves && r.Visits > 0 {
			return Expressions{}
		}
		return r.visitLayer(n, f, depth)
	case n.Is("BatchNormalization"):
		if f.place(1) != 1 {
			return Expressions{}
		}
		a, why := algebra.ReadBatchNorm(n)
		if why != nil {
			return Expressions{Why: why, Missed: n.Input(0)}
		}
		return r.visitAffine(n, 0, f, depth, func(int, int) (stencil.Affine, *refusal.Refusal) { return a, nil })
	case affine && op.SpreadsFreely(n.Graph()):
		found := r.visitAffine(n, operand, f, depth, func(channels, axes int) (stencil.Affine, *refusal.Refusal) {
			return constantMap(n, operand, f.channels(axes, channels), r.known)
		})
		for i := range found.All {
			found.All[i].Widens = found.All[i].Widens || mayWiden(n.Input(1-operand))
		}
		return found
	case n.Is("AveragePool"), n.Is("MaxPool"):
		return r.visitPool(n, f, depth)
	case n.Is("Slice"), n.Is("Pad"):
		return r.visitCrops(n, f, depth)
	case n.Is("Concat"):
		return r.visitConcat(n, f, depth)
	case f == "" && (n.Is("ScatterND") || n.Is("Transpose")):
		if out := r.visitPaddedBorder(n, depth); out.All != nil || n.Is("ScatterND") {
			return out
		}
		return r.visitAxes(n, f, depth)
	case movesAxes(n) && !n.Is("Squeeze"):
		return r.visitAxes(n, f, depth)
	default:
		if s, ok := ReadSum(n, r.known); ok {
			return r.visitSum(s, f, depth)
		}
		if n.Is("Squeeze") {
			return r.visitAxes(n, f, depth)
		}
	}
	return Expressions{}
}

// visitLayer reads a layer over everything that its input is read over.
func (r *Reader) visitLayer(n *graph.Node, f Frame, depth int) Expressions {
	s, why := layerOf(n)
	if why == nil && f.isImage() {
		s, why = f.image(s)
	}
	if why != nil || !f.isImage() {
		return Expressions{Why: why, Missed: n.Input(0)}
	}
	v := r.followed(r.Read(View{n.Input(0), f}, depth-1), "", n, func(int, int) (stencil.Stencil, *refusal.Refusal) { return s, nil })
	for i := range v.All {
		last := &v.All[i]
		if last.Channels == 0 && !last.Moved && !last.choosesChannels(f.axesOf(s.Axes())+2) {
			last.Channels, last.axes, last.Certain = s.In, s.Axes(), !last.Widens
		}
		if f == "" {
			last.Target = n
		}
		last.Layers = append([]*graph.Node{n}, last.Layers...)
	}
	return v
}

// choosesChannels reports whether crops or pads give another number of channels than the input has.
func (r Expression) choosesChannels(rank int) bool {
	return slices.ContainsFunc(r.Nodes, func(n *graph.Node) bool {
		return (n.Is("Slice") || n.Is("Pad")) && ChoosesChannels(n, rank)
	})
}

// visitPool reads pools that are linear.
func (r *Reader) visitPool(n *graph.Node, f Frame, depth int) Expressions {
	s, why := algebra.ReadPool(n)
	if why != nil || !f.isImage() {
		return Expressions{Why: why, Missed: n.Input(0)}
	}
	return r.followed(r.Read(View{n.Input(0), f}, depth-1), f, n, func(channels, _ int) (stencil.Stencil, *refusal.Refusal) {
		return s(channels), nil
	})
}

// visitCrops reads a run of crops and pads: together they may be exact where one by one they are not.
func (r *Reader) visitCrops(n *graph.Node, f Frame, depth int) Expressions {
	var out Expressions
	if !f.isImage() {
		return out
	}
	var run []*graph.Node
	shared := false
	for n.Is("Slice") || n.Is("Pad") {
		if run = append(run, n); n.Input(0) == nil || n.Graph() != r.g || len(run) > depth {
			return out
		}
		in := n.Input(0)
		cropped := slices.Clone(run)
		from := &Expressions{All: []Expression{identity(View{in, f})}}
		if n = in.Producer(); !n.Is("Slice") && !n.Is("Pad") {
			from = r.Read(View{in, f}, depth-len(run))
		}
		if shared = shared || r.hasOtherConsumers(in); shared {
			from = from.withOtherConsumers()
		}
		v := r.followed(from, f, nil, func(channels, axes int) (stencil.Stencil, *refusal.Refusal) { return cropsOf(cropped, channels, axes) })
		for i := range v.All {
			v.All[i].Nodes = append(slices.Clone(cropped), v.All[i].Nodes...)
		}
		out.All = append(out.All, v.All...)
	}
	return out
}

// followed composes what a node of values with a frame computes with everything that its input is read over. The node is
// no affine map, so no layer before it can be the target.
func (r *Reader) followed(inner *Expressions, f Frame, n *graph.Node, of func(channels, axes int) (stencil.Stencil, *refusal.Refusal)) Expressions {
	var out Expressions
	for _, in := range inner.All {
		last := in
		last.Target = nil
		if n != nil {
			last.Nodes = append([]*graph.Node{n}, in.Nodes...)
		}
		last.Evaluate = func(im Image) (Form, *refusal.Refusal) {
			p, why := in.Evaluate(im)
			if why != nil {
				return p, why
			}
			s, why := of(p.Out, f.axesOf(p.Axes()))
			if why == nil {
				s, why = f.image(s)
			}
			if why != nil {
				return p, why
			}
			composed, why := compose(s, p.Stencil, im)
			if why != nil && why.Reason == refusal.Border && onlyCrops(in.Nodes) {
				why = refusal.New(refusal.Misaligned, "%v; pad before the crop", stencil.ErrHidden)
			}
			if why != nil {
				return p, why
			}
			return Form{composed, stencil.Sum(ownCost(n, s), stencil.Product(append(slices.Clone(s.Stride), p.Now)...))}, nil
		}
		out.All = append(out.All, last)
	}
	return out
}

// onlyCrops reports whether there is nothing but crops, pads and samples between two values.
func onlyCrops(nodes []*graph.Node) bool {
	return !slices.ContainsFunc(nodes, func(n *graph.Node) bool { return !n.Is("Slice") && !n.Is("Pad") })
}

// ownCost is the multiply-adds per output position of a node: a pool or a crop multiplies nothing.
func ownCost(n *graph.Node, s stencil.Stencil) int {
	if !isLayer(n) {
		return 0
	}
	return s.Cost(stencil.Geometry{Kernel: s.Terms[0].Size})
}

// compose is outer after inner, or why that is not one stencil.
func compose(outer, inner stencil.Stencil, im Image) (stencil.Stencil, *refusal.Refusal) {
	s, err := stencil.Compose(outer, inner, im.Size)
	if im.AnyBorder && (errors.Is(err, stencil.ErrOverlap) || errors.Is(err, stencil.ErrBorder)) {
		s, err = stencil.ComposeInside(outer, inner)
	}
	switch {
	case err == nil:
		return s, nil
	case errors.Is(err, stencil.ErrOverlap), errors.Is(err, stencil.ErrBorder):
		return s, refusal.New(refusal.Border, "%v; export with the padding in the first convolution, or without a constant between the two", err)
	case errors.Is(err, stencil.ErrTooLarge), errors.Is(err, stencil.ErrTransposed):
		return s, refusal.New(refusal.Unsupported, "%v; it stays as it is", err)
	case errors.Is(err, stencil.ErrHidden):
		return s, refusal.New(refusal.Misaligned, "%v; pad before the crop", err)
	}
	return s, refusal.New(refusal.Misaligned, "%v; the model is invalid, export it again", err)
}

// visitAffine reads a node that computes an affine map, over everything its operand is read over.
func (r *Reader) visitAffine(n *graph.Node, operand int, f Frame, depth int, of func(channels, axes int) (stencil.Affine, *refusal.Refusal)) Expressions {
	inner := r.Read(View{n.Input(operand), f}, depth-1)
	out := Expressions{Why: inner.Why, Missed: inner.Missed}
	for _, in := range inner.All {
		last := in
		last.Nodes = append([]*graph.Node{n}, in.Nodes...)
		last.Evaluate = func(im Image) (Form, *refusal.Refusal) {
			p, why := in.Evaluate(im)
			if why != nil {
				return p, why
			}
			a, why := of(p.Out, p.Axes())
			if why != nil {
				return p, why
			}
			for _, part := range [][]float64{a.Scale, a.Center, a.Shift} {
				if part != nil && len(part) != p.Out {
					return p, refusal.New(refusal.Misaligned, "%s has %d channels, and its input has %d; the model is invalid, export it again", n.Label(), len(part), p.Out)
				}
			}
			return Form{p.Then(a), p.Now}, nil
		}
		out.All = append(out.All, last)
	}
	return out
}

// visitSum reads a sum over the values that all its addends are read over.
func (r *Reader) visitSum(s Sum, f Frame, depth int) Expressions {
	if len(s.Addends) > maxTerms {
		return Expressions{}
	}
	values := make([]*graph.Value, len(s.Addends))
	for i, x := range s.Addends {
		values[i] = x.Value
	}
	return r.together(values, f, depth, func(parts []Expression) (Expression, bool) { return addExpressions(s, parts) })
}

// addExpressions is the sum of expressions over one value.
func addExpressions(s Sum, parts []Expression) (Expression, bool) {
	total := gathered(append([]*graph.Node{s.Node}, s.Helpers...), parts)
	total.Evaluate = func(im Image) (Form, *refusal.Refusal) {
		var out Form
		stencils := make([]stencil.Stencil, len(parts))
		for i, p := range parts {
			part, why := p.Evaluate(im)
			if why != nil {
				return out, why
			}
			stencils[i] = part.Times(s.Factor(i))
			out.Now = stencil.Sum(out.Now, part.Now)
		}
		added, err := stencil.Add(stencils...)
		if err != nil {
			return out, refusal.New(refusal.Misaligned, "its addends have %v; they merge only where these are equal", err)
		}
		return Form{added, out.Now}, nil
	}
	return total, total.terms <= maxTerms
}
