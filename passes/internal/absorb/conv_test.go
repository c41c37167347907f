package absorb

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// exampleConv is W·x + b as a convolution 1×1 with the given pads.
func exampleConv(b graphtest.Builder, pads ...int64) *graph.Value {
	w, c := b.Floats([]int64{2, 2, 1}, 1, 2, 3, 4), b.Floats([]int64{2}, 6, 8)
	v := b.Node("Conv", []*graph.Value{b.Input("x", 1, 2, 5), w, c}, graph.IntsAttr("pads", pads...))
	b.Graph.AddOutput(v)
	return v
}

func TestConvTakesInAMap(t *testing.T) {
	for name, after := range map[string]bool{"after": true, "before": false} {
		t.Run(name, func(t *testing.T) {
			b := graphtest.New(17)
			v := exampleConv(b, 0, 0)
			to := read(t, b, v)
			made, why := to.before(example())
			w, c := fed(example(), 1)
			if after {
				made, why = to.after(example())
				w, c = mappedBy(example())
			}
			apply(t, made, why)
			holds(t, v.Producer().Input(1), w)
			holds(t, v.Producer().Input(2), c)
			if made.constant != v.Producer().Input(2).Constant() {
				t.Error("the change does not tell the constant that the convolution adds")
			}
		})
	}
}

// TestConvWithPadding: the padding is zero after the map, so a constant before it is not one after it.
func TestConvWithPadding(t *testing.T) {
	b := graphtest.New(17)
	v := exampleConv(b, 1, 1)
	to := read(t, b, v)
	_, why := to.before(example())
	refused(t, why, refusal.PaddingMode)
	_, why = to.after(example())
	refused(t, why, "")
	made, why := to.before(stencil.Affine{Scale: []float64{2, -4}})
	apply(t, made, why)
	holds(t, v.Producer().Input(1), []float64{2, -8, 6, -16})
	holds(t, v.Producer().Input(2), bias[:])
}

func TestConvAxes(t *testing.T) {
	b := graphtest.New(17)
	w := b.Floats([]int64{4, 3, 1, 1}, 1)
	v := b.Node("Conv", []*graph.Value{b.Input("x", 1, 6, 5, 5), w}, graph.IntAttr("group", 2))
	to := read(t, b, v)
	if got, want := to.operand(), (algebra.Axis{Front: 1, Back: 2, Channels: 6}); got != want {
		t.Errorf("the operand has %+v", got)
	}
	if got, want := to.result(), (algebra.Axis{Front: 1, Back: 2, Channels: 4}); got != want {
		t.Errorf("the result has %+v", got)
	}
}

func TestConvOverflows(t *testing.T) {
	b := graphtest.New(17)
	to := read(t, b, exampleConv(b, 0, 0))
	_, why := to.after(stencil.Affine{Scale: []float64{1e39, 1}})
	refused(t, why, refusal.Overflow)
}
