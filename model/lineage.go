package model

import (
	"slices"

	"github.com/acdeploy/acdeploy/graph"
)

// Descent is a change of a model: these nodes became those. One of the lists may be empty.
type Descent struct{ From, To []*graph.Node }

// Lineage says which nodes of a model became which nodes of another that was made of a clone of it, in the order of the
// first. The rewrites keep the origin of each value that has the same numbers in both. What computes such a value in the
// first model became what computes it in the second. A node whose result is not kept goes with the first one that uses it.
//
// Each node of either model is in one change at most. It is in none where one node of the same operator and name is still
// there, and where it only holds a constant.
func Lineage(first, second *graph.Model) []Descent {
	return LineageBy(first, second, (*graph.Value).Origin)
}

// LineageBy is [Lineage] of any two models. Origin gives the value of the first that one of the second stands for; nil for none.
func LineageBy(first, second *graph.Model, origin func(*graph.Value) *graph.Value) []Descent {
	l := lineage{kept: map[*graph.Value]bool{}, origin: map[*graph.Value]*graph.Value{}, of: map[*graph.Value]*Descent{}}
	l.pairs(first, second, origin)
	l.collect(first, func(v *graph.Value) *graph.Value {
		if l.kept[v] {
			return v
		}
		return nil
	}, func(d *Descent) *[]*graph.Node { return &d.From })
	l.collect(second, func(v *graph.Value) *graph.Value { return l.origin[v] }, func(d *Descent) *[]*graph.Node { return &d.To })
	var changes []Descent
	for _, d := range l.found {
		if d.settle(); !d.same() {
			changes = append(changes, *d)
		}
	}
	return changes
}

type lineage struct {
	kept   map[*graph.Value]bool         // results of the first model that the second one has too
	origin map[*graph.Value]*graph.Value // of the results of the second model
	found  []*Descent
	of     map[*graph.Value]*Descent // by what is kept
}

// pairs finds the results that both models have. They have their outputs, whatever became of them.
func (l *lineage) pairs(first, second *graph.Model, origin func(*graph.Value) *graph.Value) {
	for g := range second.Graph.All() {
		for n := range g.Nodes() {
			for i := range n.NumOutputs() {
				v := n.Output(i)
				if v == nil {
					continue
				}
				if was := origin(v); was != nil {
					l.pair(was, v)
				}
			}
		}
	}
	outputs := second.Graph.Outputs()
	for i, v := range first.Graph.Outputs() {
		if i < len(outputs) {
			l.pair(v, outputs[i])
		}
	}
}

func (l *lineage) pair(was, is *graph.Value) {
	if was.Producer() != nil && is.Producer() != nil && l.origin[is] == nil {
		l.kept[was], l.origin[is] = true, was
	}
}

// collect adds the nodes of a model to the changes that they are part of.
func (l *lineage) collect(m *graph.Model, key func(*graph.Value) *graph.Value, side func(*Descent) *[]*graph.Node) {
	order := nodesOf(m.Graph, nil)
	results := keys(order, key)
	for _, n := range order {
		if n.Is("Constant") {
			continue
		}
		k := results[n]
		d := l.of[k]
		if d == nil {
			d = &Descent{}
			l.found = append(l.found, d)
			if k != nil {
				l.of[k] = d
			}
		}
		*side(d) = append(*side(d), n)
	}
}

// settle leaves out the node that computes the kept value where it still does and others were replaced. A merge makes new
// terms of a sum, say, and the sum stays.
func (d *Descent) settle() {
	from, to := len(d.From)-1, len(d.To)-1
	if from < 1 || to < 1 {
		return
	}
	last := Descent{d.From[from:], d.To[to:]}
	if _, weighted := layerOf(d.To[to]); last.same() && !weighted {
		d.From, d.To = d.From[:from], d.To[:to]
	}
}

// same reports whether one node is still there.
func (d *Descent) same() bool {
	return len(d.From) == 1 && len(d.To) == 1 && d.From[0].Label() == d.To[0].Label() &&
		d.From[0].OpType == d.To[0].OpType && d.From[0].Domain == d.To[0].Domain
}

// nodesOf appends the nodes of a graph and its sub-graphs, each before those that use it.
func nodesOf(g *graph.Graph, order []*graph.Node) []*graph.Node {
	for n := range g.Nodes() {
		order = append(order, n)
		for sub := range n.Subgraphs() {
			order = nodesOf(sub, order)
		}
	}
	return order
}

// keys finds for each node the kept value that it helps to compute: its own result, or that of the first node that uses
// it. There is none for a node that nothing uses.
func keys(order []*graph.Node, key func(*graph.Value) *graph.Value) map[*graph.Node]*graph.Value {
	place := make(map[*graph.Node]int, len(order))
	for i, n := range order {
		place[n] = i
	}
	found := map[*graph.Node]*graph.Value{}
	for _, n := range slices.Backward(order) {
		first := len(order)
		for k := range n.NumOutputs() {
			v := n.Output(k)
			if v == nil {
				continue
			}
			if kept := key(v); kept != nil {
				found[n] = kept
				break
			}
			for u := range v.Uses() {
				if at, ok := place[u.Node]; ok && at < first && found[u.Node] != nil {
					first, found[n] = at, found[u.Node]
				}
			}
		}
	}
	return found
}
