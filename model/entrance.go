package model

import (
	"fmt"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// enter gives the view the inputs of a model that came of the first: at is what a pass made that changed the inputs, and second what is
// compared in the end.
func (w *View) enter(at, second *graph.Model, origin func(*graph.Value) *graph.Value) error {
	g, known := w.Model.Graph, map[*graph.Value]*graph.Value{}
	var inputs []*graph.Value
	for _, z := range at.Graph.Inputs() {
		if !z.IsInitializer() {
			v, err := w.input(z, origin(z))
			if err == nil && slices.Contains(inputs, v) {
				err = fmt.Errorf("the input %q of the second is the same one of the first as another of its inputs, and answers cannot be compared over both", z.Name())
			}
			if err != nil {
				return err
			}
			known[z] = v
			inputs = append(inputs, v)
		}
	}
	w.sweep(second, origin)
	by := map[*graph.Value]*graph.Value{}
	for _, x := range g.Inputs() {
		switch {
		case x.IsInitializer():
			inputs = append(inputs, x)
		case !slices.Contains(inputs, x) && x.Used():
			if by[x] = w.meets(at, x, origin); by[x] == nil {
				return fmt.Errorf("no value of the second is the input %q of the first, so its answers to %s cannot be compared; keep the name %q for the value that takes its place",
					x.Name(), list(at.Graph.Inputs()), x.Name())
			}
			w.Fed = append(w.Fed, x.Name())
		}
	}
	if err := w.leads(at, known, by, origin); err != nil {
		return err
	}
	old := map[*graph.Value]*graph.Value{} // values of the first, by their copies
	for v, now := range w.copies {
		if by[now] != nil {
			old[now] = v
		}
	}
	nodes := g.Len()
	fed, err := w.Model.Feed(at, by, known)
	if err != nil {
		return err
	}
	w.New += g.Len() - nodes
	for x, now := range fed {
		w.copies[old[x]] = now
	}
	g.SetInputs(inputs...)
	return nil
}

// input is the input of the view for one of the second: the same one, a result of the first that is an input from now on, or a new one.
// The same one may have another name, but not that of another input: who calls both by their names would get other answers.
func (w *View) input(z, was *graph.Value) (*graph.Value, error) {
	g := w.Model.Graph
	v := w.copies[was]
	if v.IsInput() && v.Graph() == g {
		if other := w.first.Graph.Lookup(z.Name()); other.IsInput() && w.copies[other] != v {
			return nil, fmt.Errorf("the input %q of the second is another one than the input of that name of the first: give it a name that no other input had", z.Name())
		}
		v.SetType(narrower(v.Type(), z.Type()))
		call(v, z.Name())
		return v, nil
	}
	now, err := g.AddInput(g.FreshName(z.Name()), z.Type())
	if err != nil {
		panic("model: " + err.Error()) // the name is free
	}
	if was == nil {
		w.copies[z] = now // by which later entrances know it
	}
	if v != nil && v.Graph() == g {
		w.Cut = append(w.Cut, z.Name())
		graph.ReplaceAllUses(v, now)
		w.copies[was] = now
	}
	call(now, z.Name())
	return now, nil
}

// sweep removes the nodes of the view of which nothing that is compared is computed.
func (w *View) sweep(second *graph.Model, origin func(*graph.Value) *graph.Value) {
	g := w.Model.Graph
	for _, v := range second.Graph.Outputs() {
		if was := w.output(v, origin); was != nil && was.Graph() == g {
			g.AddOutput(was)
		}
	}
	for n := range g.Backward() {
		if n.LiveOutputs() == 0 {
			g.Remove(n)
		}
	}
	g.SetOutputs()
}

// meets is the value of the second that is an input of the view; nil for none.
func (w *View) meets(at *graph.Model, x *graph.Value, origin func(*graph.Value) *graph.Value) *graph.Value {
	for n := range at.Graph.Nodes() {
		for k := range n.NumOutputs() {
			if v := n.Output(k); v != nil && w.copies[origin(v)] == x {
				return v
			}
		}
	}
	return nil
}

// leads reports a new input of the second that its answers depend on otherwise than by values that the first has, too.
func (w *View) leads(at *graph.Model, known, by map[*graph.Value]*graph.Value, origin func(*graph.Value) *graph.Value) error {
	met := map[*graph.Value]bool{}
	for _, v := range by {
		met[v] = true
	}
	var stack []*graph.Value
	for _, v := range at.Graph.Outputs() {
		if w.copies[origin(v)] != nil {
			stack = append(stack, v)
		}
	}
	for len(stack) > 0 {
		v := stack[len(stack)-1]
		if stack = stack[:len(stack)-1]; met[v] {
			continue
		}
		met[v] = true
		if z := known[v]; z != nil && w.copies[origin(v)] != z {
			return fmt.Errorf("the input %q of the second is no value of the first, and leads to its answers otherwise than by the inputs of the first: there is nothing to compare them with; let it lead to a value that has the name of an input of the first",
				v.Name())
		}
		if n := v.Producer(); n != nil {
			stack = append(stack, n.Reads()...)
		}
	}
	return nil
}

// narrower is a declared type with the sizes of another one that it leaves open.
func narrower(t, other graph.Type) graph.Type {
	if !t.Ranked && other.Ranked && t.Elem == other.Elem {
		t.Ranked, t.Shape = true, other.Shape
	}
	if len(t.Shape) != len(other.Shape) {
		return t
	}
	t.Shape = slices.Clone(t.Shape)
	for i, d := range other.Shape {
		if t.Shape[i].Size < 0 && d.Size >= 0 {
			t.Shape[i] = tensor.Fixed(d.Size)
		}
	}
	return t
}

func list(values []*graph.Value) string {
	var names []string
	for _, v := range values {
		if !v.IsInitializer() {
			names = append(names, fmt.Sprintf("%q", v.Name()))
		}
	}
	return strings.Join(names, ", ")
}
