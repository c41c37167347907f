package passtest

import (
	"errors"
	"maps"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// variant is a pattern in other surroundings.
type variant struct {
	name string
	make func(m *graph.Model) error // changes the model that the pattern's author built
	// more are further inputs to compare the answers over, from those of the pattern; nil for none.
	more func(m *graph.Model, in tensor.Map) []tensor.Map
}

// errNone is the error of a variant that does not exist for a pattern.
var errNone = errors.New("not for this pattern")

// variants are those of a pattern, which is left as it is.
func variants(pattern *graph.Model) []variant {
	list := []variant{
		{name: "twice", make: func(m *graph.Model) error { return doubled(m, false) }},
		{name: "shared weights", make: func(m *graph.Model) error { return doubled(m, true) }},
		{name: "in a branch", make: inBranch, more: bothWays},
	}
	for _, name := range inner(pattern) {
		list = append(list,
			variant{name: "output " + name, make: func(m *graph.Model) error {
				m.Graph.AddOutput(m.Graph.Lookup(name))
				return nil
			}},
			variant{name: "captured " + name, make: func(m *graph.Model) error { return captured(m, name) }, more: bothWays})
	}
	constants := constantsOf(pattern)
	for _, name := range constants {
		list = append(list, variant{name: "overridable " + name, make: func(m *graph.Model) error { return overridable(m, name) }, more: overridden})
	}
	if len(constants) > 1 {
		list = append(list, variant{name: "all overridable", make: func(m *graph.Model) error { return overridable(m, constants...) }, more: overridden})
	}
	return append(list, variant{name: "float16", make: half})
}

// inner are the results of nodes that are no outputs.
func inner(m *graph.Model) []string {
	var names []string
	for n := range m.Graph.Nodes() {
		for i := range n.NumOutputs() {
			if v := n.Output(i); v.Used() && !v.IsOutput() {
				names = append(names, v.Name())
			}
		}
	}
	return names
}

// constantsOf are the initializers that a caller cannot replace, and that are no outputs.
func constantsOf(m *graph.Model) []string {
	var names []string
	for v := range m.Graph.Initializers() {
		if v.Constant() != nil && !v.IsInput() && !v.IsOutput() {
			names = append(names, v.Name())
		}
	}
	return names
}

// doubled adds a second copy of all nodes, which reads the same inputs, and the same weights where they are shared.
func doubled(m *graph.Model, shared bool) error {
	g, c := m.Graph, copier{}
	if shared && len(constantsOf(m)) == 0 {
		return errNone
	}
	if !shared {
		c.initializers(g, g, backward)
	}
	c.nodes(g, g)
	for _, v := range g.Outputs() {
		if c.of(v) == v {
			return errNone // an output that no node computes has no second name
		}
		g.AddOutput(c.of(v))
	}
	return nil
}

// condition adds the input that decides which branch an If takes.
func condition(g *graph.Graph) *graph.Value {
	v, err := g.AddInput(g.FreshName("condition"), graph.Type{Elem: tensor.Bool, Ranked: true})
	if err != nil {
		panic(err) // the name is free
	}
	return v
}

// bothWays are the inputs with the other condition.
func bothWays(_ *graph.Model, in tensor.Map) []tensor.Map {
	other := tensor.Map{}
	for name, t := range in {
		if t.Type() == tensor.Bool && t.Rank() == 0 {
			t = tensor.Of(nil, t.Float64s()[0] == 0)
		}
		other[name] = t
	}
	return []tensor.Map{other}
}

// ifNode is an If with two branches, as yet without results.
func ifNode(g *graph.Graph, then, otherwise *graph.Graph) *graph.Node {
	n := graph.NewNode("If", condition(g))
	n.Name = g.FreshNodeName("if")
	n.SetAttr(&graph.Attr{Name: "then_branch", Kind: graph.AttrGraph, Graph: then})
	n.SetAttr(&graph.Attr{Name: "else_branch", Kind: graph.AttrGraph, Graph: otherwise})
	return n
}

// captured adds an If whose branches read a value.
func captured(m *graph.Model, name string) error {
	g := m.Graph
	branch := func(called string) *graph.Graph {
		sub := g.NewSubgraph(called)
		n := graph.NewNode("Identity", g.Lookup(name))
		n.Name = g.FreshNodeName("read")
		n.TakeOutput(sub.NewValue("read"))
		sub.Append(n)
		sub.AddOutput(n.Output(0))
		return sub
	}
	n := ifNode(g, branch("then"), branch("else"))
	n.TakeOutput(g.NewValue("captured"))
	g.Append(n)
	g.AddOutput(n.Output(0))
	return nil
}

// inBranch moves all nodes and constants into the branches of an If.
func inBranch(m *graph.Model) error {
	g := m.Graph
	outputs := g.Outputs()
	if slices.ContainsFunc(outputs, func(v *graph.Value) bool { return v.Producer() == nil }) {
		return errNone // a branch computes its results
	}
	branch := func(called string, change func(t *tensor.Tensor) *tensor.Tensor) *graph.Graph {
		sub, c := g.NewSubgraph(called), copier{}
		c.initializers(g, sub, change)
		c.nodes(g, sub)
		for _, v := range outputs {
			sub.AddOutput(c.of(v))
		}
		return sub
	}
	n := ifNode(g, branch("then", as), branch("else", backward))
	for _, v := range outputs {
		n.TakeOutput(v)
	}
	g.Append(n)
	for old := range g.Backward() {
		if old != n {
			g.Remove(old)
		}
	}
	for v := range g.Initializers() {
		if !v.Used() && !v.IsInput() {
			g.RemoveInitializer(v)
		}
	}
	return nil
}

// overridable makes constants the defaults of inputs.
func overridable(m *graph.Model, names ...string) error {
	g := m.Graph
	m.IRVersion = max(m.IRVersion, 4) // up to 3 an initializer that is an input is a constant all the same
	for _, name := range names {
		old := g.Lookup(name)
		t := old.Data()
		typ := graph.Type{Elem: t.Type(), Ranked: true}
		for _, d := range t.Shape() {
			typ.Shape = append(typ.Shape, tensor.Fixed(d))
		}
		now, err := g.AddInput(g.FreshName(name), typ)
		if err != nil {
			return err
		}
		if _, err := g.AddInitializer(now.Name(), t); err != nil {
			return err
		}
		if old.Used() {
			graph.ReplaceAllUses(old, now)
		}
		g.RemoveInitializer(old)
		now.Rename(name)
	}
	return nil
}

// overridden are the inputs with other numbers for what has a default.
func overridden(m *graph.Model, in tensor.Map) []tensor.Map {
	var list []tensor.Map
	floats, all := overrides(m)
	for _, more := range []tensor.Map{floats, all} {
		if len(more) == 0 {
			continue
		}
		given := maps.Clone(in)
		maps.Copy(given, more)
		list = append(list, given)
	}
	return list
}
