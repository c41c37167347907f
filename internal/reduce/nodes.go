package reduce

import (
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/extract"
)

// nodes finds few nodes of the main graph. First those after the fault go, then those before it, by halves: where a fault is in one
// place, that takes few checks. Then any other.
func (r *reducer) nodes() {
	all := listed(r.best.Graph)
	p := parts{of: r.best, types: extract.Types(r.best)}
	end := leastThat(len(all), func(n int) bool { return r.try(p.keep(all[:n])) })
	all = all[:end]
	start := len(all) - leastThat(len(all), func(n int) bool { return r.try(p.keep(all[len(all)-n:])) })
	all = all[start:]
	fewest(len(all), 0, func(keep []int) bool {
		some := make([]*graph.Node, len(keep))
		for i, k := range keep {
			some[i] = all[k]
		}
		return r.try(p.keep(some))
	})
}

func listed(g *graph.Graph) []*graph.Node {
	var list []*graph.Node
	for n := range g.Nodes() {
		list = append(list, n)
	}
	return list
}

// leastThat finds the least number up to n that passes a test, if all numbers after one that passes do. n passes. Where they do not, it
// is still one that passes.
func leastThat(n int, passes func(n int) bool) int {
	low, high := 0, n // high passes
	for high-low > 1 {
		if mid := low + (high-low)/2; passes(mid) {
			high = mid
		} else {
			low = mid
		}
	}
	return high
}

// parts are models of some of the nodes of one.
type parts struct {
	of    *graph.Model
	types extract.Typing
}

// Keep makes a model of some nodes of the main graph of another one. What other nodes computed is an input, and what none of these reads
// is an output. It is nil where that is no model, such as where the type of an input is not known.
func Keep(m *graph.Model, nodes []*graph.Node) *graph.Model {
	return parts{of: m, types: extract.Types(m)}.keep(nodes)
}

// keep makes a model of some nodes. What others computed is an input, and what no node of these reads is an output. It is nil where that
// is no model.
func (p parts) keep(nodes []*graph.Node) *graph.Model {
	in := make(map[*graph.Node]bool, len(nodes))
	for _, n := range nodes {
		in[n] = true
	}
	from, read := map[*graph.Value]graph.Type{}, map[*graph.Value]bool{}
	for _, n := range nodes {
		for _, v := range n.Reads() {
			read[v] = true
			if v.Producer() == nil || in[v.Producer()] {
				continue
			}
			typ, err := p.types.Input(v)
			if err != nil {
				return nil
			}
			from[v] = typ
		}
	}
	var to []*graph.Value
	for _, n := range nodes {
		to = append(to, p.results(n, read)...)
	}
	m, err := p.of.Cut(from, to...)
	if err != nil {
		return nil
	}
	p.types.Declare(m)
	return m
}

// results are the outputs of a node that are outputs of a model of which nothing else reads them.
func (p parts) results(n *graph.Node, read map[*graph.Value]bool) []*graph.Value {
	var list []*graph.Value
	any, isRead := (*graph.Value)(nil), false
	for i := range n.NumOutputs() {
		v := n.Output(i)
		switch {
		case v == nil:
			continue
		case read[v]:
			isRead = true
			if !slices.Contains(p.of.Graph.Outputs(), v) {
				continue
			}
			list = append(list, v)
		case v.Used():
			list = append(list, v)
		case any == nil:
			any = v
		}
	}
	if len(list) == 0 && !isRead && any != nil {
		list = append(list, any)
	}
	return list
}
