package shapes_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
)

func TestReshape(t *testing.T) {
	infer(t, map[string]rule{
		"flatten multiplies":           {image(), func(n net) *graph.Value { return n.on("Flatten", n.x) }, "N ?3"},
		"flatten of numbers":           {newNet("N", 2, 3, 4), func(n net) *graph.Value { return n.on("Flatten", n.x) }, "N 24"},
		"reshape divides out the term": {newNet("N", 2, 3, 4), func(n net) *graph.Value { return n.node("Reshape", []*graph.Value{n.x, n.ints(0, -1)}) }, "N 24"},
		"reshape finds the term":       {newNet("N", 2, 3, 4), func(n net) *graph.Value { return n.node("Reshape", []*graph.Value{n.x, n.ints(-1, 24)}) }, "N 24"},
		"reshape to a computed batch": {newNet("N", 2, 3, 4), func(n net) *graph.Value {
			batch := n.node("Gather", []*graph.Value{n.on("Shape", n.x), n.scalar(0)})
			row := n.node("Unsqueeze", []*graph.Value{batch, n.ints(0)})
			to := n.node("Concat", []*graph.Value{row, n.ints(-1)}, graph.IntAttr("axis", 0))
			return n.node("Reshape", []*graph.Value{n.x, to})
		}, "N 24"},
		"reshape to what may be 0": {newNet("N", "M"), func(n net) *graph.Value {
			to := n.node("Gather", []*graph.Value{n.on("Shape", n.x), n.ints(1, 0)})
			return n.node("Reshape", []*graph.Value{n.x, to})
		}, "?2 ?3"},
		"a size past all bounds":     {newNet(1<<40, 1<<40), func(n net) *graph.Value { return n.on("Flatten", n.x, graph.IntAttr("axis", 2)) }, "?0 1"},
		"squeeze":                    {newNet("N", 1, 3), func(n net) *graph.Value { return n.node("Squeeze", []*graph.Value{n.x, n.ints(-2)}) }, "N 3"},
		"squeeze of more than one":   {newNet("N", 1, 3), func(n net) *graph.Value { return n.node("Squeeze", []*graph.Value{n.x, n.ints(2)}) }, "unknown"},
		"squeeze of what may be one": {newNet("N", 1, 3), func(n net) *graph.Value { return n.on("Squeeze", n.x) }, "unknown"},
		"unsqueeze":                  {newNet("N"), func(n net) *graph.Value { return n.node("Unsqueeze", []*graph.Value{n.x, n.ints(2, 0)}) }, "1 N 1"},
	})
}
