package shapes_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
)

func TestIndexing(t *testing.T) {
	infer(t, map[string]rule{
		"gather of a list": {image(), func(n net) *graph.Value {
			return n.node("Gather", []*graph.Value{n.x, n.ints(0, 1)}, graph.IntAttr("axis", -3))
		}, "N 2 H 32"},
		"gather of one": {image(), func(n net) *graph.Value { return n.node("Gather", []*graph.Value{n.x, n.scalar(0)}) }, "3 H 32"},
		"gather of no axis": {image(), func(n net) *graph.Value {
			return n.node("Gather", []*graph.Value{n.x, n.scalar(0)}, graph.IntAttr("axis", 4))
		}, "unknown"},
		"gather of elements": {newNet("N"), func(n net) *graph.Value { return n.node("GatherElements", []*graph.Value{n.x, n.ints(0, 1)}) }, "2"},
		"one hot": {newNet("N", 2), func(n net) *graph.Value {
			return n.node("OneHot", []*graph.Value{n.x, n.scalar(5), n.ints(0, 1)}, graph.IntAttr("axis", 1))
		}, "N 5 2"},
		"one hot of any depth": {newNet("N"), func(n net) *graph.Value {
			return n.node("OneHot", []*graph.Value{n.x, n.on("Custom", n.x), n.ints(0, 1)})
		}, "N ?1"},
	})
}
