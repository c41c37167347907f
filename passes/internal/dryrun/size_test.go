package dryrun_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/passes/internal/dryrun"
)

// TestSizeDoubles: functions that call each other twice are measured with all that they come to, each once, however deep they
// are: what 60 levels take is more than any room, and no less than that of 30.
func TestSizeDoubles(t *testing.T) {
	for _, levels := range []int{30, 60} {
		b := graphtest.New(17)
		m := b.Graph.Model()
		m.Room = 1 << 40
		define(m, "f0", conv)
		for k := range levels {
			define(m, fmt.Sprint("f", k+1), func(f graphtest.Builder, x *graph.Value) *graph.Value {
				inner := fmt.Sprint("f", k)
				return call(f, inner, call(f, inner, x))
			})
		}
		b.Graph.AddOutput(call(b, fmt.Sprint("f", levels), b.Input("x", 1, 1, 4)))
		if _, err := dryrun.Calls(context.Background(), m, nil, nil); err == nil {
			t.Errorf("%d levels are replaced", levels)
		}
	}
}
