package absorb

import (
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
	"github.com/acdeploy/acdeploy/passes/internal/emit"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// convTarget is a convolution.
type convTarget struct {
	node *graph.Node
	conv stencil.Conv
}

func readConv(n *graph.Node) (target, *refusal.Refusal) {
	c, why := algebra.ReadConv(n)
	if why != nil {
		return nil, why
	}
	return convTarget{n, c}, nil
}

func (h convTarget) label() string { return h.node.Label() }

func (h convTarget) result() algebra.Axis {
	return algebra.Axis{Front: 1, Back: len(h.conv.Kernel), Channels: h.conv.Out}
}

func (h convTarget) operand() algebra.Axis {
	return algebra.Axis{Front: 1, Back: len(h.conv.Kernel), Channels: h.conv.In}
}

func (h convTarget) after(a stencil.Affine) (change, *refusal.Refusal) {
	return h.become(stencil.Of(h.conv).Then(a))
}

func (h convTarget) before(a stencil.Affine) (change, *refusal.Refusal) {
	s, err := stencil.Of(h.conv).After(a)
	if err != nil {
		return change{}, refusal.New(refusal.PaddingMode, "%v; it folds if the padding comes before the constant", err)
	}
	return h.become(s)
}

func (h convTarget) scaled(out, in []float64) (change, *refusal.Refusal) {
	s, err := stencil.Of(h.conv).Then(stencil.Affine{Scale: out}).After(stencil.Affine{Scale: in})
	if err != nil {
		return change{}, refusal.New(refusal.PaddingMode, "%v", err)
	}
	return h.become(s)
}

// become plans the convolution with other taps and bias in the same places.
func (h convTarget) become(s stencil.Stencil) (change, *refusal.Refusal) {
	lowered, err := s.Lower(h.conv.Geometry())
	if err != nil {
		return change{}, refusal.New(refusal.Misaligned, "%v", err)
	}
	plan, why := emit.PlanConv(lowered, h.node.Input(1).Elem())
	return change{apply: func() { plan.Apply(h.node) }, constant: plan.Bias}, why
}
