package absorb

import (
	"maps"
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// swap moves the channels from the second axis to the last, or back.
func swap(b graphtest.Builder, v *graph.Value) *graph.Value {
	return b.Node("Transpose", []*graph.Value{v}, graph.IntsAttr("perm", 0, 2, 1))
}

// doubled is a map of every number, by the producer of v.
func doubled(b graphtest.Builder, v *graph.Value) Map {
	m := mapOf(b, v, stencil.Affine{Scale: []float64{2}})
	m.Read = func() (Numbers, *refusal.Refusal) {
		return Numbers{Affine: stencil.Affine{Scale: []float64{2}}}, nil
	}
	return m
}

// mapAt is a map by the producer of v with a constant of that shape.
func mapAt(b graphtest.Builder, v *graph.Value, shape []int64, a stencil.Affine) Map {
	m := mapOf(b, v, a)
	m.Read = func() (Numbers, *refusal.Refusal) { return Numbers{Affine: a, Shape: shape}, nil }
	return m
}

// TestFoldRedefines: what lies between the map and its target holds other numbers after the fold, and so does what the map
// read or computed. All else keeps its meaning.
func TestFoldRedefines(t *testing.T) {
	before := func(b graphtest.Builder) (mapped *graph.Value) {
		conv := b.Conv(b.Input("x", 1, 2, 5), 2, 2, []int64{1}, nil, 1, 2, 3, 4)
		moved := swap(b, b.Node("MaxPool", []*graph.Value{conv}, graph.IntsAttr("kernel_shape", 1)))
		mapped = b.Node("Mul", []*graph.Value{moved, b.Floats([]int64{2}, 2, 4)})
		b.Graph.AddOutput(b.Node("Relu", []*graph.Value{mapped}))
		return mapped
	}
	after := func(b graphtest.Builder) (mapped *graph.Value) {
		mapped = b.Node("Mul", []*graph.Value{b.Node("Relu", []*graph.Value{b.Input("x", 1, 2, 5)}), b.Floats([]int64{2, 1}, 2, 4)})
		moved := swap(b, b.Node("MaxPool", []*graph.Value{mapped}, graph.IntsAttr("kernel_shape", 1)))
		b.Graph.AddOutput(b.Node("MatMul", []*graph.Value{moved, b.Floats([]int64{2, 3}, 1)}))
		return mapped
	}
	// A MatMul without a bias gets an Add for the shift of the map.
	biased := func(b graphtest.Builder) (mapped *graph.Value) {
		product := b.Node("MatMul", []*graph.Value{b.Input("x", 1, 5, 2), b.Floats([]int64{2, 2}, 1)})
		mapped = b.BatchNorm(swap(b, product), 2, 2, 1, 0, 1)
		b.Graph.AddOutput(mapped)
		return mapped
	}
	for name, c := range map[string]struct {
		build func(b graphtest.Builder) *graph.Value
		shift []float64
		shape []int64
		want  map[string]string // of the values that are left and have an origin: by the operator that computes them
	}{
		"before": {before, nil, []int64{2}, map[string]string{"Transpose": "Mul", "Relu": "Relu"}},
		"after":  {after, nil, []int64{2, 1}, map[string]string{"Relu": "Relu", "MatMul": "MatMul"}},
		"biased": {biased, []float64{1, 1}, []int64{2, 1}, map[string]string{"Transpose": "BatchNormalization"}},
	} {
		t.Run(name, func(t *testing.T) {
			original := graphtest.New(17)
			mapped := c.build(original)
			b := graphtest.Builder{Graph: original.Graph.Model().Clone().Graph}
			fold, why := mapAt(b, b.Graph.Lookup(mapped.Name()), c.shape, stencil.Affine{Scale: []float64{2, 4}, Shift: c.shift}).Plan()
			if why != nil {
				t.Fatal(why.Detail)
			}
			fold.Apply()
			got := map[string]string{}
			for n := range b.Graph.Nodes() {
				if was := n.Output(0).Origin(); was != nil {
					got[n.OpType] = was.Producer().OpType
				}
			}
			if !maps.Equal(got, c.want) {
				t.Errorf("origins are %v, want %v", got, c.want)
			}
		})
	}
}

// TestTreeIsBounded: a map with more nodes between it and the convolution than are looked at stays.
func TestTreeIsBounded(t *testing.T) {
	for count, reason := range map[int]string{maxSteps - 1: "", maxSteps: refusal.NoConvolution} {
		b := graphtest.New(17)
		v := b.Conv(b.Input("x", 1, 2, 5), 2, 2, []int64{1}, nil, 1)
		for range count {
			v = swap(b, v)
		}
		v = b.Node("Neg", []*graph.Value{v})
		b.Graph.AddOutput(v)
		_, why := doubled(b, v).Plan()
		refused(t, why, reason)
	}
}

// TestFoldNamesItsTargets in the order in which they are met.
func TestFoldNamesItsTargets(t *testing.T) {
	b := graphtest.New(17)
	x := b.Input("x", 1, 2, 5)
	parts := []*graph.Value{b.Conv(x, 2, 2, []int64{1}, nil, 1), b.Conv(x, 2, 1, []int64{1}, nil, 1)}
	v := b.BatchNorm(b.Node("Concat", parts, graph.IntAttr("axis", 1)), 3, 1, 0, 0, 1)
	b.Graph.AddOutput(v)
	fold, why := mapOf(b, v, stencil.Affine{Scale: []float64{2, 3, 4}}).Plan()
	if why != nil {
		t.Fatal(why.Detail)
	}
	if want := parts[0].Name() + ", " + parts[1].Name(); fold.Target != want {
		t.Errorf("the targets are %s, want %s", fold.Target, want)
	}
	fold.Apply()
	holds(t, parts[0].Producer().Input(1), []float64{2, 2, 3, 3})
	holds(t, parts[1].Producer().Input(1), []float64{4, 4})
	if left := slices.Collect(b.Graph.Nodes()); len(left) != 3 {
		t.Errorf("%d nodes are left", len(left))
	}
}
