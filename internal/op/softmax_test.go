package op_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
)

func TestSoftmaxAxes(t *testing.T) {
	for name, c := range map[string]struct {
		n          *graph.Node
		first, end int
		err        string
	}{
		"the last":        {node(13, "Softmax", []input{"x"}), 2, 3, ""},
		"one":             {node(13, "LogSoftmax", []input{"x"}, graph.IntAttr("axis", 0)), 0, 1, ""},
		"from the second": {node(12, "Softmax", []input{"x"}), 1, 3, ""},
		"all":             {node(1, "Softmax", []input{"x"}, graph.IntAttr("axis", 0)), 0, 3, ""},
		"no such axis":    {node(13, "Softmax", []input{"x"}, graph.IntAttr("axis", 3)), 0, 0, "no axis 3"},
	} {
		t.Run(name, func(t *testing.T) {
			first, end, err := op.SoftmaxAxes(c.n, 3)
			wantError(t, err, c.err)
			if first != c.first || end != c.end {
				t.Errorf("axes %d to %d", first, end)
			}
		})
	}
}
