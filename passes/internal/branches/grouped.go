package branches

import (
	"fmt"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
	"github.com/acdeploy/acdeploy/passes/internal/emit"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// Grouped is convolutions of the parts of a value whose results are joined, as one convolution with groups.
type Grouped struct {
	concat *graph.Node
	cuts   []*graph.Node // what each part comes from: a Split, or Slices
	layers []*graph.Node
	plan   emit.Conv
}

// PlanGrouped reads a Concat of convolutions, one of each part of a value in order, which a Split or Slices make. Nil without a reason
// for anything else.
func PlanGrouped(concat *graph.Node, known *shapes.Shapes) (*Grouped, *refusal.Refusal) {
	g := &Grouped{concat: concat}
	for i, v := range concat.Inputs() {
		n := v.Producer()
		if !n.Is("Conv") || n.Graph() != concat.Graph() || v.OnlyUse() == nil || n.Input(1) == nil {
			return nil, nil
		}
		part := n.Input(0)
		cut := part.Producer()
		if !cut.Is("Split") && !cut.Is("Slice") || cut.Is("Split") && part.ProducerIndex() != i || part.OnlyUse() == nil || cut.Graph() != concat.Graph() {
			return nil, nil
		}
		g.cuts, g.layers = append(g.cuts, cut), append(g.layers, n)
	}
	if len(g.layers) < 2 || !g.areChannels(known) {
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

// areChannels reports whether the parts are all channels of one value in order, and the Concat joins channels.
func (g *Grouped) areChannels(known *shapes.Shapes) bool {
	rank, ok := known.Rank(g.concat.Output(0))
	if !ok {
		return false
	}
	if axis, err := op.ConcatAxis(g.concat, rank); err != nil || axis != 1 {
		return false
	}
	first := g.cuts[0]
	if first.Is("Split") {
		said, err := op.ReadSplit(first, rank, op.Constant)
		return err == nil && said.Axis == 1 && first.NumOutputs() == len(g.layers) && !slices.ContainsFunc(g.cuts, func(n *graph.Node) bool { return n != first })
	}
	shape, ok := known.Shape(first.Input(0))
	if !ok || len(shape) != rank {
		return false
	}
	next := int64(0)
	channels, ok := shape[1].Size()
	for _, cut := range g.cuts {
		s, err := op.ReadSlice(cut, rank, op.Constant)
		if !ok || err != nil || cut.Input(0) != first.Input(0) || !slices.Equal(s.Axes, []int{1}) || s.Steps[0] != 1 {
			return false
		}
		from, count := op.Taken(s.Starts[0], s.Ends[0], 1, channels)
		if count < 1 || from != next {
			return false
		}
		next += count
	}
	return next == channels
}

// String says what becomes of the convolutions.
func (g *Grouped) String() string {
	return fmt.Sprintf("%d convolutions of the parts of %s became one with groups", len(g.layers), g.cuts[0].Label())
}

// Apply puts the convolution with groups in place.
func (g *Grouped) Apply() {
	n := g.plan.Build(g.layers[0], g.cuts[0].Input(0), g.concat)
	graph.ReplaceAllUses(g.concat.Output(0), n.Output(0))
	emit.RemoveIfUnused(g.concat)
	for _, layer := range g.layers {
		emit.RemoveIfUnused(layer)
	}
	for _, cut := range slices.Compact(g.cuts) {
		emit.RemoveIfUnused(cut)
	}
}
