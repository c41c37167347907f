package main

import (
	"fmt"

	"github.com/acdeploy/acdeploy/graph"
)

// disguise makes a model look as if another program had written it: no name within it is what the passes call it. What it
// computes stays the same.
func disguise(m *graph.Model) {
	k := 0
	next := func(what string) string {
		k++
		return m.Graph.FreshName(fmt.Sprintf("other_%s_%d", what, k))
	}
	for g := range m.Graph.All() {
		results := map[*graph.Value]bool{}
		for _, v := range g.Outputs() {
			results[v] = true
		}
		for v := range g.Initializers() {
			if !v.IsInput() && !results[v] {
				v.Rename(next("number"))
			}
		}
		for n := range g.Nodes() {
			n.Name = next("node")
			for i := range n.NumOutputs() {
				if v := n.Output(i); v != nil && !(g == m.Graph && results[v]) {
					v.Rename(next("value"))
				}
			}
		}
	}
}
