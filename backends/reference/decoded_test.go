package reference

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
)

// TestDecodedConstants keeps as many as there is room for, the latest among them, and none that would not fit alone.
func TestDecodedConstants(t *testing.T) {
	var c constants
	g := graph.NewModel(8, graph.Opset{Version: 17}).Graph
	quarter := &array{f: make([]float64, mostDecoded/8/4)}
	for range 11 {
		v := g.NewValue("v")
		c.keep(v, quarter)
		sum := 0
		for _, a := range c.of {
			sum += 8 * len(a.f)
		}
		if sum != c.bytes || sum > mostDecoded || c.of[v] == nil {
			t.Fatalf("%d constants are kept, of %d bytes counted as %d", len(c.of), sum, c.bytes)
		}
	}
	before := len(c.of)
	large := g.NewValue("v")
	if c.keep(large, &array{f: make([]float64, mostDecoded/8+1)}); c.of[large] != nil || len(c.of) != before {
		t.Error("one that is too large is kept, or others went for it")
	}
}
