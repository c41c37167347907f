package reduce

import (
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/extract"
	"github.com/acdeploy/acdeploy/tensor"
)

// subgraphs takes what is in sub-graphs out of them, where the fault is there, and otherwise leaves few nodes in each.
func (r *reducer) subgraphs() {
	for r.unwrap() {
		r.nodes()
	}
	for at := 1; r.err == nil; at++ { // the main graph is the first
		graphs := slices.Collect(r.best.Graph.All())
		if at >= len(graphs) {
			return
		}
		r.body(at, graphs[at].Len())
	}
}

// unwrap replaces the model by what one of its sub-graphs computes.
func (r *reducer) unwrap() bool {
	types := extract.Types(r.best)
	for g := range r.best.Graph.All() {
		if g == r.best.Graph {
			continue
		}
		var ends []*graph.Value
		for _, v := range g.Outputs() {
			if v.Graph() == g && v.Producer() != nil && !slices.Contains(ends, v) {
				ends = append(ends, v)
			}
		}
		m, err := r.best.Cut(nil, ends...)
		if err != nil || slices.ContainsFunc(m.Graph.Inputs(), func(v *graph.Value) bool { return v.Type().Elem == tensor.Undefined }) {
			continue
		}
		types.Declare(m)
		if r.try(m) {
			return true
		}
	}
	return false
}

// body finds few nodes of a sub-graph.
func (r *reducer) body(at, nodes int) {
	base := r.best
	types := extract.Types(base)
	fewest(nodes, 0, func(keep []int) bool { return r.try(without(base, types, at, keep)) })
}

// without is a copy of a model whose sub-graph of a number has only some of its nodes. What the others computed is an input of the
// model, which the sub-graph captures. It is nil where that is no model.
func without(base *graph.Model, types extract.Typing, at int, keep []int) *graph.Model {
	m := base.Clone()
	g := slices.Collect(m.Graph.All())[at]
	var gone []*graph.Node
	for i, n := range listed(g) {
		if !slices.Contains(keep, i) {
			gone = append(gone, n)
		}
	}
	outputs := g.Outputs()
	for _, n := range slices.Backward(gone) {
		for i := range n.NumOutputs() {
			v := n.Output(i)
			if v == nil || !v.Used() {
				continue
			}
			typ, err := types.Input(v.Origin())
			if err != nil {
				return nil
			}
			in, err := m.Graph.AddInput(m.Graph.FreshName(v.Name()), typ)
			if err != nil {
				return nil
			}
			outputs = captured(g, outputs, v, in, typ)
			if !graph.CanReplace(v, in) {
				return nil // an output of a sub-graph inside
			}
			graph.ReplaceAllUses(v, in)
		}
		g.Remove(n)
	}
	return m
}

// captured lets an Identity hand on a value that has become one of the graph around the sub-graph, where it is an output.
func captured(g *graph.Graph, outputs []*graph.Value, v, in *graph.Value, typ graph.Type) []*graph.Value {
	if !slices.Contains(outputs, v) {
		return outputs
	}
	n := graph.NewNode("Identity", in)
	out := g.NewValue(v.Name())
	out.SetType(typ)
	n.TakeOutput(out)
	g.Append(n)
	for i := range outputs {
		if outputs[i] == v {
			outputs[i] = out
		}
	}
	g.SetOutputs(outputs...)
	return outputs
}
