package verify

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
)

func TestDecides(t *testing.T) {
	for op, want := range map[string]bool{"ArgMax": true, "Greater": true, "Round": true, "Relu": false, "Softmax": false} {
		if got := decides(graph.NewNode(op)); got != want {
			t.Errorf("%s decides: %t", op, got)
		}
	}
}
