package passes

import (
	"context"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/stencil"
)

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
