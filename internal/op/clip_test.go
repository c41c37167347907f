package op_test

import (
	"math"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
)

func TestClipBounds(t *testing.T) {
	for name, c := range map[string]struct {
		n         *graph.Node
		low, high float64
		ok        bool
	}{
		"opset 1":            {node(1, "Clip", []input{"x"}, graph.FloatAttr("max", 1)), math.Inf(-1), 1, true},
		"opset 6":            {node(6, "Clip", []input{"x"}, graph.FloatAttr("min", -1)), -1, math.MaxFloat32, true},
		"opset 11":           {node(11, "Clip", []input{"x", "low"}), 0, 0, false},
		"what is not a Clip": {node(6, "Clip", nil), 0, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			if low, high, ok := op.ClipBounds(c.n); low != c.low || high != c.high || ok != c.ok {
				t.Errorf("from %v to %v, %v", low, high, ok)
			}
		})
	}
}
