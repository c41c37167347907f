package graph

import (
	"fmt"
	"slices"
)

// Feed lets inputs of m be computed in the way in which another model computes some of its values.
//
//	m         x ─▶ Conv ─▶ y
//	other     image ─▶ Resize ─▶ r ─▶ …
//	m, fed    image ─▶ Resize ─▶ x ─▶ Conv ─▶ y      x is a result, and no input any more
//
// By gives the value of the main graph of other that takes the place of an input, and known the values of m that are inputs of
// other: what is fed is computed from these. The nodes are copied. They have to mean the same in m, so the two must import the same
// versions of the operator sets that they use. It returns the values that are in the places of the inputs, by these.
func (m *Model) Feed(other *Model, by, known map[*Value]*Value) (map[*Value]*Value, error) {
	p := part{nodes: map[*Node]bool{}, values: map[*Value]bool{}}
	for _, v := range by {
		p.reach(v)
	}
	for n := range p.nodes {
		if err := m.speaks(other, n); err != nil {
			return nil, err
		}
	}
	c := copier{values: map[*Value]*Value{}, name: func(name string) string { return name }}
	for v := range p.values {
		if now := known[v]; now != nil {
			c.values[v] = now
		} else if !v.initializer {
			return nil, fmt.Errorf("%q leads to what is fed, and is not known", v.name)
		}
	}
	m.take(other, &p, &c)
	fed := map[*Value]*Value{}
	for x, v := range by {
		fed[x] = c.values[v]
		ReplaceAllUses(x, fed[x])
	}
	m.Graph.SetInputs(slices.DeleteFunc(slices.Clone(m.Graph.inputs), func(v *Value) bool { return fed[v] != nil })...)
	for x, v := range fed {
		if m.Graph.values[x.name] == nil && v.producer != nil {
			v.Rename(x.name)
		}
	}
	return fed, nil
}

// speaks reports an operator set that a node needs, and that means something else in m.
func (m *Model) speaks(other *Model, n *Node) error {
	all := []*Node{n}
	for sub := range n.Subgraphs() {
		for g := range sub.All() {
			all = slices.AppendSeq(all, g.Nodes())
		}
	}
	for _, n := range all {
		if is, want := m.Opset(n.Domain), other.Opset(n.Domain); is != want && n.Callee() == nil {
			return fmt.Errorf("node %s is of version %d of the operators of %q, where the rest is of version %d: write it in that version", n.Label(), want, canonicalDomain(n.Domain), is)
		}
	}
	return nil
}

// take copies a part of another model in front of the nodes of m.
func (m *Model) take(other *Model, p *part, c *copier) {
	g := m.Graph
	for v := range other.Graph.Initializers() {
		if p.values[v] && c.values[v] == nil {
			now := must(g.AddInitializer(c.free(v, g), v.data))
			now.declared = v.declared
			c.values[v] = now
		}
	}
	first := g.first
	for n := range other.Graph.Nodes() {
		if !p.nodes[n] {
			continue
		}
		m.functions.take(other.functions, n)
		if now := c.node(n, g); first == nil {
			g.Append(now)
		} else {
			g.InsertBefore(now, first)
		}
	}
}
