package model

import (
	"slices"

	"github.com/acdeploy/acdeploy/graph"
)

// View is a model with other outputs: those of a second model, as far as it has these values. With it two models are compared
// of which a pass gave the second other outputs on purpose.
//
//	first    x ──▶ body ──▶ features ──▶ head ──▶ logits
//	second   x ──▶ body ──▶ features
//	view     x ──▶ body ──▶ features ──▶ head                  features is its output
type View struct {
	Model *graph.Model
	// Lost are the outputs of the second model that are no result and no input of the first.
	Lost   []*graph.Value
	copies map[*graph.Value]*graph.Value // by what they are copies of
}

// ViewAt is the first model with the outputs of the second, under their names and with their types. origin gives the value of the first
// that one of the second is; nil for none.
func ViewAt(first, second *graph.Model, origin func(*graph.Value) *graph.Value) View {
	m := first.Clone()
	w := View{Model: m, copies: copiesIn(m)}
	var outputs []*graph.Value
	for _, v := range second.Graph.Outputs() {
		was := w.copies[origin(v)]
		if was == nil || was.Graph() != m.Graph || slices.Contains(outputs, was) {
			w.Lost = append(w.Lost, v)
			continue
		}
		call(was, v.Name())
		was.Type = v.Type
		outputs = append(outputs, was)
	}
	m.Graph.SetOutputs(outputs...)
	return w
}

// Origin is the view's value that one of a clone of the first model is a copy of; nil where there is none, as [graph.Value.Origin].
func (w View) Origin(v *graph.Value) *graph.Value { return w.copies[v.Origin()] }

// copiesIn are the inputs and results in a clone, by what they are copies of.
func copiesIn(m *graph.Model) map[*graph.Value]*graph.Value {
	copies := map[*graph.Value]*graph.Value{}
	note := func(v *graph.Value) {
		if v != nil && v.Origin() != nil {
			copies[v.Origin()] = v
		}
	}
	for g := range m.Graph.All() {
		for _, v := range g.Inputs() {
			note(v)
		}
		for n := range g.Nodes() {
			for k := range n.NumOutputs() {
				note(n.Output(k))
			}
		}
	}
	return copies
}

// call gives a value a name, which another one may have.
func call(v *graph.Value, name string) {
	if other := v.Graph().Lookup(name); other != nil && other != v {
		other.Rename(v.Graph().FreshName(name))
	}
	v.Rename(name)
}
