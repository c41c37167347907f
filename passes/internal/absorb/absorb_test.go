package absorb

import (
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
	"github.com/acdeploy/acdeploy/tensor"
)

// example is the map s·(x − c) + t of two channels, with numbers that float32 holds.
func example() stencil.Affine {
	return stencil.Affine{Scale: []float64{2, -4}, Center: []float64{1, 3}, Shift: []float64{5, 7}}
}

// matrix and bias are those of y = W·x + b, for two channels.
var (
	matrix = [2][2]float64{{1, 2}, {3, 4}}
	bias   = [2]float64{6, 8}
)

// mappedBy is W and b, row by row, of the map after W·x + b.
func mappedBy(a stencil.Affine) (w, b []float64) {
	for o := range 2 {
		for c := range 2 {
			w = append(w, a.Scale[o]*matrix[o][c])
		}
		b = append(b, a.Scale[o]*(bias[o]-a.Center[o])+a.Shift[o])
	}
	return w, b
}

// fed is W and b, row by row, of α·W·x + b with the map before it; the α stays outside of W.
func fed(a stencil.Affine, alpha float64) (w, b []float64) {
	for o := range 2 {
		sum := bias[o]
		for c := range 2 {
			w = append(w, matrix[o][c]*a.Scale[c])
			sum += alpha * matrix[o][c] * (a.Shift[c] - a.Scale[c]*a.Center[c])
		}
		b = append(b, sum)
	}
	return w, b
}

// transposed2 is a matrix of two rows, column by column.
func transposed2(w []float64) []float64 { return []float64{w[0], w[2], w[1], w[3]} }

// read is the target that the producer of v is.
func read(t *testing.T, b graphtest.Builder, v *graph.Value) target {
	t.Helper()
	to, why := readTarget(v.Producer(), nil, shapes.Of(b.Graph))
	if why != nil {
		t.Fatal(why.Detail)
	}
	if to == nil {
		t.Fatalf("%s is no target", v.Producer().Label())
	}
	return to
}

// apply puts a change in place that must not be refused.
func apply(t *testing.T, made change, why *refusal.Refusal) {
	t.Helper()
	if why != nil {
		t.Fatal(why.Detail)
	}
	made.apply()
}

// holds compares a constant with numbers.
func holds(t *testing.T, v *graph.Value, want []float64) {
	t.Helper()
	switch {
	case v == nil || v.Constant() == nil:
		t.Errorf("there is no constant, want %v", want)
	case !slices.Equal(v.Constant().Float64s(), want):
		t.Errorf("%q holds %v, want %v", v.Name(), v.Constant().Float64s(), want)
	}
}

// refused checks the reason of a refusal, "" for none.
func refused(t *testing.T, why *refusal.Refusal, reason string) {
	t.Helper()
	switch {
	case why == nil && reason != "":
		t.Errorf("it is not refused, want %s", reason)
	case why != nil && why.Reason != reason:
		t.Errorf("it is refused with %s (%s), want %q", why.Reason, why.Detail, reason)
	}
}

// mapOf is a map by the producer of v, with a number for each element of its second axis.
func mapOf(b graphtest.Builder, v *graph.Value, a stencil.Affine) Map {
	return Map{
		Node: v.Producer(), Known: shapes.Of(b.Graph),
		Read: func() (Numbers, *refusal.Refusal) {
			return Numbers{Affine: a, Shape: []int64{int64(max(len(a.Scale), len(a.Shift)))}, OnSecond: true}, nil
		},
		Misfit: func(target string) *refusal.Refusal { return refusal.New(refusal.NotChannel, "not for %s", target) },
		Needed: func(*graph.Value, *tensor.Tensor) *refusal.Refusal { return nil },
	}
}

