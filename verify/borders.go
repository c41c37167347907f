package verify

import (
	"slices"

	"github.com/acdeploy/acdeploy/graph"
)

// borders are the values that two graphs have in common: the first graph's and the second's hold the same numbers, if the
// second is the same function. Sub-graphs are included, where a node of the second computes what one of the first does.
type borders struct {
	origin func(*graph.Value) *graph.Value // of a value of the second graph, nil for none
	was    map[*graph.Value]*graph.Value   // by the value of the second graph
	is     map[*graph.Value]*graph.Value   // by the value of the first; the earliest of several
	place  map[*graph.Node]int             // of the nodes of both graphs, in the order in which they are computed
	pairs  []graphs                        // graphs that are compared, the outermost first
	paired map[*graph.Graph]*graph.Graph   // sub-graphs of the second graph among them
	branch map[*graph.Graph]*graph.Graph   // the outermost branch of an If that a sub-graph of the first model is, or is in
	fixed  map[*graph.Value]bool           // those that are computed from constants alone
	sizes  sizing
	wider  map[*region]*region // what [borders.widen] found
}

// graphs are a graph of the first model and its counterpart in the second.
type graphs struct {
	was, is *graph.Graph
	results [][2]*graph.Value // their outputs
}

// findBorders pairs the values of two models. Inputs and outputs are paired by their names.
func findBorders(was, is *graph.Model, origin func(*graph.Value) *graph.Value) *borders {
	b := &borders{
		sizes:  sizing{map[*graph.Value]bool{}, map[*graph.Value]bool{}},
		wider:  map[*region]*region{},
		branch: map[*graph.Graph]*graph.Graph{},
		origin: origin, was: map[*graph.Value]*graph.Value{}, is: map[*graph.Value]*graph.Value{},
		place: map[*graph.Node]int{}, paired: map[*graph.Graph]*graph.Graph{}, fixed: map[*graph.Value]bool{},
	}
	for _, m := range []*graph.Model{was, is} {
		for g := range m.Graph.All() {
			for n := range g.Nodes() {
				b.place[n] = len(b.place)
				b.fix(n)
			}
		}
	}
	var results [][2]*graph.Value
	for _, v := range is.Graph.Inputs() {
		b.pair(was.Graph.Lookup(v.Name()), v)
	}
	for _, v := range is.Graph.Outputs() {
		for _, w := range was.Graph.Outputs() {
			if w.Name() == v.Name() {
				results = append(results, [2]*graph.Value{w, v})
			}
		}
	}
	b.graph(was.Graph, is.Graph, results)
	return b
}

// fix notes that the results of a node are computed from constants alone. They are no inputs of a region: where such a value stands
// twice in one model and once in the other, the two are the same for what it is, and for no other number.
func (b *borders) fix(n *graph.Node) {
	for range n.Subgraphs() {
		return
	}
	for _, v := range n.Inputs() {
		if v != nil && v.Constant() == nil && !b.fixed[v] {
			return
		}
	}
	if n.NumInputs() == 0 && n.OpType != "Constant" {
		return
	}
	for k := range n.NumOutputs() {
		if v := n.Output(k); v != nil {
			b.fixed[v] = true
		}
	}
}

// pair notes that two values hold the same numbers.
func (b *borders) pair(was, is *graph.Value) {
	if was == nil || is == nil {
		return
	}
	b.was[is] = was
	if b.is[was] == nil {
		b.is[was] = is
	}
}

// graph pairs the values of two graphs and of the graphs in them.
func (b *borders) graph(was, is *graph.Graph, results [][2]*graph.Value) {
	b.pairs = append(b.pairs, graphs{was, is, results})
	for n := range is.Nodes() {
		for k := range n.NumOutputs() {
			v := n.Output(k)
			if v == nil {
				continue
			}
			if w := b.origin(v); w != nil && w.Graph() == was && w.Producer() != nil {
				b.pair(w, v)
			}
		}
	}
	for _, r := range results {
		if r[1].Producer() != nil && r[0].Graph() == was && r[1].Graph() == is {
			b.pair(r[0], r[1])
		}
	}
	for n := range is.Nodes() {
		b.bodies(n)
	}
}

