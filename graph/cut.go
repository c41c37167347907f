package graph

import (
	"fmt"
	"slices"
)

// Cut returns a model that computes the values to, in this order, as m does. It reads the values from, which become
// inputs of the given types, and those inputs of m that nothing in from stands for. All of to belong to one graph of m:
// the main graph or a sub-graph, whose nodes then are in the main graph of the new model, after those that compute what
// the sub-graph reads from around it.
//
// The new model shares tensors with m, as [Model.Clone] does, and each of its values has its origin in m. What the
// reader of m keeps of the whole model and of its graphs is not of the part, and left out.
//
// It fails where a value of to needs no node, and where two values of the new model would have one name.
func (m *Model) Cut(from map[*Value]Type, to ...*Value) (*Model, error) {
	p := part{from: from, nodes: map[*Node]bool{}, values: map[*Value]bool{}}
	for _, v := range to {
		if _, cut := from[v]; cut || v.producer == nil {
			return nil, fmt.Errorf("no node computes %q of what it is to be computed of", v.name)
		}
		if v.graph != to[0].graph {
			return nil, fmt.Errorf("%q and %q belong to two graphs, of which neither is around the other's nodes; cut them apart", to[0].name, v.name)
		}
		p.reach(v)
	}
	if len(to) == 0 {
		return nil, fmt.Errorf("there is nothing to compute")
	}
	for v := range from {
		if !to[0].graph.sees(v) {
			return nil, fmt.Errorf("%q is in a sub-graph, and %q is not in it", v.name, to[0].name)
		}
	}
	return p.model(m, to)
}

// part is what computes values from others.
type part struct {
	from   map[*Value]Type
	nodes  map[*Node]bool
	values map[*Value]bool // inputs and initializers, and those of from
}

// reach adds what computes a value. It keeps its own stack: graphs are deep.
func (p *part) reach(v *Value) {
	stack := []*Value{v}
	for len(stack) > 0 {
		v := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if _, cut := p.from[v]; cut || v.producer == nil {
			p.values[v] = true
			continue
		}
		if n := v.producer; !p.nodes[n] {
			p.nodes[n] = true
			stack = append(stack, n.Reads()...)
		}
	}
}

// Reads lists the values that a node reads, and those that its sub-graphs read from around it. One may be listed several times.
func (n *Node) Reads() []*Value {
	var list []*Value
	add := func(v *Value) {
		if v != nil {
			list = append(list, v)
		}
	}
	for _, v := range n.Inputs() {
		add(v)
	}
	for sub := range n.Subgraphs() {
		for g := range sub.All() {
			for m := range g.Nodes() {
				for _, v := range m.Inputs() {
					add(v)
				}
			}
			for _, v := range g.Outputs() {
				add(v)
			}
		}
	}
	return slices.DeleteFunc(list, func(v *Value) bool { return !n.graph.sees(v) })
}

// sees reports whether a value belongs to g or to a graph around it.
func (g *Graph) sees(v *Value) bool {
	for s := g; s != nil; s = s.outer {
		if v.graph == s {
			return true
		}
	}
	return false
}

// model makes a model of the part.
func (p *part) model(m *Model, to []*Value) (*Model, error) {
	c := *m
	c.Opsets, c.Notes, c.Extra, c.nodeNames = slices.Clone(m.Opsets), nil, nil, nil
	c.names, c.fresh = map[string]struct{}{}, map[string]int{}
	c.functions = &functions{byID: map[functionID]*Function{}}
	g := &Graph{Name: to[0].graph.Name, model: &c, values: map[string]*Value{}}
	c.Graph = g
	all := copier{values: map[*Value]*Value{}, name: func(name string) string { return name }, exact: true, cut: p.from}
	around := to[0].graph.around()
	if err := p.unique(around); err != nil {
		return nil, err
	}
	for _, s := range around {
		p.inputs(s, g, &all)
	}
	for _, s := range around {
		for n := range s.Nodes() {
			if p.nodes[n] {
				g.Append(all.node(n, g))
				c.functions.take(m.functions, n)
			}
		}
	}
	for _, v := range to {
		g.AddOutput(all.values[v])
	}
	return &c, nil
}

// around lists the graphs around g, the outermost first, and g.
func (g *Graph) around() []*Graph {
	var list []*Graph
	for s := g; s != nil; s = s.outer {
		list = append(list, s)
	}
	slices.Reverse(list)
	return list
}

// inputs copies the inputs and the initializers that the part reads from one graph: first the inputs as they are declared,
// then the values at which it is cut, in the order of their nodes.
func (p *part) inputs(s, g *Graph, c *copier) {
	for _, v := range s.inputs {
		if p.values[v] {
			typ, cut := p.from[v]
			if !cut {
				typ = v.Type()
			}
			c.keep(v, must(g.AddInput(v.name, typ)))
			c.values[v].SetType(typ)
		}
	}
	for n := range s.Nodes() {
		for _, v := range n.outputs {
			if v != nil && p.values[v] {
				p.cutAt(v, g, c)
			}
		}
	}
	for v := range s.Initializers() {
		_, cut := p.from[v]
		switch {
		case !p.values[v]:
		case cut && !v.input:
			p.cutAt(v, g, c)
		case !cut:
			now := must(g.AddInitializer(v.name, v.data))
			now.declared, now.origin = v.declared, v
			c.values[v] = now
		}
	}
}

// cutAt makes an input of a value.
func (p *part) cutAt(v *Value, g *Graph, c *copier) {
	now := must(g.AddInput(v.name, p.from[v]))
	now.origin, c.values[v] = v, now
}

// unique refuses values of one name in two graphs, which become one.
func (p *part) unique(graphs []*Graph) error {
	met := map[string]bool{}
	for _, s := range graphs {
		for _, v := range s.values {
			if v != nil && (p.values[v] || p.nodes[v.producer]) {
				if met[v.name] {
					return fmt.Errorf("two values of graphs around each other are called %q; rename one", v.name)
				}
				met[v.name] = true
			}
		}
	}
	return nil
}

// take takes over the functions that a node and its sub-graphs call, and those that these call.
func (t *functions) take(from *functions, n *Node) {
	id := functionID{canonicalDomain(n.Domain), n.OpType, n.Overload}
	if f := from.byID[id]; f != nil && t.byID[id] == nil {
		t.byID[id] = f
		t.list = append(t.list, f)
		if f.Body != nil {
			t.takeAll(from, f.Body)
		}
	}
	for sub := range n.Subgraphs() {
		t.takeAll(from, sub)
	}
}

func (t *functions) takeAll(from *functions, whole *Graph) {
	for n := range whole.Nodes() {
		t.take(from, n)
	}
}
