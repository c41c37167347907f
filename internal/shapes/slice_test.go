package shapes_test

import (
	"math"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
)

func TestSlice(t *testing.T) {
	infer(t, map[string]rule{
		"slice from the end":    {image(), func(n net) *graph.Value { return crop(n, n.x, 2, 1, -1) }, "N 3 ?2 32"},
		"slice of a number":     {image(), func(n net) *graph.Value { return crop(n, n.x, 3, 1, -1) }, "N 3 H 30"},
		"slice to the end":      {image(), func(n net) *graph.Value { return crop(n, n.x, 2, 0, math.MaxInt64) }, "N 3 H 32"},
		"slice past the end":    {image(), func(n net) *graph.Value { return crop(n, n.x, 3, 40, 50) }, "N 3 H 0"},
		"slice that may be cut": {image(), func(n net) *graph.Value { return crop(n, n.x, 2, 0, 5) }, "N 3 ?2 32"},
		"pad adds":              {image(), func(n net) *graph.Value { return n.node("Pad", []*graph.Value{n.x, n.ints(0, 0, 1, 2, 0, 0, 3, 4)}) }, "N 3 H+4 38"},
		"slice by ends that are computed": {image(), func(n net) *graph.Value {
			return n.node("Slice", []*graph.Value{n.x, n.ints(0), n.on("Custom", n.x), n.ints(2)})
		}, "N 3 ?2 32"},
		"slice by axes that are computed": {newNet("N", 3), func(n net) *graph.Value {
			return n.node("Slice", []*graph.Value{n.x, n.ints(0), n.ints(1), n.on("Custom", n.x)})
		}, "?1 ?2"},
		"slice backward": {newNet(7), func(n net) *graph.Value {
			return n.node("Slice", []*graph.Value{n.x, n.ints(-1), n.ints(math.MinInt64), n.ints(0), n.ints(-3)})
		}, "3"},
		"pads that are computed": {newNet("N", 3), func(n net) *graph.Value { return n.node("Pad", []*graph.Value{n.x, n.on("Custom", n.x)}) }, "?1 ?2"},
	})
}