// TestPlan folds into the convolution before the node, or else into the one after it.
func TestPlan(t *testing.T) {
	for name, before := range map[string]bool{"before": true, "after": false} {
		t.Run(name, func(t *testing.T) {
			b := graphtest.New(17)
			x := b.Input("x", 1, 2, 5)
			var conv, scaled *graph.Value
			if before {
				conv = b.Conv(x, 2, 2, []int64{1}, nil, 1, 2, 3, 4)
				scaled = b.Node("Mul", []*graph.Value{conv, b.Floats([]int64{2, 1}, 2, -4)})
				b.Graph.AddOutput(scaled)
			} else {
				scaled = b.Node("Mul", []*graph.Value{x, b.Floats([]int64{2, 1}, 2, -4)})
				conv = b.Conv(scaled, 2, 2, []int64{1}, nil, 1, 2, 3, 4)
				b.Graph.AddOutput(conv)
			}
			fold, why := mapOf(b, scaled, stencil.Affine{Scale: []float64{2, -4}}).Plan()
			if why != nil {
				t.Fatal(why.Detail)
			}
			holds(t, conv.Producer().Input(1), []float64{1, 2, 3, 4})
			fold.Apply()
			want := []float64{2, -8, 6, -16}
			if before {
				want = []float64{2, 4, -12, -16}
			}
			holds(t, conv.Producer().Input(1), want)
			nodes := slices.Collect(b.Graph.Nodes())
			if fold.Target != conv.Producer().Label() || !slices.Equal(nodes, []*graph.Node{conv.Producer()}) || conv.Producer().Input(0) != x {
				t.Errorf("%d nodes are left, the target is %s", len(nodes), fold.Target)
			}
		})
	}
}

// TestPlanSaysWhy: a reason not to fold is told rather than that there is nothing on the other side.
func TestPlanSaysWhy(t *testing.T) {
	no := refusal.New(refusal.Border, "no")
	for name, c := range map[string]struct {
		change func(b graphtest.Builder, conv *graph.Value, m *Map)
		reason string
	}{
		"shared": {func(b graphtest.Builder, conv *graph.Value, _ *Map) { b.Graph.AddOutput(conv) }, refusal.SharedOutput},
		"needed": {func(_ graphtest.Builder, _ *graph.Value, m *Map) {
			m.Needed = func(*graph.Value, *tensor.Tensor) *refusal.Refusal { return no }
		}, refusal.Border},
		"unread": {func(_ graphtest.Builder, _ *graph.Value, m *Map) {
			m.Read = func() (Numbers, *refusal.Refusal) { return Numbers{}, no }
		}, refusal.Border},
	} {
		t.Run(name, func(t *testing.T) {
			b := graphtest.New(17)
			conv := b.Conv(b.Input("x", 1, 2, 5), 2, 2, []int64{1}, nil, 1)
			v := b.BatchNorm(conv, 2, 1, 0, 0, 1)
			b.Graph.AddOutput(v)
			m := mapOf(b, v, example())
			c.change(b, conv, &m)
			_, why := m.Plan()
			refused(t, why, c.reason)
			if NoTarget(why) {
				t.Error("a reason is taken for nothing to fold into")
			}
		})
	}
	b := graphtest.New(17)
	v := b.BatchNorm(b.Input("x", 1, 2, 5), 2, 1, 0, 0, 1)
	b.Graph.AddOutput(v)
	if _, why := mapOf(b, v, example()).Plan(); !NoTarget(why) {
		t.Errorf("alone it gives %v", why)
	}
}

// TestNoNodeForANode: a MatMul without a bias gets an Add where that replaces a batch normalisation, not where
// it replaces an Add.
func TestNoNodeForANode(t *testing.T) {
	for op, reason := range map[string]string{"Add": refusal.NoConvolution, "BatchNormalization": ""} {
		b := graphtest.New(17)
		product := b.Node("MatMul", []*graph.Value{b.Input("x", 1, 5, 2), b.Floats([]int64{2, 2}, 1)})
		v := b.Node("Transpose", []*graph.Value{product}, graph.IntsAttr("perm", 0, 2, 1))
		if op == "Add" {
			v = b.Node(op, []*graph.Value{v, b.Floats([]int64{2, 1}, 3)})
		} else {
			v = b.BatchNorm(v, 2, 1, 3, 0, 1)
		}
		b.Graph.AddOutput(v)
		_, why := mapOf(b, v, stencil.Affine{Shift: []float64{3, 3}}).Plan()
		refused(t, why, reason)
	}
}
