package passes_test

import (
	"maps"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/passes/passtest"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
)

// TestEqualInitializers shares what is equal before it is rounded, and of what is stored the integers.
func TestEqualInitializers(t *testing.T) {
	type values = []*graph.Value
	numbers := func(b *builder, v ...float32) *graph.Value { return b.floats([]int64{int64(len(v)), 1, 1}, v...) }
	// double is computed: the passes keep it unrounded.
	double := func(b *builder, v ...float32) *graph.Value {
		return b.node("Add", values{numbers(b, v...), numbers(b, v...)})
	}
	// nudged is what float32 takes for v, and is not.
	nudged := func(b *builder, v ...float32) *graph.Value {
		return b.node("Add", values{numbers(b, v...), numbers(b, make32(len(v), 1e-12)...)})
	}
	type build = func(b *builder) *graph.Value
	of := func(make func(b *builder, v ...float32) *graph.Value, v ...float32) build {
		return func(b *builder) *graph.Value { return make(b, v...) }
	}
	ones := func(b *builder) *graph.Value { return b.floats([]int64{1, 4, 1, 1}, 1, 1, 1, 1) }
	for name, c := range map[string]struct {
		a, b   build
		stored bool
		want   int // initializers
	}{
		"stored":       {of(numbers, 1, 2, 3, 4), of(numbers, 1, 2, 3, 4), false, 2},
		"stored_too":   {of(numbers, 1, 2, 3, 4), of(numbers, 1, 2, 3, 4), true, 1},
		"computed":     {of(double, 1, 2, 3, 4), of(double, 1, 2, 3, 4), false, 1},
		"few":          {of(double, 1), of(double, 1), false, 1},
		"one_computed": {of(numbers, 2, 4, 6, 8), of(double, 1, 2, 3, 4), false, 1},
		"once_rounded": {of(numbers, 2, 4, 6, 8), of(nudged, 2, 4, 6, 8), false, 2},
		"not_equal":    {of(double, 1, 2, 3, 4), of(double, 1, 2, 3, 5), false, 2},
		"other_shape":  {of(double, 1, 1, 1, 1), func(b *builder) *graph.Value { return b.node("Add", values{ones(b), ones(b)}) }, false, 2},
	} {
		t.Run(name, func(t *testing.T) {
			build := func() *graph.Model {
				b := newBuilder(1)
				x := b.input("x", -1, 4, -1, -1)
				y := b.node("Relu", values{b.node("Mul", values{b.node("Relu", values{x}), c.a(b)})})
				return b.output(b.node("Mul", values{y, c.b(b)}))
			}
			steps := append(folding(), pipeline.Step{Name: "deduplicate_initializers", Pass: &passes.DeduplicateInitializers{Stored: c.stored}})
			m, _ := passtest.Run(t, build, steps, [][]int64{{1, 4, 2, 2}})
			if got := countInitializers(m.Graph); got != c.want {
				t.Errorf("%d initializers, want %d\n%s", got, c.want, passtest.Text(m))
			}
			if c.stored {
				return
			}
			if err := sameFileAgain(m); err != nil {
				t.Error(err)
			}
		})
	}
}

func countInitializers(g *graph.Graph) int {
	n := 0
	for range g.Initializers() {
		n++
	}
	return n
}

// TestWrittenOtherwise leaves a constant to be computed by the model where another node depends on what it is
// rounded to, such as one that it would make do nothing: who fused the file again would go on.
func TestWrittenOtherwise(t *testing.T) {
	type values = []*graph.Value
	for name, c := range map[string]struct {
		op    string
		build func(b *builder) *graph.Value
		want  map[string]int
	}{
		"almost_one": {"Mul", func(b *builder) *graph.Value {
			return b.node("Add", values{b.floats(nil, 1), b.floats(nil, 1e-12)})
		}, map[string]int{"Relu": 1, "Add": 1, "Mul": 1}},
		"almost_zero": {"Add", func(b *builder) *graph.Value {
			return b.node("Mul", values{b.floats(nil, 1e-30), b.floats(nil, 1e-30)})
		}, map[string]int{"Relu": 1, "Add": 1, "Mul": 1}},
		"one": {"Mul", func(b *builder) *graph.Value {
			return b.node("Add", values{b.floats(nil, 0.75), b.floats(nil, 0.25)})
		}, map[string]int{"Relu": 1}},
		"two": {"Mul", func(b *builder) *graph.Value {
			return b.node("Add", values{b.floats(nil, 1), b.floats(nil, 1)})
		}, map[string]int{"Relu": 1, "Mul": 1}},
		"almost_one_and_moved": {"Mul", func(b *builder) *graph.Value {
			sum := b.node("Add", values{b.floats([]int64{1, 1}, 1), b.floats([]int64{1, 1}, 1e-12)})
			return b.reshape(b.node("Transpose", values{sum}), 1)
		}, map[string]int{"Relu": 1, "Add": 1, "Transpose": 1, "Reshape": 1, "Mul": 1}},
		"cast_to_a_wider_type": {"Mul", func(b *builder) *graph.Value {
			half := b.g.NewInitializer("h", rounded(tensor.BFloat16, []int64{2}, []float64{0.3, 0.7}))
			wide := b.node("Cast", values{b.node("Mul", values{half, half})}, graph.IntAttr("to", int64(tensor.Float32)))
			return b.node("ReduceSum", values{wide}, graph.IntAttr("keepdims", 0))
		}, map[string]int{"Relu": 1, "Mul": 1}},
		"cast_to_a_narrower_type": {"Mul", func(b *builder) *graph.Value {
			sum := b.node("Add", values{b.floats([]int64{1}, 0.1), b.floats([]int64{1}, 0.4)})
			half := b.node("Cast", values{b.reshape(sum)}, graph.IntAttr("to", int64(tensor.Float16)))
			return b.node("Cast", values{half}, graph.IntAttr("to", int64(tensor.Float32)))
		}, map[string]int{"Relu": 1, "Add": 1, "Reshape": 1, "Cast": 2, "Mul": 1}},
		"compared": {"Mul", func(b *builder) *graph.Value {
			third := b.node("Mul", values{b.floats([]int64{1}, 3), b.floats([]int64{1}, 1./3)})
			less := b.node("Less", values{third, b.floats([]int64{1}, 1)})
			return b.node("Where", values{less, b.floats([]int64{1}, 2), b.floats([]int64{1}, 3)})
		}, map[string]int{"Relu": 1, "Less": 1, "Where": 1, "Mul": 2}},
		"another_use": {"Max", func(b *builder) *graph.Value {
			return b.node("Add", values{b.floats(nil, 1), b.floats(nil, 1e-12)})
		}, map[string]int{"Relu": 1, "Max": 1}},
	} {
		t.Run(name, func(t *testing.T) {
			build := func() *graph.Model {
				b := newBuilder(1)
				x := b.input("x", -1, 4, -1, -1)
				return b.output(b.node(c.op, values{b.node("Relu", values{x}), c.build(b)}))
			}
			m, _ := passtest.Run(t, build, defaults(), [][]int64{{1, 4, 2, 2}})
			if got := ops(m); !maps.Equal(got, c.want) {
				t.Errorf("operators %v, want %v", got, c.want)
			}
			if err := sameFileAgain(m); err != nil {
				t.Error(err)
			}
		})
	}
}
