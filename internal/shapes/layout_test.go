package shapes_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
)

func TestLayout(t *testing.T) {
	infer(t, map[string]rule{
		"concat adds": {image(), func(n net) *graph.Value {
			return n.node("Concat", []*graph.Value{n.x, n.conv(n.x, 5, 1, 1, 0)}, graph.IntAttr("axis", 1))
		}, "N 8 H 32"},
		"concat without an axis": {newNet("N", 3), func(n net) *graph.Value {
			return n.node("Concat", []*graph.Value{n.x, n.x})
		}, "unknown"},
		"transpose":                 {image(), func(n net) *graph.Value { return n.on("Transpose", n.x, graph.IntsAttr("perm", 3, 1, 2, 0)) }, "32 3 H N"},
		"a transpose of other axes": {image(), func(n net) *graph.Value { return n.on("Transpose", n.x, graph.IntsAttr("perm", 1, 0)) }, "unknown"},
		"split to equal parts": {newNet("N", 7), func(n net) *graph.Value {
			return n.on("Split", n.x, graph.IntAttr("axis", 1))
		}, "N 7"},
		"split by sizes": {newNet("N", "M"), func(n net) *graph.Value {
			return n.node("Split", []*graph.Value{n.x, n.ints(4)}, graph.IntAttr("axis", -1))
		}, "N 4"},
		"tile":           {newNet("N", 3), func(n net) *graph.Value { return n.node("Tile", []*graph.Value{n.x, n.ints(1, 4)}) }, "N 12"},
		"expand":         {newNet("N", 1), func(n net) *graph.Value { return n.node("Expand", []*graph.Value{n.x, n.ints(2, 1, 4)}) }, "2 N 4"},
		"depth to space": {newNet("N", 8, "H", 3), func(n net) *graph.Value { return n.on("DepthToSpace", n.x, graph.IntAttr("blocksize", 2)) }, "N 2 ?2 6"},
	})
}
