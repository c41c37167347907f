package absorb

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
)

// exampleNorm is γ·(x − μ) + β of two channels: γ = 3, 5; β = 6, 8; μ = 2, 4.
func exampleNorm(b graphtest.Builder, x *graph.Value) *graph.Value {
	in := []*graph.Value{x}
	for _, numbers := range [][]float32{{3, 5}, {6, 8}, {2, 4}, {1, 1}} {
		in = append(in, b.Floats([]int64{2}, numbers...))
	}
	return b.Node("BatchNormalization", in, graph.FloatAttr("epsilon", 0))
}

func TestBatchNormTakesInAMap(t *testing.T) {
	for name, c := range map[string]struct {
		a                 stencil.Affine
		after             bool
		gamma, beta, mean []float64
	}{
		// s·(γ·(x − μ) + β − c) + t
		"after": {example(), true, []float64{2 * 3, -4 * 5}, []float64{2*(6-1) + 5, -4*(8-3) + 7}, []float64{2, 4}},
		// γ·(s·(x − c) + t − μ) + β, where x − c + (t − μ)/s is x − (c + (μ − t)/s)
		"before":       {example(), false, []float64{3 * 2, 5 * -4}, []float64{6, 8}, []float64{1 + (2-5)/2., 3 + (4-7)/-4.}},
		"before_shift": {stencil.Affine{Shift: []float64{5, 7}}, false, []float64{3, 5}, []float64{6, 8}, []float64{2 - 5, 4 - 7}},
		"before_zero": {
			stencil.Affine{Scale: []float64{0, 1}, Shift: []float64{5, 0}},
			false,
			[]float64{0, 5},
			[]float64{3*(5-2) + 6, 8},
			[]float64{0, 4},
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := graphtest.New(17)
			v := exampleNorm(b, b.Input("x", 1, 2, 5))
			to := read(t, b, v)
			made, why := to.before(c.a)
			if c.after {
				made, why = to.after(c.a)
			}
			apply(t, made, why)
			n := v.Producer()
			holds(t, n.Input(1), c.gamma)
			holds(t, n.Input(2), c.beta)
			holds(t, n.Input(3), c.mean)
			holds(t, n.Input(4), []float64{1, 1})
		})
	}
}

func TestReadBatchNorm(t *testing.T) {
	b := graphtest.New(17)
	to := read(t, b, exampleNorm(b, b.Input("x", 1, 2, 5, 5)))
	if want := (algebra.Axis{Front: 1, Back: 2, Channels: 2}); to.operand() != want || to.result() != want {
		t.Errorf("the channels are on %+v and %+v", to.operand(), to.result())
	}
	unranked := exampleNorm(b, b.Node("Unknown", []*graph.Value{b.Graph.Lookup("x")}))
	training := exampleNorm(b, b.Graph.Lookup("x"))
	training.Producer().SetAttr(graph.IntAttr("training_mode", 1))
	for name, v := range map[string]*graph.Value{"unranked": unranked, "training": training} {
		if to, why := readTarget(v.Producer(), nil, shapes.Of(b.Graph)); to != nil || why != nil {
			t.Errorf("%s: it is the target %v, refused %v", name, to, why)
		}
	}
}
