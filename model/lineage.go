package model

import (
	"github.com/acdeploy/acdeploy/graph"
)

// Descent is a change of a model: these nodes became those. One of the lists may be empty.
type Descent struct {
	From, To []*graph.Node // of the first model, and of the second
}

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
	before, nodes := trailOf(first)
	after, now := trailOf(second)
	var changes []Descent
	for _, d := range before.changes(after, now, second, origin) {
		changes = append(changes, Descent{pick(nodes, d.from), pick(now, d.to)})
	}
	return changes
}

// pick lists the elements at some places.
func pick[T any](list []T, places []int32) []T {
	var picked []T
	for _, at := range places {
		picked = append(picked, list[at])
	}
	return picked
}

// descent is a change: places of nodes in two trails.
type descent struct{ from, to []int32 }

// changes follows the nodes of a model to those of a second one, whose trail is after.
func (t *Trail) changes(after *Trail, now []*graph.Node, second *graph.Model, origin func(*graph.Value) *graph.Value) []descent {
	kept := make([]bool, len(t.results))
	was := after.origins(second, t, origin)
	for _, k := range was {
		if k >= 0 {
			kept[k] = true
		}
	}
	l := lineage{of: make([]int32, len(t.results))}
	l.collect(t, func(result int32) int32 {
		if kept[result] {
			return result
		}
		return none
	}, func(d *descent) *[]int32 { return &d.from })
	l.collect(after, func(result int32) int32 { return was[result] }, func(d *descent) *[]int32 { return &d.to })
	var changes []descent
	for _, d := range l.found {
		if d = d.settled(t, after, now); !d.same(t, after) {
			changes = append(changes, d)
		}
	}
	return changes
}

// none stands for no result.
const none int32 = -1

// origins says of each result of t, that of the second model, which result of the first one it has the numbers of. The two
// models have their outputs, whatever became of them.
func (t *Trail) origins(second *graph.Model, first *Trail, origin func(*graph.Value) *graph.Value) []int32 {
	was := make([]int32, len(t.results))
	for i := range was {
		was[i] = none
	}
	pair := func(old int32, v *graph.Value) {
		if now := t.resultOf(v); old >= 0 && now >= 0 && was[now] < 0 {
			was[now] = old
		}
	}
	for g := range second.Graph.All() {
		for n := range g.Nodes() {
			for i := range n.NumOutputs() {
				if v := n.Output(i); v != nil {
					pair(first.resultOf(origin(v)), v)
				}
			}
		}
	}
	for i, v := range second.Graph.Outputs() {
		if i < len(first.outputs) {
			pair(first.outputs[i], v)
		}
	}
	return was
}

// lineage are the changes that were found.
type lineage struct {
	found []descent
	of    []int32 // by what is kept, a result of the first model: the number of the change, from 1
}

// collect adds the nodes of a model to the changes that they are part of.
func (l *lineage) collect(t *Trail, key func(result int32) int32, side func(*descent) *[]int32) {
	results := t.keys(key)
	for i, s := range t.steps {
		if s.constant {
			continue
		}
		k := results[i]
		if k < 0 || l.of[k] == 0 {
			l.found = append(l.found, descent{})
			if k >= 0 {
				l.of[k] = int32(len(l.found))
			}
		}
		at := len(l.found) - 1
		if k >= 0 {
			at = int(l.of[k]) - 1
		}
		list := side(&l.found[at])
		*list = append(*list, int32(i))
	}
}

// keys finds for each node the kept result that it helps to compute: its own, or that of the first node that uses it. There
// is none for a node that nothing uses.
func (t *Trail) keys(key func(result int32) int32) []int32 {
	found := make([]int32, len(t.steps))
	for i := len(t.steps) - 1; i >= 0; i-- {
		found[i] = none
		first := int32(len(t.steps))
		begin, end := t.resultsOf(i)
		for r := begin; r < end; r++ {
			if k := key(r); k >= 0 {
				found[i] = k
				break
			}
			for _, user := range t.users[t.results[r]:t.usersEnd(r)] {
				if user < first && found[user] >= 0 {
					first, found[i] = user, found[user]
				}
			}
		}
	}
	return found
}

// settled leaves out the node that computes the kept value where it still does and others were replaced. A merge makes new
// terms of a sum, say, and the sum stays.
func (d descent) settled(first, second *Trail, now []*graph.Node) descent {
	from, to := len(d.from)-1, len(d.to)-1
	if from < 1 || to < 1 {
		return d
	}
	last := descent{d.from[from:], d.to[to:]}
	if _, weighted := layerOf(now[d.to[to]]); last.same(first, second) && !weighted {
		return descent{d.from[:from], d.to[:to]}
	}
	return d
}

// same reports whether one node is still there.
func (d descent) same(first, second *Trail) bool {
	return len(d.from) == 1 && len(d.to) == 1 && first.steps[d.from[0]].Label == second.steps[d.to[0]].Label
}