// bodies pairs the sub-graphs of a node with those of its counterpart, by the names of the attributes. The branches of two Ifs have to do
// with each other only if the same decides over them.
func (b *borders) bodies(n *graph.Node) {
	m := b.counterpart(n)
	if m == nil || n.Is("If") && !b.sameCondition(m.Input(0), n.Input(0)) {
		return
	}
	was, is, ok := subgraphs(m, n)
	if !ok {
		return
	}
	for i := range is {
		if !b.closed(was[i], b.isBorder(b.is)) || !b.closed(is[i], b.isBorder(b.was)) {
			return
		}
	}
	for i := range is {
		switch outer := b.branch[m.Graph()]; {
		case outer != nil:
			b.branch[was[i]] = outer
		case m.Is("If"):
			b.branch[was[i]] = was[i]
		}
		b.body(was[i], is[i])
	}
}

// sameCondition reports whether two truth values are known to be the same, or are computed from constants, which a pass may have done.
func (b *borders) sameCondition(was, is *graph.Value) bool {
	return fixed(was) && fixed(is) || matcher{b, map[side[*graph.Value]]bool{}}.same(was, is)
}

// subgraphs are the graphs of two nodes that go with each other; false where one has another number of them.
func subgraphs(m, n *graph.Node) (was, is []*graph.Graph, ok bool) {
	for _, y := range n.Attrs() {
		in := slices.DeleteFunc(append(slices.Clone(y.Graphs), y.Graph), func(g *graph.Graph) bool { return g == nil })
		var of []*graph.Graph
		if x := m.Attr(y.Name); x != nil {
			of = slices.DeleteFunc(append(slices.Clone(x.Graphs), x.Graph), func(g *graph.Graph) bool { return g == nil })
		}
		if len(in) != len(of) {
			return nil, nil, false
		}
		was, is = append(was, of...), append(is, in...)
	}
	return was, is, len(was) == len(slices.Collect(m.Subgraphs()))
}

// body pairs two sub-graphs, inputs and outputs by their places.
func (b *borders) body(was, is *graph.Graph) {
	outputs := [2][]*graph.Value{was.Outputs(), is.Outputs()}
	if len(was.Inputs()) != len(is.Inputs()) || len(outputs[0]) != len(outputs[1]) {
		return
	}
	b.paired[is] = was
	for i, v := range is.Inputs() {
		b.pair(was.Inputs()[i], v)
	}
	var results [][2]*graph.Value
	for i, v := range outputs[1] {
		results = append(results, [2]*graph.Value{outputs[0][i], v})
	}
	b.graph(was, is, results)
}

// counterpart is the node of the first graph whose results those of n are, if it is the same operator. An Identity after it
// changes nothing.
func (b *borders) counterpart(n *graph.Node) *graph.Node {
	for k := range n.NumOutputs() {
		if v := n.Output(k); v != nil {
			m := b.was[v].Producer()
			if !n.Is("Identity") {
				m = throughIdentity(m)
			}
			if m != nil && m.OpType == n.OpType && m.Domain == n.Domain {
				return m
			}
		}
	}
	return nil
}

// throughIdentity is the node before one or more Identities.
func throughIdentity(n *graph.Node) *graph.Node {
	for n != nil && n.Is("Identity") {
		n = n.Input(0).Producer()
	}
	return n
}

func (b *borders) isBorder(of map[*graph.Value]*graph.Value) func(*graph.Value) bool {
	return func(v *graph.Value) bool { return of[v] != nil }
}

// closed reports whether all that a sub-graph reads from the graphs around it is a border or a constant.
func (b *borders) closed(g *graph.Graph, border func(*graph.Value) bool) bool {
	for v := range captured(g) {
		if v.Constant() == nil && !border(v) {
			return false
		}
	}
	return true
}

// captured are the values of the graphs around g that g and the graphs in it read.
func captured(g *graph.Graph) map[*graph.Value]bool {
	inside := map[*graph.Graph]bool{}
	for sub := range g.All() {
		inside[sub] = true
	}
	from := map[*graph.Value]bool{}
	note := func(v *graph.Value) {
		if v != nil && !inside[v.Graph()] {
			from[v] = true
		}
	}
	for sub := range inside {
		for n := range sub.Nodes() {
			for _, v := range n.Inputs() {
				note(v)
			}
		}
		for _, v := range sub.Outputs() {
			note(v)
		}
	}
	return from
}
