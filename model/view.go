package model

import (
	"slices"

	"github.com/acdeploy/acdeploy/graph"
)

// View is a model with the inputs and outputs of a second model, as far as it has these values. With it two models are compared
// of which a pass gave the second others on purpose: where they meet.
//
//	first    x ──▶ body ──▶ features ──▶ head ──▶ logits
//	second   image ──▶ Resize ──▶ x ──▶ body ──▶ features
//	view     image ──▶ Resize ──▶ x ──▶ body ──▶ features ──▶ head      features is its output
//
// What the second computes before an input of the first is copied, since nothing of the first is its counterpart. An input of the
// second that is a result of the first is an input of the view, and what computed it is gone.
type View struct {
	Model *graph.Model // a copy that can be saved and run
	// Lost are the outputs of the second model that are no result and no input of the first.
	Lost []*graph.Value
	// Fed are the names of the inputs of the first that the view computes as the second does, and Cut those of its inputs that are results
	// of the first.
	Fed, Cut []string
	New      int                           // nodes that were copied to compute Fed
	copies   map[*graph.Value]*graph.Value // by what they are copies of
	first    *graph.Model
}

// ViewAt is the first model with the inputs and outputs of the second, under their names and with their types. Entrances are the second
// as each pass left it that changed the inputs, one after the other; none where they are those of the first. Origin gives the value of the
// first that one of the second or of an entrance is; nil for none. It is an error where the inputs do not meet.
func ViewAt(first, second *graph.Model, entrances []*graph.Model, origin func(*graph.Value) *graph.Value) (View, error) {
	m := first.Clone()
	w := View{Model: m, copies: copiesIn(m), first: first}
	m.Graph.SetOutputs()
	for _, at := range entrances {
		if err := w.enter(at, second, origin); err != nil {
			return w, err
		}
	}
	var outputs []*graph.Value
	for _, v := range second.Graph.Outputs() {
		was := w.output(v, origin)
		if was == nil || was.Graph() != m.Graph || slices.Contains(outputs, was) {
			w.Lost = append(w.Lost, v)
			continue
		}
		call(was, v.Name())
		was.SetType(v.Type())
		outputs = append(outputs, was)
	}
	m.Graph.SetOutputs(outputs...)
	return w, nil
}

// output is the value of the view that an output of the second is compared with: the output of the first that has its name and type, since
// who reads it by its name takes it for that, and otherwise the value that it is a copy of; nil for one that is no copy.
func (w *View) output(v *graph.Value, origin func(*graph.Value) *graph.Value) *graph.Value {
	if was := w.first.Graph.Lookup(v.Name()); origin(v) != nil && was.IsOutput() && was.Type().String() == v.Type().String() {
		return w.copies[was]
	}
	return w.copies[origin(v)]
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
