package shapes_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
)

func TestSource(t *testing.T) {
	infer(t, map[string]rule{
		"reduce by axes": {image(), func(n net) *graph.Value {
			return n.node("ReduceMean", []*graph.Value{n.x, n.ints(-1, 2)}, graph.IntAttr("keepdims", 0))
		}, "N 3"},
		"reduce nothing": {image(), func(n net) *graph.Value {
			return n.on("ReduceMean", n.x, graph.IntAttr("noop_with_empty_axes", 1))
		}, "N 3 H 32"},
		"arg max": {image(), func(n net) *graph.Value { return n.on("ArgMax", n.x, graph.IntAttr("axis", -1)) }, "N 3 H 1"},
		"range": {image(), func(n net) *graph.Value {
			return n.node("Range", []*graph.Value{n.scalar(7), n.scalar(-2), n.scalar(-3)})
		}, "3"},
		"range of nothing": {image(), func(n net) *graph.Value {
			return n.node("Range", []*graph.Value{n.scalar(7), n.scalar(8), n.scalar(-3)})
		}, "0"},
		"range of a part": {image(), func(n net) *graph.Value {
			return n.node("Range", []*graph.Value{n.scalar(0), n.scalar(4), n.scalar(3)})
		}, "2"},
		"range without a step": {image(), func(n net) *graph.Value {
			return n.node("Range", []*graph.Value{n.scalar(0), n.scalar(4), n.scalar(0)})
		}, "unknown"},
		"a fill of a size": {image(), func(n net) *graph.Value {
			return n.on("ConstantOfShape", n.on("Shape", n.x, graph.IntAttr("start", -2)))
		}, "H 32"},
	})
}
