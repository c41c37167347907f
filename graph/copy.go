package graph

import (
	"maps"
	"slices"
)

// Clone returns a model that can be rewritten without changing m. The two share what never changes:
// tensors, attributes without graphs, functions, and what the reader keeps. Each value of the clone has
// the one that it is a copy of as its [Value.Origin].
func (m *Model) Clone() *Model {
	c := *m
	c.Opsets, c.Notes = slices.Clone(m.Opsets), slices.Clone(m.Notes)
	c.names, c.fresh, c.placed = map[string]struct{}{}, map[string]int{}, 0
	c.functions = &functions{list: slices.Clone(m.functions.list), byID: maps.Clone(m.functions.byID)}
	c.Graph = &Graph{model: &c, values: make(map[string]*Value, m.Graph.live)}
	c.Graph.order = make([]*Value, 0, len(m.Graph.order))
	all := copier{copies: make([]*Value, m.placed), name: func(name string) string { return name }, exact: true}
	all.graph(m.Graph, c.Graph)
	return &c
}

// Snapshot is [Model.Clone] with other origins: each value has the [Value.Origin] that the one has that it is a copy of. So
// what a model was between two changes can be compared with what both came of. An input of m that has no origin, such as one that a pass has
// added, gets its copy as its origin: who takes its place later is known by that.
func (m *Model) Snapshot() *Model {
	c := m.Clone()
	for i, v := range m.Graph.inputs {
		if v.origin == nil {
			v.origin = c.Graph.inputs[i]
			c.Graph.inputs[i].origin = nil
		}
	}
	for g := range c.Graph.All() {
		for _, v := range g.values {
			if v.origin != nil {
				v.origin = v.origin.origin
			}
		}
	}
	return c
}

// copier copies nodes and graphs.
type copier struct {
	name    func(string) string // the name of a copy, before it is made free
	exact   bool                // whether everything is copied just as it is
	attrs   map[string]*Attr    // that [Attr.Ref] names; nil for absent ones
	values  map[*Value]*Value   // the copies; nil for an absent one
	results map[*Value]*Value   // results that exist where the copy goes
	copies  []*Value            // instead of values, by their places, where a whole model is copied
	cut     map[*Value]Type     // results that the copy reads as inputs: its nodes do not compute them
}

// graph copies a graph into an empty one. All names of the copy are free around it, unless they are
// exact: no two graphs around each other may use the same one.
func (c *copier) graph(old, g *Graph) {
	g.Name, g.Doc = old.Name, old.Doc
	if c.exact {
		g.Extra = old.Extra
	}
	for _, v := range old.inputs {
		c.keep(v, must(g.AddInput(c.free(v, g), v.Type())))
	}
	for v := range old.Initializers() {
		var name string
		if v.input {
			name = c.copyOf(v).name
		} else {
			name = c.free(v, g)
		}
		now := must(g.AddInitializer(name, v.data))
		now.declared = v.declared
		c.set(v, now)
	}
	for n := range old.Nodes() {
		g.Append(c.node(n, g))
	}
	for _, v := range old.Outputs() {
		now := c.copyOf(v)
		if now.graph == g && now.producer != nil {
			now.SetType(v.Type())
		}
		g.AddOutput(now)
	}
}

func (c *copier) free(old *Value, g *Graph) string {
	if c.exact {
		return old.name
	}
	return g.FreshName(c.name(old.name))
}

// keep remembers the copy of a value with its declaration.
func (c *copier) keep(old, now *Value) {
	if c.exact {
		now.declared, now.origin = old.declared, old
	}
	c.set(old, now)
}

// set remembers the copy of a value.
func (c *copier) set(old, now *Value) {
	if c.copies != nil {
		c.copies[old.place] = now
		return
	}
	c.values[old] = now
}

// copyOf is the copy of a value; nil for an absent one and where there is none.
func (c *copier) copyOf(v *Value) *Value {
	if c.copies != nil && v != nil {
		return c.copies[v.place]
	}
	return c.values[v]
}

// node copies a node for g, without putting it in place.
func (c *copier) node(old *Node, g *Graph) *Node {
	n := &Node{OpType: old.OpType, Domain: old.Domain, Overload: old.Overload, Doc: old.Doc, Extra: old.Extra}
	switch {
	case old.Name == "":
	case c.exact:
		n.Name = old.Name
	default:
		n.Name = g.FreshNodeName(c.name(old.Name))
	}
	last := 0 // trailing inputs that the call of a function leaves out are not written at all
	for i, v := range old.Inputs() {
		if v == nil || c.copyOf(v) != nil {
			last = i + 1
		}
	}
	inputs := make([]*Value, 0, 8)
	for i, v := range old.Inputs() {
		if i < last {
			inputs = append(inputs, c.copyOf(v))
		}
	}
	n.AddInputs(inputs...)
	if len(old.attrs) > 0 {
		n.attrs = make([]*Attr, 0, len(old.attrs))
	}
	for _, a := range old.attrs {
		if a = c.attr(a, g); a != nil {
			n.AddAttr(a)
		}
	}
	for _, v := range old.outputs {
		c.output(n, v, g)
	}
	return n
}

// output gives n the copy of a result.
func (c *copier) output(n *Node, old *Value, g *Graph) {
	if out := c.results[old]; out != nil {
		n.TakeOutput(out)
		c.set(old, out)
		return
	}
	var now *Value
	if _, cut := c.cut[old]; old != nil && !cut {
		now = must(g.AddValue(c.free(old, g)))
		c.keep(old, now)
	}
	if err := n.AddOutput(now); err != nil {
		panic("graph: " + err.Error())
	}
}

// attr is the copy of an attribute, nil for one that takes its value from an absent one.
func (c *copier) attr(old *Attr, g *Graph) *Attr {
	if old.Ref != "" && !c.exact {
		value := c.attrs[old.Ref]
		if value == nil {
			return nil
		}
		now := *value
		now.Name, now.Extra = old.Name, nil
		return &now
	}
	if old.Graph == nil && old.Graphs == nil {
		return old
	}
	now := *old
	if old.Graph != nil {
		now.Graph = c.subgraph(old.Graph, g)
	}
	now.Graphs = nil
	for _, sub := range old.Graphs {
		now.Graphs = append(now.Graphs, c.subgraph(sub, g))
	}
	return &now
}

func (c *copier) subgraph(old, around *Graph) *Graph {
	g := around.NewSubgraph(old.Name)
	c.graph(old, g)
	return g
}

// must is for what the rules of a graph that is copied already guarantee.
func must(v *Value, err error) *Value {
	if err != nil {
		panic("graph: " + err.Error())
	}
	return v
}
