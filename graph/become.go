package graph

// Become makes m what another model is, such as one that another program has written. Whoever holds the graph of m still does; everything in
// it is that of the other model, which must not be used any more, and so are its operator sets, functions and whatever the reader keeps.
//
// A value takes the origin of the value of m that has its name, in the same graph: see [Value.Origin]. An initializer does so only
// where it has the very tensor of the other one. An output that has another name, and is declared as the one in its place was, takes the
// origin of that.
func (m *Model) Become(other *Model) {
	inherit(m.Graph, other.Graph)
	renamed(m.Graph, other.Graph)
	g, from := m.Graph, other.Graph
	for n := range g.Nodes() {
		n.graph = nil
	}
	for _, v := range g.values {
		if v != nil {
			v.graph = nil
		}
	}
	*g = *from
	g.model = m
	for n := g.first; n != nil; n = n.next {
		n.graph = g
	}
	for _, v := range g.values {
		if v != nil {
			v.graph = g
		}
	}
	for sub := range g.All() {
		sub.model = m
		if sub.outer == from {
			sub.outer = g
		}
	}
	m.IRVersion, m.Opsets, m.ProducerName, m.ProducerVersion = other.IRVersion, other.Opsets, other.ProducerName, other.ProducerVersion
	m.Notes, m.Extra, m.Room = append(m.Notes, other.Notes...), other.Extra, other.Room
	m.names, m.nodeNames, m.fresh, m.functions = other.names, nil, other.fresh, other.functions
	m.placed = other.placed
	m.subgraphs = m.subgraphs || other.subgraphs
	m.walks = max(m.walks, other.walks)
	m.edits++
}

// inherit gives the values of a graph the origins of those that have their names in another one. The graphs of a node go with those of the
// node that computes a value of the same name, one by one.
func inherit(old, now *Graph) {
	for name, v := range now.values {
		if o := old.values[name]; v != nil && o != nil && (!v.initializer || v.data == o.data) {
			v.origin = o.origin
		}
	}
	for n := range now.Nodes() {
		was := old.namesake(n)
		if was == nil {
			continue
		}
		var before, after []*Graph
		for sub := range was.Subgraphs() {
			before = append(before, sub)
		}
		for sub := range n.Subgraphs() {
			after = append(after, sub)
		}
		for i := range min(len(before), len(after)) {
			inherit(before[i], after[i])
		}
	}
}

// renamed gives the outputs that only have another name the origins of those in their places.
func renamed(old, now *Graph) {
	if len(old.outputs) != len(now.outputs) {
		return
	}
	for i, v := range now.Outputs() {
		was := old.Outputs()[i]
		if old.values[v.name] == nil && now.values[was.name] == nil && v.Type().String() == was.Type().String() && v.graph == now {
			v.origin = was.origin
		}
	}
}

// namesake is the node of g that computes a value of the same name as n does, nil for none.
func (g *Graph) namesake(n *Node) *Node {
	for _, v := range n.outputs {
		if v == nil {
			continue
		}
		if o := g.values[v.name]; o != nil && o.producer != nil {
			return o.producer
		}
	}
	return nil
}
