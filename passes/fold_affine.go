package passes

import (
	"context"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/stencil"
	"github.com/acdeploy/acdeploy/tensor"
)

const foldAffineDoc = `folds Mul, Add, Sub and Div by constants into the convolution beside them

Before: Conv(x, W, b)·m + c
After:  Conv(x, m·W, m·b + c), per output channel

In front of a convolution a product always folds, and a sum where the convolution reads no padding.
The constant must be one number, or one per channel: every axis of it is 1 but the channel's.`

// FoldAffine folds element-wise arithmetic with constants into Conv.
type FoldAffine struct{}

var _ pipeline.Pass = (*FoldAffine)(nil)

// Run folds every Mul, Add, Sub, Div and Neg that it can.
func (*FoldAffine) Run(ctx context.Context, g *graph.Graph) (pipeline.Summary, error) {
	var sum pipeline.Summary
	for sub := range g.All() {
		for n := range sub.Nodes() {
			operand, ok := affineOperand(n)
			if !ok || !besideConv(n, operand) {
				continue
			}
			a, why := readAffine(n, operand)
			if !foldNode(ctx, n, operand, a, why, &sum) {
				return sum, nil
			}
		}
	}
	return sum, nil
}

// affineOperand returns which input of an element-wise node is the image, the other being constant.
func affineOperand(n *graph.Node) (int, bool) {
	switch {
	case n.Output(0) == nil:
		return 0, false
	case n.Is("Neg"):
		return 0, n.Input(0) != nil
	case !n.Is("Mul") && !n.Is("Add") && !n.Is("Sub") && !n.Is("Div"), n.NumInputs() != 2:
		return 0, false
	}
	for i := range 2 {
		other := n.Input(1 - i)
		if n.Input(i) != nil && !n.Input(i).IsInitializer() && other != nil && other.IsInitializer() {
			return i, true
		}
	}
	return 0, false
}

// besideConv reports whether a convolution stands directly before or behind n.
func besideConv(n *graph.Node, operand int) bool {
	if n.Input(operand).Producer().Is("Conv") {
		return true
	}
	use := n.Output(0).OnlyUse()
	return use != nil && use.Index == 0 && use.Node.Is("Conv")
}

// readAffine returns the affine map of Mul, Add, Sub, Div or Neg with a constant. The rank and the
// number of channels are those of the convolution beside it.
func readAffine(n *graph.Node, operand int) (stencil.Affine, *refusal) {
	var none stencil.Affine
	if n.Graph().Opset() < 7 {
		return none, refuse(Unsupported, "element-wise operators broadcast differently before opset 7")
	}
	rank, channels, why := imageBeside(n, operand)
	if why != nil {
		return none, why
	}
	if n.Is("Neg") {
		return negation(channels), nil
	}
	t, why := parameter(n, 1-operand, "constant")
	if why != nil {
		return none, why
	}
	c, ok := channelConstant(t, rank, channels)
	if !ok {
		return none, refuse(NotChannel, "constant %q of shape [%s] is not one number per channel of an image with %d channels and %d axes",
			n.Input(1-operand).Name(), tensor.FormatShape(t.Shape()), channels, rank)
	}
	return affineOf(n, operand, c)
}

// negation is x·(−1).
func negation(channels int) stencil.Affine {
	return stencil.Affine{Scale: slices.Repeat([]float64{-1}, channels)}
}

// affineOf is x·c, x+c, x−c, c−x or x/c.
func affineOf(n *graph.Node, operand int, c []float64) (stencil.Affine, *refusal) {
	switch {
	case n.Is("Mul"):
		return stencil.Affine{Scale: c}, nil
	case n.Is("Add"):
		return stencil.Affine{Shift: c}, nil
	case n.Is("Sub") && operand == 0:
		return stencil.Affine{Center: c}, nil
	case n.Is("Sub"):
		return stencil.Affine{Scale: slices.Repeat([]float64{-1}, len(c)), Shift: c}, nil
	case operand == 1:
		return stencil.Affine{}, refuse(Unsupported, "a constant divided by the image is not linear")
	}
	inverse := make([]float64, len(c))
	for i, v := range c {
		if v == 0 {
			return stencil.Affine{}, refuse(NonFinite, "constant %q divides by zero in channel %d", n.Input(1).Name(), i)
		}
		inverse[i] = 1 / v
	}
	return stencil.Affine{Scale: inverse}, nil
}

// imageBeside returns the number of axes and channels of the image that n changes, from the
// convolution before or behind it.
func imageBeside(n *graph.Node, operand int) (rank, channels int, why *refusal) {
	in := n.Input(operand)
	if conv := in.Producer(); conv.Is("Conv") {
		w, why := parameter(conv, 1, "weight")
		if why != nil {
			return 0, 0, why
		}
		return w.Rank(), int(w.Shape()[0]), nil
	}
	conv := n.Output(0).OnlyUse().Node
	c, why := readConv(conv)
	if why != nil {
		return 0, 0, why
	}
	rank = len(c.Kernel) + 2
	if n.Is("Neg") {
		return rank, c.In, nil
	}
	t := n.Input(1 - operand).Constant()
	if t == nil {
		return rank, c.In, nil // readAffine says why
	}
	// The image is not the convolution's own input: the constant may have widened it to the channels of
	// the convolution, or raised its rank.
	if t.Len() > 1 {
		if known, ok := channelsOf(in); !ok || known != c.In {
			return 0, 0, refuse(NotChannel, "the number of channels of %q is not known", in.Name())
		}
	}
	if t.Rank() == rank {
		if known, ok := rankOf(in); !ok || known != rank {
			return 0, 0, refuse(NotChannel, "the number of axes of %q is not known", in.Name())
		}
	}
	return rank, c.In, nil
}

