package linear_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/passes/internal/linear"
	"github.com/acdeploy/acdeploy/tensor"
)

func TestReplacesAll(t *testing.T) {
	for name, c := range map[string]struct {
		at   []int64
		want bool
	}{
		"all": {[]int64{0, 1, 2}, true}, "other_order": {[]int64{1, 0, 2}, false},
		"some": {[]int64{0, 1}, false}, "twice": {[]int64{0, 1, 1}, false}, "from_the_end": {[]int64{-3, -2, -1}, false},
	} {
		b := graphtest.New(17)
		indices := b.Graph.NewInitializer("at", tensor.Of([]int64{int64(len(c.at)), 1}, c.at...))
		v := b.Node("ScatterND", []*graph.Value{b.Input("x", 3, 2), indices, b.Input("u", int64(len(c.at)), 2)})
		if got := linear.ReplacesAll(v.Producer(), shapes.Of(b.Graph)); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
