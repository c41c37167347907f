package graph

import (
	"fmt"

	"github.com/acdeploy/acdeploy/tensor"
)

// Check reports the first place where the main graph of m, or a sub-graph, breaks the rules that
// every pass keeps: each used value exists, is visible and comes before its use, has one producer and
// a name of its own, and types fit. It takes one walk over the nodes.
func (m *Model) Check() error { return m.Graph.Check() }

// Check is [Model.Check] for g and its sub-graphs. For a sub-graph alone, everything around it counts
// as being there. More rules may be given for single nodes; they are checked in the same walk.
func (g *Graph) Check(rules ...func(n *Node) error) error {
	g.model.walks++
	c := checker{walk: g.model.walks, rules: rules}
	for s := g.outer; s != nil; s = s.outer {
		for _, v := range s.values {
			if v != nil {
				v.mark = c.walk
			}
		}
	}
	return c.graph(g)
}

type checker struct {
	walk  uint32
	rules []func(n *Node) error
}

func (c checker) graph(g *Graph) error {
	for _, v := range g.inputs {
		if err := c.define(g, v); err != nil {
			return err
		}
	}
	for v := range g.Initializers() {
		if err := c.initializer(g, v); err != nil {
			return err
		}
	}
	for n := range g.Nodes() {
		if err := c.node(g, n); err != nil {
			return err
		}
	}
	for i, u := range g.outputs {
		v := u.Value()
		if v == nil {
			return fmt.Errorf("output %d of graph %q is missing", i, g.Name)
		}
		if err := c.visible(g, v); err != nil {
			return fmt.Errorf("output %q: %w", v.name, err)
		}
	}
	return nil
}

func (c checker) initializer(g *Graph, v *Value) error {
	if v.data != nil && v.input && v.Type().Elem != tensor.Undefined && v.Type().Elem != v.data.Type() {
		return fmt.Errorf("initializer %q is %s, and the graph input of that name is declared as %s", v.name, v.data.Type(), v.Type().Elem)
	}
	if v.input {
		return nil
	}
	return c.define(g, v)
}

func (c checker) node(g *Graph, n *Node) error {
	if n.OpType == "" {
		return fmt.Errorf("node %s has no operator type", n.Label())
	}
	for i, u := range n.inputs {
		v := u.Value()
		if v == nil {
			continue
		}
		if u.Node != n || u.Index != i {
			return fmt.Errorf("node %s: input %d is the use of another node", n.Label(), i)
		}
		if err := c.visible(g, v); err != nil {
			return fmt.Errorf("node %s: input %q: %w", n.Label(), v.name, err)
		}
	}
	for _, rule := range c.rules {
		if err := rule(n); err != nil {
			return fmt.Errorf("node %s: %w", n.Label(), err)
		}
	}
	for sub := range n.Subgraphs() {
		if sub.outer != g {
			return fmt.Errorf("node %s: sub-graph %q belongs to another graph", n.Label(), sub.Name)
		}
		if err := c.graph(sub); err != nil {
			return fmt.Errorf("node %s: sub-graph %q: %w", n.Label(), sub.Name, err)
		}
	}
	for i, v := range n.outputs {
		if v == nil {
			continue
		}
		if v.producer != n || int(v.index) != i {
			return fmt.Errorf("node %s: output %q has a second producer, %s", n.Label(), v.name, v.producer.Label())
		}
		if err := c.define(g, v); err != nil {
			return fmt.Errorf("node %s: %w", n.Label(), err)
		}
	}
	return nil
}

func (c checker) define(g *Graph, v *Value) error {
	if v.graph != g {
		return fmt.Errorf("value %q does not belong to its graph", v.name)
	}
	if v.mark == c.walk {
		return fmt.Errorf("value %q is defined twice", v.name)
	}
	v.mark = c.walk
	if e := v.Type().Elem; e != tensor.Undefined && !e.Known() {
		return fmt.Errorf("value %q is declared with the unknown element type %d", v.name, int32(e))
	}
	return nil
}

// visible reports a use of a value that was removed, is in no graph around g, or has not been
// produced where it is used.
func (c checker) visible(g *Graph, v *Value) error {
	if v.graph == nil {
		return fmt.Errorf("the value was removed from the graph")
	}
	for s := g; ; s = s.outer {
		if s == nil {
			return fmt.Errorf("the value belongs to a graph that this one cannot see")
		}
		if s == v.graph {
			break
		}
	}
	if v.mark == c.walk {
		return nil
	}
	if v.producer == nil {
		return fmt.Errorf("no node produces this value")
	}
	return fmt.Errorf("this value is used before node %s produces it", v.producer.Label())
}
