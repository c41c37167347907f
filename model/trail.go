package model

import (
	"github.com/acdeploy/acdeploy/graph"
)

// Trail is what [Lineage] needs to know of a model. It is taken before passes rewrite that model where nobody keeps a copy: it
// takes a small part of the memory of one.
type Trail struct {
	steps   []step
	results []int32 // of the nodes, one after another: where the users of each begin
	users   []int32 // of the results, by their places among the nodes
	outputs []int32 // of the model: results
	byValue []int32 // by the place of a value in its model: its result
}

// step is a node.
type step struct {
	Label
	results  int32 // where its own begin
	constant bool  // whether it only holds one
}

// Label is how a person finds a node.
type Label struct {
	Name   string // as messages call the node
	OpType string // its operator, without the domain
}

// Change is a [Descent] told by the labels of the nodes.
type Change struct {
	From, To []Label // of the first model, and of the second
}

// TrailOf takes the trail of a model.
func TrailOf(m *graph.Model) *Trail {
	t, _ := trailOf(m)
	return t
}

// Lineage is the function of that name for the model that the trail was taken of, and for a clone of it, or for that model itself
// after [graph.Model.OwnOrigins], now that it is rewritten.
func (t *Trail) Lineage(m *graph.Model) []Change {
	after, nodes := trailOf(m)
	var changes []Change
	for _, d := range t.changes(after, nodes, m, (*graph.Value).Origin) {
		changes = append(changes, Change{t.labels(d.from), after.labels(d.to)})
	}
	return changes
}

func (t *Trail) labels(places []int32) []Label {
	list := make([]Label, len(places))
	for i, at := range places {
		list[i] = t.steps[at].Label
	}
	return list
}

// trailOf lists the nodes of a model and its sub-graphs as well, each before those that use it.
func trailOf(m *graph.Model) (*Trail, []*graph.Node) {
	nodes := nodesOf(m.Graph, make([]*graph.Node, 0, m.Graph.Len()))
	t := &Trail{steps: make([]step, len(nodes)), byValue: make([]int32, m.Places())}
	for i := range t.byValue {
		t.byValue[i] = none
	}
	uses := 0
	for i, n := range nodes {
		t.steps[i] = step{Label{n.Label(), n.OpType}, int32(len(t.results)), n.Is("Constant")}
		for k := range n.NumOutputs() {
			if v := n.Output(k); v != nil {
				t.byValue[v.Place()] = int32(len(t.results))
				t.results = append(t.results, int32(uses))
				uses += v.UseCount()
			}
		}
	}
	t.follow(nodes, uses)
	for _, v := range m.Graph.Outputs() {
		t.outputs = append(t.outputs, t.resultOf(v))
	}
	return t, nodes
}

// follow lists the users of each result.
func (t *Trail) follow(nodes []*graph.Node, uses int) {
	t.users = make([]int32, uses)
	for i := range t.users {
		t.users[i] = int32(len(nodes)) // of outputs, which no node uses
	}
	filled := make([]int32, len(t.results))
	for i, n := range nodes {
		for _, v := range n.Inputs() {
			if r := t.resultOf(v); r >= 0 {
				t.users[t.results[r]+filled[r]] = int32(i)
				filled[r]++
			}
		}
	}
}

// resultOf is a value as a result of a node; none for others. An input of another model is told by being one: it may have the place of
// a result.
func (t *Trail) resultOf(v *graph.Value) int32 {
	if v == nil || v.IsInput() || v.Place() >= len(t.byValue) {
		return none
	}
	return t.byValue[v.Place()]
}

// resultsOf are the results of the i-th node.
func (t *Trail) resultsOf(i int) (begin, end int32) {
	if i+1 < len(t.steps) {
		return t.steps[i].results, t.steps[i+1].results
	}
	return t.steps[i].results, int32(len(t.results))
}

// usersEnd is where the users of a result end.
func (t *Trail) usersEnd(result int32) int32 {
	if int(result)+1 < len(t.results) {
		return t.results[result+1]
	}
	return int32(len(t.users))
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