// channelConstant spreads a constant over the channels of an image; false when it is not one number
// per channel: it has no more axes than the image, all of them 1 but the channel's, which is 1 or
// the number of channels.
func channelConstant(t *tensor.Tensor, rank, channels int) ([]float64, bool) {
	if t.Rank() > rank {
		return nil, false
	}
	channelAxis := 1 - (rank - t.Rank())
	for axis, size := range t.Shape() {
		if size != 1 && (axis != channelAxis || size != int64(channels)) {
			return nil, false
		}
	}
	values := t.Float64s()
	if len(values) == 1 {
		return slices.Repeat(values, channels), true
	}
	return values, true
}

// channelsOf is the number of channels of an image, where the nodes before it or the graph's inputs
// tell.
func channelsOf(v *graph.Value) (int, bool) {
	v = origin(v)
	switch n := v.Producer(); {
	case v.IsInput() && v.Type.Ranked && len(v.Type.Shape) > 1 && v.Type.Shape[1].Size >= 0:
		return int(v.Type.Shape[1].Size), true
	case n.Is("Conv"), n.Is("BatchNormalization"):
		if w := n.Input(1); w != nil && w.Data() != nil && w.Data().Rank() > 0 {
			return int(w.Data().Shape()[0]), true
		}
	}
	return 0, false
}

// rankOf is the number of axes of an image, where the same tell.
func rankOf(v *graph.Value) (int, bool) {
	v = origin(v)
	for v.Producer().Is("BatchNormalization") && v.Producer().Input(0) != nil {
		v = origin(v.Producer().Input(0))
	}
	switch n := v.Producer(); {
	case v.IsInput() && v.Type.Ranked:
		return len(v.Type.Shape), true
	case n.Is("Conv"):
		if w := n.Input(1); w != nil && w.Data() != nil {
			return w.Data().Rank(), true
		}
	}
	return 0, false
}

// origin goes back over nodes that keep rank and channels.
func origin(v *graph.Value) *graph.Value {
	for range 16 {
		switch n := v.Producer(); {
		case n == nil || n.Input(0) == nil:
			return v
		case n.Is("Relu"), n.Is("Clip"), n.Is("Sigmoid"), n.Is("HardSwish"), n.Is("HardSigmoid"), n.Is("LeakyRelu"), n.Is("Tanh"),
			n.Is("Identity"), n.Is("MaxPool"), n.Is("AveragePool"), n.Is("GlobalAveragePool"):
			v = n.Input(0)
		default:
			return v
		}
	}
	return v
}

// foldNode folds a node that computes an affine map of its operand into the convolution beside it, or
// records why not; false when the budget of rewrites is spent.
func foldNode(ctx context.Context, n *graph.Node, operand int, a stencil.Affine, why *refusal, sum *pipeline.Summary) bool {
	var f affineFold
	if why == nil {
		f, why = planFold(n, operand, a)
	}
	if why != nil {
		sum.Refused(n.Label(), why.reason, "%s", why.detail)
		return true
	}
	if !pipeline.Allow(ctx) {
		return false
	}
	sum.Rewrote(n.Label(), "%s folded into %s", n.OpType, f.conv.Label())
	f.apply()
	return true
}

// affineFold is a node to be folded into a convolution, with nothing changed yet.
type affineFold struct {
	node    *graph.Node
	operand int
	conv    *graph.Node
	plan    convPlan
}

// planFold folds n into the convolution before it, or else behind it.
func planFold(n *graph.Node, operand int, a stencil.Affine) (affineFold, *refusal) {
	in, out := n.Input(operand), n.Output(0)
	conv, why := convBefore(in)
	front := false
	if why != nil {
		next := out.OnlyUse()
		if next == nil || next.Index != 0 || !next.Node.Is("Conv") {
			return affineFold{}, why
		}
		conv, front = next.Node, true
	}
	plan, why := planAffine(conv, a, front)
	if why == nil && (conv.Graph() != n.Graph() || !graph.CanReplace(out, in)) {
		why = refuse(SharedOutput, "%q is in another graph or is an output", out.Name())
	}
	return affineFold{n, operand, conv, plan}, why
}

// convBefore is the convolution that v comes from, when nobody else uses v.
func convBefore(v *graph.Value) (*graph.Node, *refusal) {
	n := v.Producer()
	if !n.Is("Conv") {
		return nil, refuse(NoConvolution, "%q does not come from a convolution", v.Name())
	}
	return n, soleUse(v)
}

func (f affineFold) apply() {
	in, out := f.node.Input(f.operand), f.node.Output(0)
	f.plan.apply(f.conv)
	graph.ReplaceAllUses(out, in)
	f.node.Graph().Remove(f.node)
}

// planAffine computes a convolution with an affine map after it, or in front of it.
func planAffine(n *graph.Node, a stencil.Affine, front bool) (convPlan, *refusal) {
	c, why := readConv(n)
	if why != nil {
		return convPlan{}, why
	}
	s := stencil.Of(c)
	channels := c.Out
	if front {
		channels = c.In
	}
	for _, part := range [][]float64{a.Scale, a.Center, a.Shift} {
		if part != nil && len(part) != channels {
			return convPlan{}, refuse(Misaligned, "it has %d channels, convolution %s has %d", len(part), n.Label(), channels)
		}
	}
	if front {
		var err error
		if s, err = s.After(a); err != nil {
			return convPlan{}, refuse(PaddingMode, "%v", err)
		}
	} else {
		s = s.Then(a)
	}
	lowered, err := s.Lower(geometry(c))
	if err != nil {
		return convPlan{}, refuse(Misaligned, "%v", err)
	}
	return planConv(lowered, n.Input(1).Elem())
}
