package graph

import "fmt"

// name enters v under its name.
func (g *Graph) name(v *Value) {
	g.values[v.name] = v
	g.live++
	if g != g.model.Graph {
		g.model.names[v.name] = struct{}{}
	}
}

// unname takes v out. Its name is not given out again.
func (g *Graph) unname(v *Value) {
	g.values[v.name] = nil
	g.live--
}

// FreshName returns base, or base with a number, such that no scope of the model knows a value of that name.
func (g *Graph) FreshName(base string) string { return g.model.free(base, g.model.taken) }

// FreshNodeName returns base, or base with a number, such that no node of the model has that name: engines
// refuse a graph with two of one name. It is not given out again.
func (g *Graph) FreshNodeName(base string) string {
	m := g.model
	if m.nodeNames == nil {
		m.nodeNames = map[string]struct{}{}
		for sub := range m.Graph.All() {
			for n := range sub.Nodes() {
				m.nodeNames[n.Name] = struct{}{}
			}
		}
	}
	name := m.free(base, func(name string) bool { _, taken := m.nodeNames[name]; return taken })
	m.nodeNames[name] = struct{}{}
	return name
}

// free is base, or base with a number, that is not taken. Names are never given back, so numbers that were
// taken stay taken.
func (m *Model) free(base string, taken func(string) bool) string {
	if !taken(base) && base != "" {
		return base
	}
	for {
		m.fresh[base]++
		if name := fmt.Sprintf("%s_%d", base, m.fresh[base]); !taken(name) {
			return name
		}
	}
}

func (m *Model) taken(name string) bool {
	if _, taken := m.Graph.values[name]; taken {
		return true
	}
	_, taken := m.names[name]
	return taken
}
