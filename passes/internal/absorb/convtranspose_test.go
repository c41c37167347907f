package absorb

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// exampleTransposed has two groups of one channel each, which give two channels each by two taps: the weight
// is [2, 2, 2].
func exampleTransposed(b graphtest.Builder, numbers int64) *graph.Value {
	w, c := b.Floats([]int64{2, 2, 2}, 1, 2, 3, 4, 5, 6, 7, 8), b.Floats([]int64{numbers}, 1, 2, 3, 4)
	return b.Node("ConvTranspose", []*graph.Value{b.Input("x", 1, 2, 5), w, c}, graph.IntAttr("group", 2))
}

func TestMapAfterConvTranspose(t *testing.T) {
	b := graphtest.New(17)
	v := exampleTransposed(b, 4)
	a := stencil.Affine{Scale: []float64{2, 4, 8, 16}, Center: []float64{3, 1, 1, 1}, Shift: []float64{5, 6, 7, 8}}
	made, why := read(t, b, v).after(a)
	apply(t, made, why)
	// Output channel o = 2·group + column, and both taps of it have the scale of o.
	holds(t, v.Producer().Input(1), []float64{1 * 2, 2 * 2, 3 * 4, 4 * 4, 5 * 8, 6 * 8, 7 * 16, 8 * 16})
	holds(t, v.Producer().Input(2), []float64{2*(1-3) + 5, 4*(2-1) + 6, 8*(3-1) + 7, 16*(4-1) + 8})
}

// TestMapBeforeConvTranspose: a scale belongs to an input channel, a row of the weight. How often a constant
// is added depends on the position.
func TestMapBeforeConvTranspose(t *testing.T) {
	b := graphtest.New(17)
	v := exampleTransposed(b, 4)
	to := read(t, b, v)
	_, why := to.before(example())
	refused(t, why, refusal.PaddingMode)
	made, why := to.before(stencil.Affine{Scale: []float64{2, -4}})
	apply(t, made, why)
	holds(t, v.Producer().Input(1), []float64{2, 4, 6, 8, -20, -24, -28, -32})
	holds(t, v.Producer().Input(2), []float64{1, 2, 3, 4})
}

func TestReadConvTranspose(t *testing.T) {
	b := graphtest.New(17)
	to := read(t, b, exampleTransposed(b, 4))
	if got, want := to.operand(), (algebra.Axis{Front: 1, Back: 1, Channels: 2}); got != want {
		t.Errorf("the operand has %+v", got)
	}
	if got, want := to.result(), (algebra.Axis{Front: 1, Back: 1, Channels: 4}); got != want {
		t.Errorf("the result has %+v", got)
	}
	b = graphtest.New(17)
	_, why := readTarget(exampleTransposed(b, 3).Producer(), nil, shapes.Of(b.Graph))
	refused(t, why, refusal.Unsupported)
	b = graphtest.New(17)
	computed := b.Node("ConvTranspose", []*graph.Value{b.Input("x", 1, 2, 5), b.Input("w", 2, 2, 2)})
	_, why = readTarget(computed.Producer(), nil, shapes.Of(b.Graph))
	refused(t, why, refusal.GraphInput)
}
