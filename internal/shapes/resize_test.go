package shapes_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
)

func TestResize(t *testing.T) {
	infer(t, map[string]rule{
		"whole scales": {image(), func(n net) *graph.Value { return n.node("Resize", []*graph.Value{n.x, nil, n.scales(1, 1, 2, 0.5)}) }, "N 3 ?2 16"},
		"sizes":        {image(), func(n net) *graph.Value { return n.node("Resize", []*graph.Value{n.x, nil, nil, n.ints(1, 3, 5, 7)}) }, "1 3 5 7"},
		"a policy": {image(), func(n net) *graph.Value {
			return n.node("Resize", []*graph.Value{n.x, nil, nil, n.ints(1, 3, 5, 7)}, graph.StringAttr("keep_aspect_ratio_policy", "not_larger"))
		}, "?2 ?3 ?4 ?5"},
	})
}
