package diff

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// Other weights alone make no other value, and neither do other readers alone; both together do.
func TestTaken(t *testing.T) {
	weights := func(m *graph.Model) {
		m.Graph.Lookup("w").SetData(tensor.Of([]int64{2, 1, 1, 1}, float32(1), 3))
	}
	readers := func(m *graph.Model) { m.Graph.Lookup("y").Producer().Name = "another" }
	for name, c := range map[string]struct {
		changes []func(m *graph.Model)
		want    bool
	}{
		"nothing": {nil, false}, "weights": {[]func(m *graph.Model){weights}, false}, "readers": {[]func(m *graph.Model){readers}, false},
		"both": {[]func(m *graph.Model){weights, readers}, true},
	} {
		m := small(t)
		n := m.Clone()
		for _, change := range c.changes {
			change(n)
		}
		if got := taken(m.Graph.Lookup("a"), n.Graph.Lookup("a")); got != c.want {
			t.Errorf("%s: got %t", name, got)
		}
	}
}
