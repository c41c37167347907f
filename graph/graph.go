// Package graph is an ONNX graph in memory: nodes joined by values whose producer and every use are
// known.
//
//	Model ── Graph ─┬─ inputs        x
//	                ├─ initializers  w
//	                ├─ nodes         Conv(x, w) → y,  Relu(y) → z
//	                └─ outputs       z
//
//	Value y: Producer() is the Conv, Uses() are the first input of the Relu
//
// A [Value] has one producer. It is a node, or nothing where the value is an input or an initializer. A
// value has any number of uses. A sub-graph may use values of the graph around it: these count as uses
// like any other. Nodes are in topological order. [Model.Check] names what breaks these rules.
//
// # Reading
//
// [Graph.Nodes] visits the nodes in order, [Graph.All] the graph and every sub-graph in it. From a node one goes on by
// [Node.Input] and [Value.Producer] against the flow, by [Node.Output] and [Value.Uses] with it. [Node.Is] asks for an
// operator of ONNX; [Node.Int], [Node.Ints], [Node.Float] and [Node.Str] read an attribute, or the default that the
// caller gives. Absent values are nil, and the methods that ask about a value answer for nil, too: n.Input(2).Constant()
// is nil where there is no third input.
//
// An initializer is a constant only if no caller can replace it: read it by [Value.Constant], which is nil otherwise.
//
// # Changing
//
// A node is made by [NewNode], gets its results by [Node.AddOutput] or [Node.TakeOutput], and is put in place by
// [Graph.Append], [Graph.InsertBefore] or [Graph.InsertAfter]. [Graph.NewValue] and [Graph.NewInitializer] give a value a
// name that is free. [ReplaceAllUses] moves all uses of a value to another one at once; the names of outputs stay, which
// [CanReplace] tells beforehand. [Graph.Remove] takes a node out whose results nobody uses any more. All of these take the
// same time in graphs of any size. [Graph.SetInputs] and [Graph.SetOutputs] declare what the graph takes and gives.
//
// Attributes and tensors do not change: a new one takes the place of the old one, by [Node.SetAttr] or [Value.SetData]. So
// copies of a model can share them.
//
// # Copies
//
// [Model.Clone] makes a copy to rewrite. Each value of it knows the one that it comes from, its [Value.Origin]. This is how
// a proof finds the values that two versions of a model have in common. Who changes what a value means has to say so, by
// [Value.Redefine].
//
// # Functions
//
// A model may define operators of its own. A node that calls one has a [Node.Callee]; [Graph.Inline] puts the body in the
// place of the call.
//
// # Files
//
// Nothing here knows the file format: package onnx reads and writes it. What a file says beyond this model is kept in the
// Extra fields, for that package. [Model.Text] writes a graph for people, and for golden files.
package graph

import (
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/acdeploy/acdeploy/tensor"
)

// Model is a graph with what it says of itself.
type Model struct {
	IRVersion       int64    // of the file format
	Opsets          []Opset  // the imported ones, one for each domain
	ProducerName    string   // the program that wrote the file
	ProducerVersion string   // and its version
	Graph           *Graph   // the main graph
	Notes           []string // what the reader noticed and repaired, one sentence each
	Extra           any      // the reader's own
	Room            int      // bytes of memory that copies of functions may take, by the size of the file; 0 for no bound

	names     map[string]struct{} // every value name of every scope but the main graph
	nodeNames map[string]struct{} // every name that a node had when one was first looked for, and those found; nil before
	fresh     map[string]int      // the last number that made a name free, by the name it was near
	functions *functions
	walks     uint32 // counts the walks that mark values
	edits     uint64 // counts changes
	visits    uint64 // counts the nodes that were visited
	subgraphs bool   // whether it ever had one
	placed    int32  // counts the values that it ever had
}

// Opset is a set of operators that a model imports.
type Opset struct {
	Domain  string // "" is ONNX's own
	Version int64  // from 1
}

// NewModel returns a model with an empty graph.
func NewModel(irVersion int64, opsets ...Opset) *Model {
	m := &Model{IRVersion: irVersion, Opsets: opsets, names: map[string]struct{}{}, fresh: map[string]int{}}
	m.functions = &functions{byID: map[functionID]*Function{}}
	m.Graph = &Graph{model: m, values: map[string]*Value{}}
	return m
}

// Opset is the version of the imported operator set of a domain, 0 when it is not imported.
func (m *Model) Opset(domain string) int64 {
	for _, o := range m.Opsets {
		if canonicalDomain(o.Domain) == canonicalDomain(domain) {
			return o.Version
		}
	}
	return 0
}

