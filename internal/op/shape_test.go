package op_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
)

func TestShapeRange(t *testing.T) {
	attr := graph.IntAttr
	for name, c := range map[string]struct {
		n          *graph.Node
		first, end int
	}{
		"all":          {node(13, "Shape", []input{"x"}), 0, 3},
		"from, to":     {node(15, "Shape", []input{"x"}, attr("start", 1), attr("end", 2)), 1, 2},
		"from the end": {node(15, "Shape", []input{"x"}, attr("start", -2), attr("end", -1)), 1, 2},
		"past all":     {node(15, "Shape", []input{"x"}, attr("start", -9), attr("end", 9)), 0, 3},
		"none":         {node(15, "Shape", []input{"x"}, attr("start", 2), attr("end", 1)), 2, 2},
	} {
		t.Run(name, func(t *testing.T) {
			if first, end, err := op.ShapeRange(c.n, 3); first != c.first || end != c.end || err != nil {
				t.Errorf("axes %d to %d: %v", first, end, err)
			}
		})
	}
	_, _, err := op.ShapeRange(node(13, "Shape", nil), 3)
	wantError(t, err, "its input data is absent")
}
