package absorb

import (
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// Balance is layers between which positive scales may move. The result of each layer in front is multiplied by the scales
// of its channels, each layer behind divides by them, and what is between lets them pass, so no answer changes.
//
//	Conv ──▶ Relu ──┐
//	                ├─▶ Add ──▶ MaxPool ──▶ Conv      a channel of the three layers has one scale
//	Conv ───────────┘
//
// Every node that gives or reads a value in between is looked at. A layer may stand on both sides.
type Balance struct {
	Classes       int // of channels that have one scale
	Front, Behind []Layer
	Pins          []Pin // what keeps channels from being scaled

	values []*graph.Value // in between
}

// Layer is a node with constant weights, and the class of each of its output channels, or of its input channels where it is
// behind. The class is −1 for a channel that keeps its scale.
type Layer struct {
	Node  *graph.Node
	Class []int

	target target
}

// Pin is a value in between that keeps its numbers.
type Pin struct {
	Value *graph.Value
	Why   *refusal.Refusal
}

// Between finds what a layer has to be balanced with, starting from what it computes; false where n is no layer with constant
// weights, or where there is too much of it: then the layers in front are those that were found. Nothing of the graph changes.
func Between(n *graph.Node, known *shapes.Shapes) (Balance, bool) {
	to, why := readTarget(n, nil, known)
	if to == nil || why != nil || n.Output(0) == nil {
		return Balance{}, false
	}
	b := balancing{graph: n.Graph(), known: known, classes: classes{0}, labels: map[*graph.Value]labels{}, front: map[*graph.Node]bool{}, behind: map[*graph.Node]bool{}}
	b.visit(resultOf(to, n))
	for len(b.open) > 0 {
		if len(b.values) > maxBalanced {
			return Balance{Front: b.Front}, false
		}
		v := b.open[0]
		b.open = b.open[1:]
		b.neighbours(v)
	}
	b.number()
	return b.Balance, true
}

// resultOf is the value that a target computes: the sum with its bias where another node adds that.
func resultOf(to target, n *graph.Node) *graph.Value {
	if m, ok := to.(matMul); ok && m.add != nil {
		return m.add.Output(0)
	}
	return n.Output(0)
}

// Plan makes the change that gives each class its scale. Scales are positive.
func (b Balance) Plan(scale []float64) (func(), *refusal.Refusal) {
	inverse := make([]float64, len(scale))
	for i, s := range scale {
		inverse[i] = 1 / s
	}
	behind := map[*graph.Node]Layer{}
	for _, l := range b.Behind {
		behind[l.Node] = l
	}
	var edits []func()
	scaled := func(l Layer, out, in []float64) *refusal.Refusal {
		made, why := l.target.scaled(out, in)
		edits = append(edits, made.apply)
		return why
	}
	for _, l := range b.Front {
		var in []float64
		if other, both := behind[l.Node]; both {
			in = other.of(inverse)
			delete(behind, l.Node)
		}
		if why := scaled(l, l.of(scale), in); why != nil {
			return nil, why
		}
	}
	for _, l := range b.Behind {
		if _, left := behind[l.Node]; left {
			if why := scaled(l, nil, l.of(inverse)); why != nil {
				return nil, why
			}
		}
	}
	return func() {
		for _, v := range b.values {
			v.Redefine()
		}
		for _, edit := range edits {
			edit()
		}
	}, nil
}

// of is the scale of each channel.
func (l Layer) of(scale []float64) []float64 {
	out := make([]float64, len(l.Class))
	for channel, class := range l.Class {
		out[channel] = 1
		if class >= 0 {
			out[channel] = scale[class]
		}
	}
	return out
}
