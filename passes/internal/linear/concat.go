package linear

import (
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// visitConcat reads a Concat of channels over the values that all of its parts are read over.
func (r *Reader) visitConcat(n *graph.Node, f Frame, depth int) Expressions {
	if n.NumInputs() > maxTerms || n.AbsentInputs() > 0 || !r.joinsChannels(n, f) {
		return Expressions{}
	}
	var values []*graph.Value // each once
	places := make([]int, n.NumInputs())
	for i, v := range n.Inputs() {
		if places[i] = slices.Index(values, v); places[i] < 0 {
			places[i] = len(values)
			values = append(values, v)
		}
	}
	return r.together(values, f, depth, func(parts []Expression) (Expression, bool) { return joined(n, places, parts) })
}

// joinsChannels reports whether a Concat joins along the axis of the channels.
func (r *Reader) joinsChannels(n *graph.Node, f Frame) bool {
	said, err := op.Of(n)
	if err != nil || n.NumInputs() == 0 {
		return false
	}
	axis := said.Int("axis")
	if axis < 0 {
		rank, ok := r.known.Rank(n.Output(0))
		if !ok {
			return false
		}
		axis += int64(rank)
	}
	return axis == int64(f.place(1))
}

// together reads what a node makes of several values, over each value that all of them are read over.
func (r *Reader) together(values []*graph.Value, f Frame, depth int, join func(parts []Expression) (Expression, bool)) Expressions {
	read := []*Expressions{}
	for _, v := range values {
		read = append(read, r.Read(View{v, f}, depth-1))
	}
	var out Expressions
next:
	for _, first := range read[0].All {
		parts := []Expression{first}
		for _, p := range read[1:] {
			i := slices.IndexFunc(p.All, func(x Expression) bool { return x.Input == first.Input })
			if i < 0 {
				continue next
			}
			parts = append(parts, p.All[i])
		}
		if x, ok := join(parts); ok {
			out.All = append(out.All, x)
		}
	}
	return out
}

// gathered is the expression of a node over several ones over one value, without what it computes.
func gathered(nodes []*graph.Node, parts []Expression) Expression {
	total := Expression{Input: parts[0].Input, Nodes: nodes}
	for _, p := range parts {
		total.terms += p.terms
		total.Nodes, total.Layers = append(total.Nodes, p.Nodes...), append(total.Layers, p.Layers...)
		if total.Channels == 0 || p.Certain && !total.Certain {
			total.Channels, total.axes, total.Certain = p.Channels, p.axes, p.Certain
		}
		total.Widens, total.Moved = total.Widens || p.Widens, total.Moved || p.Moved
		if total.Source == nil {
			total.Source = p.Source
		}
	}
	return total
}

// joined is the Concat of expressions over one value, the i-th operand being the one at places[i].
func joined(n *graph.Node, places []int, parts []Expression) (Expression, bool) {
	total := gathered([]*graph.Node{n}, parts)
	total.Moved = true
	total.Evaluate = func(im Image) (Form, *refusal.Refusal) {
		forms := make([]Form, len(parts))
		now := 0
		for i, p := range parts {
			var why *refusal.Refusal
			if forms[i], why = p.Evaluate(im); why != nil {
				return forms[i], why
			}
			now = stencil.Sum(now, forms[i].Now)
		}
		stencils := make([]stencil.Stencil, len(places))
		channels := 0
		for i, at := range places {
			stencils[i] = forms[at].Stencil
			channels = stencil.Sum(channels, stencils[i].Out)
		}
		if channels > op.MaxExtent {
			return Form{}, refusal.New(refusal.Unsupported, "it joins more channels than any image has")
		}
		stacked, err := stencil.Stack(im.Size, stencils...)
		if err != nil {
			return Form{}, refusal.New(refusal.Misaligned, "it joins %v; only channels at the same strides are one convolution", err)
		}
		return Form{stacked, now}, nil
	}
	return total, total.terms <= maxTerms
}
