package op_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
)

// TestConcatAxis: up to opset 3 the axis may be absent and is 1 then, as the text of the schema says.
func TestConcatAxis(t *testing.T) {
	for name, c := range map[string]struct {
		n    *graph.Node
		want int
		err  string
	}{
		"absent in opset 1": {node(1, "Concat", []input{"x", "x"}), 1, ""},
		"absent in opset 3": {node(3, "Concat", []input{"x", "x"}), 1, ""},
		"absent in opset 4": {node(4, "Concat", []input{"x", "x"}), 0, "its attribute axis is absent"},
		"written":           {node(3, "Concat", []input{"x", "x"}, graph.IntAttr("axis", 0)), 0, ""},
		"from the end":      {node(11, "Concat", []input{"x", "x"}, graph.IntAttr("axis", -1)), 2, ""},
		"no such axis":      {node(11, "Concat", []input{"x", "x"}, graph.IntAttr("axis", 3)), 0, "no axis 3"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := op.ConcatAxis(c.n, 3)
			wantError(t, err, c.err)
			if got != c.want {
				t.Errorf("axis %d, want %d", got, c.want)
			}
		})
	}
}
