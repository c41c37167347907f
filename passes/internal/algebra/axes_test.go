package algebra_test

import (
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// TestAxesOf counts negative axes from the end, and takes the first axes where a node names none.
func TestAxesOf(t *testing.T) {
	b := graphtest.New(18)
	x := b.Input("x", 1, 2, 3, 4)
	for name, c := range map[string]struct {
		axes   *graph.Value
		want   []int64
		reason string
	}{
		"given":    {b.Ints(3, 2), []int64{3, 2}, ""},
		"negative": {b.Ints(-1, -4), []int64{3, 0}, ""},
		"absent":   {nil, []int64{0, 1}, ""},
		"twice":    {b.Ints(3, -1), nil, refusal.Unsupported},
		"past_end": {b.Ints(4), nil, refusal.Unsupported},
		"too_low":  {b.Ints(-5), nil, refusal.Unsupported},
		"computed": {b.Node("Shape", []*graph.Value{x}), nil, refusal.NotConstant},
	} {
		n := b.Node("ReduceMean", []*graph.Value{x, c.axes}).Producer()
		got, why := algebra.AxesOf(n, 1, 4, 2)
		if c.reason == "" && why != nil || c.reason != "" && (why == nil || why.Reason != c.reason) || !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, %v", name, got, why)
		}
	}
}
