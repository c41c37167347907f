// Package extract cuts a part out of a model, between values that have names.
//
//	x ─ Conv ─ a ─ Relu ─ b ─ Conv ─ c        the model
//	           a ─ Relu ─ b                   from a to b
//
// The part shares the weights of the model, which stay in its file: cutting costs no memory to speak of.
package extract

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/tensor"
)

// Cut returns the part of a model that computes the values to from the values from. Without from it begins at the inputs of
// the model, and without to it ends at its outputs. What it needs besides from stays an input. Values of sub-graphs can be
// named, too; see [Find].
func Cut(m *graph.Model, from, to []string) (*graph.Model, error) {
	types := Types(m)
	cut := map[*graph.Value]graph.Type{}
	for _, name := range from {
		v, err := Find(m, name)
		if err != nil {
			return nil, err
		}
		if cut[v], err = types.Input(v); err != nil {
			return nil, err
		}
	}
	ends := m.Graph.Outputs()
	if len(to) > 0 {
		ends = nil
	}
	for _, name := range to {
		v, err := Find(m, name)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(ends, v) {
			ends = append(ends, v)
		}
	}
	p, err := m.Cut(cut, ends...)
	if err != nil {
		return nil, err
	}
	for v := range cut {
		if !slices.ContainsFunc(p.Graph.Inputs(), func(in *graph.Value) bool { return in.Origin() == v }) {
			return nil, fmt.Errorf("nothing between reads %q: it leads to none of %s", v.Name(), names(ends))
		}
	}
	types.Declare(p)
	return p, op.Check(p.Graph)
}

func names(values []*graph.Value) string {
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = fmt.Sprintf("%q", v.Name())
	}
	return strings.Join(list, ", ")
}

// Find finds a value by its name. The name of a value in a sub-graph that others have, too, is written after the node and the
// attribute that hold the sub-graph: NODE.ATTRIBUTE/NAME.
func Find(m *graph.Model, name string) (*graph.Value, error) {
	found, known := map[string]*graph.Value{}, []string{}
	eachGraph(m.Graph, "", func(g *graph.Graph, path string) {
		for v := range values(g) {
			if v.Name() == name || path+v.Name() == name {
				found[path+v.Name()] = v
			}
			known = append(known, v.Name())
		}
	})
	if v := found[name]; v != nil {
		return v, nil
	}
	switch places := sortedKeys(found); len(places) {
	case 0:
		return nil, fmt.Errorf("the model has no value %q%s", name, catalog.Suggest(name, known))
	case 1:
		return found[places[0]], nil
	default:
		return nil, fmt.Errorf("%d values are called %q; give one of %s", len(places), name, strings.Join(places, ", "))
	}
}

func sortedKeys(m map[string]*graph.Value) []string {
	var list []string
	for k := range m {
		list = append(list, k)
	}
	slices.Sort(list)
	return list
}

// eachGraph visits a graph and its sub-graphs, each with what goes before the names of its values.
func eachGraph(g *graph.Graph, path string, visit func(g *graph.Graph, path string)) {
	visit(g, path)
	for n := range g.Nodes() {
		for _, a := range n.Attrs() {
			if a.Graph != nil {
				eachGraph(a.Graph, path+n.Label()+"."+a.Name+"/", visit)
			}
			for i, sub := range a.Graphs {
				eachGraph(sub, fmt.Sprintf("%s%s.%s.%d/", path, n.Label(), a.Name, i), visit)
			}
		}
	}
}

// values are those of one graph.
func values(g *graph.Graph) func(yield func(*graph.Value) bool) {
	return func(yield func(*graph.Value) bool) {
		for _, v := range g.Inputs() {
			if !yield(v) {
				return
			}
		}
		for v := range g.Initializers() {
			if !v.IsInput() && !yield(v) {
				return
			}
		}
		for n := range g.Nodes() {
			for i := range n.NumOutputs() {
				if v := n.Output(i); v != nil && !yield(v) {
					return
				}
			}
		}
	}
}

// Typing knows the types of the values of a model.
type Typing struct{ known *shapes.Shapes }

// Types are the types of the values of a model, as far as they follow from its inputs and its nodes, or else as the file
// declares them. They are read when somebody asks for them.
func Types(m *graph.Model) Typing { return Typing{shapes.Of(m.Graph)} }

// Input is the type of a value as an input of a model. It is an error where not even its elements are known.
func (t Typing) Input(v *graph.Value) (graph.Type, error) {
	typ := t.Of(v)
	if typ.Elem == tensor.Undefined && typ.Other == nil {
		return typ, fmt.Errorf("the element type of %q does not follow from the model, and the file does not declare it; cut at another value", v.Name())
	}
	return typ, nil
}

// Of is the type of a value. Its elements are undefined where nothing is known.
func (t Typing) Of(v *graph.Value) graph.Type {
	typ := v.Type()
	typ.Elem = cmp.Or(t.known.Elem(v), v.Elem())
	if shape, ok := t.known.Shape(v); ok {
		typ.Ranked, typ.Shape = true, make([]tensor.Dim, len(shape))
		for i, d := range shape {
			typ.Shape[i] = dimOf(d)
		}
	}
	return typ
}

// dimOf is a size as it is declared. One that is computed from others has no name that says so.
func dimOf(d shapes.Dim) tensor.Dim {
	if n, ok := d.Size(); ok {
		return tensor.Fixed(n)
	}
	if name := d.String(); !strings.ContainsAny(name, "?+-") {
		return tensor.Dim{Size: -1, Param: name}
	}
	return tensor.Dim{Size: -1}
}

// Declare gives the outputs of a part of the model the types of what they are there, where nothing is declared.
func (t Typing) Declare(part *graph.Model) {
	own := Types(part)
	for _, v := range part.Graph.Outputs() {
		if v.Origin() == nil || v.Type().Elem != tensor.Undefined || v.Type().Other != nil {
			continue
		}
		if v.SetType(t.Of(v.Origin())); v.Type().Elem == tensor.Undefined {
			v.SetType(own.Of(v))
		}
	}
}
