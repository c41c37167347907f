package absorb

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
)

// exampleGemm is α·x·B + β·C of α = 2 and β = 2, where β·C is the bias of the example.
func exampleGemm(b graphtest.Builder, outer bool) *graph.Value {
	w, flag := b.Floats([]int64{2, 2}, 1, 3, 2, 4), int64(0)
	if outer {
		w, flag = b.Floats([]int64{2, 2}, 1, 2, 3, 4), 1
	}
	return b.Node("Gemm", []*graph.Value{b.Input("x", 5, 2), w, b.Floats([]int64{2}, 3, 4)},
		graph.FloatAttr("alpha", 2), graph.FloatAttr("beta", 2), graph.IntAttr("transB", flag))
}

func TestGemmTakesInAMap(t *testing.T) {
	for name, c := range map[string]struct{ after, outer bool }{
		"after": {true, false}, "after_transB": {true, true}, "before": {false, false}, "before_transB": {false, true},
	} {
		t.Run(name, func(t *testing.T) {
			b := graphtest.New(17)
			v := exampleGemm(b, c.outer)
			to := read(t, b, v)
			made, why := to.before(example())
			w, sum := fed(example(), 2)
			if c.after {
				made, why = to.after(example())
				w, sum = mappedBy(example())
			}
			apply(t, made, why)
			if !c.outer {
				w = transposed2(w)
			}
			n := v.Producer()
			holds(t, n.Input(1), w)
			holds(t, n.Input(2), sum)
			if n.Float("alpha", 1) != 2 || n.Float("beta", 1) != 1 {
				t.Errorf("α is %v and β is %v", n.Float("alpha", 1), n.Float("beta", 1))
			}
		})
	}
}

// TestGemmKeepsC: a scale before it does not change C and β.
func TestGemmKeepsC(t *testing.T) {
	b := graphtest.New(17)
	v := exampleGemm(b, true)
	made, why := read(t, b, v).before(stencil.Affine{Scale: []float64{2, -4}})
	apply(t, made, why)
	holds(t, v.Producer().Input(1), []float64{2, -8, 6, -16})
	holds(t, v.Producer().Input(2), []float64{3, 4})
	if v.Producer().Float("beta", 1) != 2 {
		t.Error("β is another one")
	}
}

// TestOldGemmBroadcasts: before opset 7 a row C has to be told to spread.
func TestOldGemmBroadcasts(t *testing.T) {
	b := graphtest.New(6)
	zero := b.Floats([]int64{5, 2}, 0)
	v := b.Node("Gemm", []*graph.Value{b.Input("x", 5, 2), b.Floats([]int64{2, 2}, 1), zero})
	h := gemm{node: v.Producer(), Gemm: algebra.Gemm{Product: algebra.MatrixOf(v.Producer().Input(1).Constant(), false), Alpha: 1, Front: 1}}
	made, why := h.after(stencil.Affine{Shift: []float64{5, 7}})
	apply(t, made, why)
	holds(t, v.Producer().Input(2), []float64{5, 7})
	if v.Producer().Int("broadcast", 0) != 1 {
		t.Error("C does not spread")
	}
}

func TestGemmAxes(t *testing.T) {
	b := graphtest.New(17)
	w := b.Floats([]int64{2, 3}, 1)
	for flag, want := range []algebra.Axis{{Front: 1, Back: 0, Channels: 2}, {Front: 0, Back: 1, Channels: 2}} {
		x := b.Input([]string{"rows", "columns"}[flag], 2, 2)
		to := read(t, b, b.Node("Gemm", []*graph.Value{x, w}, graph.IntAttr("transA", int64(flag))))
		if got := to.operand(); got != want {
			t.Errorf("with transA=%d the operand has %+v", flag, got)
		}
		if got := to.result(); got != (algebra.Axis{Front: 1, Back: 0, Channels: 3}) {
			t.Errorf("with transA=%d the result has %+v", flag, got)
		}
	}
}