func canonicalDomain(d string) string {
	if d == "ai.onnx" {
		return ""
	}
	return d
}

// Graph is a list of nodes in topological order with the values between them.
type Graph struct {
	Name  string // as the file has it
	Doc   string // what the file says about it
	Extra any    // the reader's own

	model       *Model
	outer       *Graph // the graph around a sub-graph
	first, last *Node
	count       int
	inputs      []*Value
	outputs     []*Use
	values      map[string]*Value // by every name that a value of g had; nil where it is gone or has another name now
	live        int               // the values that are there
	order       []*Value          // initializers in file order, removed ones included
	gone        int               // how many of them are removed
}

// Model is the model that g belongs to.
func (g *Graph) Model() *Model { return g.model }

// Outer is the graph around a sub-graph, nil for the main graph.
func (g *Graph) Outer() *Graph { return g.outer }

// Opset is the version of ONNX's own operator set.
func (g *Graph) Opset() int64 { return g.model.Opset("") }

// NewSubgraph returns an empty graph that can capture the values of g; it becomes part of g as the
// attribute of a node.
func (g *Graph) NewSubgraph(name string) *Graph {
	g.model.subgraphs = true
	return &Graph{Name: name, model: g.model, outer: g, values: map[string]*Value{}}
}

// Edits counts the changes of nodes, attributes, values, uses and names in all graphs of the model. Two
// counts differ where something changed in between.
func (g *Graph) Edits() uint64 { return g.model.edits }

// Visits counts the nodes that [Graph.Nodes] and [Graph.Backward] visited, in all graphs of the model. The difference
// of two counts is how much work was done in between.
func (g *Graph) Visits() uint64 { return g.model.visits }

// Len is the number of nodes, sub-graphs not counted.
func (g *Graph) Len() int { return g.count }

// Nodes visits the nodes in order. The current node may be removed, and nodes inserted anywhere,
// while it runs.
func (g *Graph) Nodes() iter.Seq[*Node] {
	return func(yield func(*Node) bool) {
		for n := g.first; n != nil; {
			next := n.next
			g.model.visits++
			if !yield(n) {
				return
			}
			// A node that follows may have been removed together with n.
			for next != nil && next.graph == nil {
				next = next.next
			}
			n = next
		}
	}
}

// Backward visits the nodes in reverse order, under the same rules as [Graph.Nodes].
func (g *Graph) Backward() iter.Seq[*Node] {
	return func(yield func(*Node) bool) {
		for n := g.last; n != nil; {
			prev := n.prev
			g.model.visits++
			if !yield(n) {
				return
			}
			for prev != nil && prev.graph == nil {
				prev = prev.prev
			}
			n = prev
		}
	}
}

// All visits g and every sub-graph in it, outer ones first.
func (g *Graph) All() iter.Seq[*Graph] {
	return func(yield func(*Graph) bool) { g.visit(yield) }
}

func (g *Graph) visit(yield func(*Graph) bool) bool {
	if !yield(g) {
		return false
	}
	if !g.model.subgraphs {
		return true
	}
	for n := range g.Nodes() {
		for sub := range n.Subgraphs() {
			if !sub.visit(yield) {
				return false
			}
		}
	}
	return true
}

// Inputs are the declared inputs, in order. Up to IR version 3 they include the initializers.
func (g *Graph) Inputs() []*Value { return g.inputs }

// Outputs returns the declared outputs, in order.
func (g *Graph) Outputs() []*Value {
	out := make([]*Value, len(g.outputs))
	for i, u := range g.outputs {
		out[i] = u.Value()
	}
	return out
}

// Initializers visits the initializers in file order, new ones last.
func (g *Graph) Initializers() iter.Seq[*Value] {
	return func(yield func(*Value) bool) {
		for _, v := range g.order {
			if v.initializer && !yield(v) {
				return
			}
		}
	}
}

// Lookup finds a value by name in g and the graphs around it, nil when there is none.
func (g *Graph) Lookup(name string) *Value {
	for s := g; s != nil; s = s.outer {
		if v := s.values[name]; v != nil {
			return v
		}
	}
	return nil
}

// Values is the number of values that belong to g.
func (g *Graph) Values() int { return g.live }

var errNoName = errors.New("a value has no name")

// AddValue adds a value that a node of g will produce. It fails when g has a value of that name.
func (g *Graph) AddValue(name string) (*Value, error) {
	if name == "" {
		return nil, errNoName
	}
	if g.values[name] != nil {
		return nil, fmt.Errorf("value %q is defined twice", name)
	}
	return g.add(name), nil
}

