// Package naming gives the values of a graph the names that another file has for them.
package naming

import (
	"bytes"
	"reflect"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// As renames the values of a model as they are called in a file that holds the same graph: the same operators with the same
// attributes, joined in the same way, between inputs and outputs of the same names. Weights may differ in their numbers; other
// constants may not. It reports whether the file holds the same graph. If not, the model stays as it was.
func As(file, m *graph.Model) bool {
	p := pairing{to: map[*graph.Value]*graph.Value{}, from: map[*graph.Value]*graph.Value{}}
	if len(m.Functions()) > 0 || !p.graphs(m.Graph, file.Graph) {
		return false
	}
	for v := range values(m) {
		if p.to[v] == nil {
			return false
		}
	}
	for v := range values(m) { // two values may exchange their names
		v.Rename(m.Graph.FreshName("renamed"))
	}
	for v := range values(m) {
		v.Rename(p.to[v].Name())
	}
	return true
}

// values are all values of a model, those of graphs in its nodes included.
func values(m *graph.Model) func(yield func(*graph.Value) bool) {
	return func(yield func(*graph.Value) bool) {
		for g := range m.Graph.All() {
			list := slices.Clone(g.Inputs())
			for v := range g.Initializers() {
				if !v.IsInput() {
					list = append(list, v)
				}
			}
			for n := range g.Nodes() {
				for k := range n.NumOutputs() {
					if v := n.Output(k); v != nil {
						list = append(list, v)
					}
				}
			}
			for _, v := range list {
				if !yield(v) {
					return
				}
			}
		}
	}
}

// pairing is which value of a file goes with which value of a model.
type pairing struct{ to, from map[*graph.Value]*graph.Value }

// graphs pairs the values of two graphs. It goes from the outputs back to the inputs, in the order of the nodes, so that what
// reads a value comes before what computes it.
func (p pairing) graphs(a, b *graph.Graph) bool {
	if a.Len() != b.Len() || len(a.Inputs()) != len(b.Inputs()) || len(a.Outputs()) != len(b.Outputs()) {
		return false
	}
	named := a.Outer() == nil // the inputs and outputs of a node's graph go by their order
	for k, v := range a.Inputs() {
		if w := b.Inputs()[k]; named && v.Name() != w.Name() || !p.join(v, w) {
			return false
		}
	}
	for k, v := range a.Outputs() {
		if w := b.Outputs()[k]; named && v.Name() != w.Name() || !p.join(v, w) {
			return false
		}
	}
	for n := range a.Backward() {
		if other := p.partner(n); other == nil || !p.nodes(n, other) {
			return false
		}
	}
	return true
}

// partner is the node that computes what goes with a result of a node; nil for none.
func (p pairing) partner(n *graph.Node) *graph.Node {
	for k := range n.NumOutputs() {
		if w := p.to[n.Output(k)]; w != nil {
			return w.Producer()
		}
	}
	return nil
}

// join pairs two values; false where one of them has another partner, or where they cannot hold the same.
func (p pairing) join(a, b *graph.Value) bool {
	switch {
	case a == nil || b == nil:
		return a == b
	case p.to[a] != nil || p.from[b] != nil:
		return p.to[a] == b && p.from[b] == a
	case a.IsInput() != b.IsInput() || a.IsInitializer() != b.IsInitializer() || a.ProducerIndex() != b.ProducerIndex():
		return false
	case a.IsInitializer() && !alike(a, b):
		return false
	}
	p.to[a], p.from[b] = b, a
	return true
}

// nodes pairs what two nodes of the same operator read and compute.
func (p pairing) nodes(a, b *graph.Node) bool {
	if a.OpType != b.OpType || a.Domain != b.Domain || a.Overload != b.Overload || a.NumInputs() != b.NumInputs() ||
		a.NumOutputs() != b.NumOutputs() || len(a.Attrs()) != len(b.Attrs()) {
		return false
	}
	for k := range a.NumOutputs() {
		if !p.join(a.Output(k), b.Output(k)) {
			return false
		}
	}
	for k := range a.NumInputs() {
		if !p.join(a.Input(k), b.Input(k)) {
			return false
		}
	}
	for _, x := range a.Attrs() {
		if y := b.Attr(x.Name); y == nil || !p.attrs(*x, *y) {
			return false
		}
	}
	return true
}

func (p pairing) attrs(a, b graph.Attr) bool {
	if (a.Graph == nil) != (b.Graph == nil) || len(a.Graphs) != len(b.Graphs) || a.Graph != nil && !p.graphs(a.Graph, b.Graph) {
		return false
	}
	for k, g := range a.Graphs {
		if !p.graphs(g, b.Graphs[k]) {
			return false
		}
	}
	return true // whether the rest is the same is asked by who compares the files
}

// alike reports whether two initializers can be weights of the same layer, or are the same otherwise.
func alike(a, b *graph.Value) bool {
	x, y := a.Data(), b.Data()
	if x == nil || y == nil || x.Type() != y.Type() || !slices.Equal(x.Shape(), y.Shape()) {
		return false
	}
	return x.Type().IsFloat() || same(x, y)
}

func same(a, b *tensor.Tensor) bool {
	if a.Type() == tensor.String {
		return reflect.DeepEqual(a.Strings(), b.Strings())
	}
	x, errX := a.Bytes()
	y, errY := b.Bytes()
	return errX == nil && errY == nil && bytes.Equal(x, y)
}
