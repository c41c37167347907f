package branches

import (
	"fmt"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
	"github.com/acdeploy/acdeploy/passes/internal/emit"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// Grouped is convolutions of the parts of a Split whose results are joined, as one convolution with groups.
type Grouped struct {
	concat, split *graph.Node
	layers        []*graph.Node
	plan          emit.Conv
}

// PlanGrouped reads a Concat of convolutions, one of each part of a Split in order. Nil without a reason for anything
// else.
func PlanGrouped(concat *graph.Node, known *shapes.Shapes) (*Grouped, *refusal.Refusal) {
	g := &Grouped{concat: concat}
	for i, v := range concat.Inputs() {
		n := v.Producer()
		if !n.Is("Conv") || n.Graph() != concat.Graph() || v.OnlyUse() == nil || n.Input(1) == nil {
			return nil, nil
		}
		part := n.Input(0)
		split := part.Producer()
		if i == 0 {
			g.split = split
		}
		if split == nil || split != g.split || !split.Is("Split") || part.ProducerIndex() != i || part.OnlyUse() == nil {
			return nil, nil
		}
		g.layers = append(g.layers, n)
	}
	if len(g.layers) < 2 || g.split.NumOutputs() != len(g.layers) || g.split.Graph() != concat.Graph() || !g.areChannels(known) {
		return nil, nil
	}
	parts := make([]stencil.Conv, len(g.layers))
	elem := g.layers[0].Input(1).Elem()
	for i, n := range g.layers {
		var why *refusal.Refusal
		if parts[i], why = algebra.ReadConv(n); why != nil {
			return nil, why
		}
		if other := n.Input(1).Elem(); other != elem {
			return nil, refusal.New(refusal.ElementType, "its weight is %s, and that of %s is %s; export the model in one type", elem, n.Label(), other)
		}
	}
	all, err := stencil.Beside(parts...)
	if err != nil {
		return nil, refusal.New(refusal.Misaligned, "it joins %v; only convolutions that are alike are one with groups", err)
	}
	var why *refusal.Refusal
	g.plan, why = emit.PlanConv(all, elem)
	return g, why
}

// areChannels reports whether the Split and the Concat are along the channels.
func (g *Grouped) areChannels(known *shapes.Shapes) bool {
	rank, ok := known.Rank(g.concat.Output(0))
	if !ok {
		return false
	}
	said, err := op.ReadSplit(g.split, rank, op.Constant)
	axis, err2 := op.ConcatAxis(g.concat, rank)
	return err == nil && err2 == nil && said.Axis == 1 && axis == 1
}

// String says what becomes of the convolutions.
func (g *Grouped) String() string {
	return fmt.Sprintf("%d convolutions of the parts of %s became one with groups", len(g.layers), g.split.Label())
}

// Apply puts the convolution with groups in place.
func (g *Grouped) Apply() {
	n := g.plan.Build(g.layers[0], g.split.Input(0), g.concat)
	graph.ReplaceAllUses(g.concat.Output(0), n.Output(0))
	emit.RemoveIfUnused(g.concat)
	for _, layer := range g.layers {
		emit.RemoveIfUnused(layer)
	}
	emit.RemoveIfUnused(g.split)
}