func (g *Graph) add(name string) *Value {
	v := &Value{name: name, graph: g, place: g.model.placed}
	g.model.placed++
	v.own.value = v
	v.cell = &v.own
	g.name(v)
	g.model.edits++
	return v
}

// Expect makes room in an empty graph for so many values.
func (g *Graph) Expect(values int) {
	if len(g.values) == 0 {
		g.values = make(map[string]*Value, values)
	}
}

// AddInput declares an input.
func (g *Graph) AddInput(name string, typ Type) (*Value, error) {
	v, err := g.AddValue(name)
	if err != nil {
		return nil, err
	}
	v.SetType(typ)
	v.input = true
	g.inputs = append(g.inputs, v)
	return v, nil
}

// AddInitializer adds a named constant, or gives an existing input a default value. A nil tensor
// is one that this model cannot hold, such as a sparse one: it is kept and never read.
func (g *Graph) AddInitializer(name string, t *tensor.Tensor) (*Value, error) {
	v := g.values[name]
	switch {
	case name == "":
		return nil, errNoName
	case v == nil:
		v = g.add(name)
	case !v.input || v.initializer:
		return nil, fmt.Errorf("value %q is defined twice", name)
	case g.gone > 0:
		g.tidy() // it may have been an initializer before
	}
	g.model.edits++
	v.initializer, v.data = true, t
	g.order = append(g.order, v)
	return v, nil
}

// NewInitializer adds a constant under a free name near base.
func (g *Graph) NewInitializer(base string, t *tensor.Tensor) *Value {
	v, err := g.AddInitializer(g.FreshName(base), t)
	if err != nil {
		panic("graph: " + err.Error())
	}
	return v
}

// NewValue adds a value under a free name near base.
func (g *Graph) NewValue(base string) *Value {
	v, err := g.AddValue(g.FreshName(base))
	if err != nil {
		panic("graph: " + err.Error())
	}
	return v
}

// AddOutput declares a value, of this graph or for a sub-graph of one around it, as an output.
func (g *Graph) AddOutput(v *Value) {
	u := &Use{Index: len(g.outputs)}
	u.attach(v)
	g.outputs = append(g.outputs, u)
}

// SetOutputs declares these values, and no others, as the outputs. What the old ones need stays in the graph.
func (g *Graph) SetOutputs(values ...*Value) {
	for _, u := range g.outputs {
		u.detach()
	}
	g.outputs = nil
	for _, v := range values {
		g.AddOutput(v)
	}
}

// SetInputs declares these inputs of g, in this order, and no others. Nothing may use those that are left out: their names
// are free afterwards. [Graph.AddInput] makes new ones, and [ReplaceAllUses] puts another value in the place of an old one.
func (g *Graph) SetInputs(values ...*Value) {
	stays := map[*Value]bool{}
	for _, v := range values {
		if v.graph != g || !v.input || stays[v] {
			panic(fmt.Sprintf("graph: %q is no input of this graph, or twice among its inputs", v.name))
		}
		stays[v] = true
	}
	for _, v := range g.inputs {
		if stays[v] {
			continue
		}
		if v.Used() {
			panic(fmt.Sprintf("graph: input %q is in use", v.name))
		}
		if v.input = false; !v.initializer {
			g.forget(v)
		}
	}
	g.inputs = slices.Clone(values)
	g.model.edits++
}

// RemoveInitializer removes an initializer that nothing uses. One that is also an input stays an
// input, except up to IR version 3, where every initializer has to be one.
func (g *Graph) RemoveInitializer(v *Value) {
	if v.graph != g || !v.initializer || v.Used() {
		panic(fmt.Sprintf("graph: initializer %q is in use or not of this graph", v.name))
	}
	g.model.edits++
	v.initializer, v.data = false, nil
	if g.gone++; g.gone > len(g.order)/2 {
		g.tidy()
	}
	if v.input && g.model.IRVersion >= 4 {
		return
	}
	if v.input {
		kept := make([]*Value, 0, len(g.inputs))
		for _, in := range g.inputs {
			if in != v {
				kept = append(kept, in)
			}
		}
		g.inputs = kept
	}
	g.forget(v)
}

func (g *Graph) forget(v *Value) {
	g.unname(v)
	v.graph, v.producer = nil, nil
}

// tidy lets go of initializers that were removed. Who visits the initializers meanwhile goes on over the old list.
func (g *Graph) tidy() {
	g.order = slices.Collect(g.Initializers())
	g.gone = 0
}
