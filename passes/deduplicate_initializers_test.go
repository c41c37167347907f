package passes_test

import (
	"strings"
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
	// double is computed: the passes keep it unrounded, although it needs no rounding here.
	double := func(b *builder, v ...float32) *graph.Value {
		twice := make32(len(v), 0)
		for i := range v {
			twice[i] = 2 * v[i]
		}
		return b.node("Mean", values{numbers(b, twice...), numbers(b, twice...)})
	}
	// nudged is what float32 takes for v, and is not.
	nudged := func(b *builder, v ...float32) *graph.Value {
		return b.node("Add", values{numbers(b, v...), numbers(b, make32(len(v), 1e-12)...)})
	}
	type build = func(b *builder) *graph.Value
	of := func(make func(b *builder, v ...float32) *graph.Value, v ...float32) build {
		return func(b *builder) *graph.Value { return make(b, v...) }
	}
	// inside is 1, 2, 3 and 4 but for what float32 does not take of the second one.
	inside := func(b *builder) *graph.Value {
		return b.node("Add", values{numbers(b, 1, 2, 3, 4), numbers(b, 0, 1e-12, 0, 0)})
	}
	ones := func(b *builder) *graph.Value { return b.floats([]int64{1, 4, 1, 1}, 1, 1, 1, 1) }
	for name, c := range map[string]struct {
		a, b   build
		stored bool
		want   int // initializers
	}{
		"stored":                          {of(numbers, 1, 2, 3, 4), of(numbers, 1, 2, 3, 4), false, 2},
		"stored_too":                      {of(numbers, 1, 2, 3, 4), of(numbers, 1, 2, 3, 4), true, 1},
		"computed":                        {of(double, 1, 2, 3, 4), of(double, 1, 2, 3, 4), false, 1},
		"few":                             {of(double, 1), of(double, 1), false, 1},
		"one_computed":                    {of(numbers, 2, 4, 6, 8), of(double, 1, 2, 3, 4), false, 1},
		"once_rounded":                    {of(numbers, 2, 4, 6, 8), of(nudged, 2, 4, 6, 8), false, 2},
		"other_one_computed":              {of(double, 1, 2, 3, 4), of(numbers, 2, 4, 6, 8), false, 1},
		"unlike_in_the_middle":            {of(double, 1, 2, 3, 4), of(double, 1, 2, 5, 4), false, 2},
		"stored_unlike_in_the_middle":     {of(numbers, 1, 2, 3, 4), of(numbers, 1, 2, 5, 4), true, 2},
		"once_rounded_in_the_middle":      {of(numbers, 1, 2, 3, 4), inside, false, 2},
		"other_one_rounded_in_the_middle": {inside, of(numbers, 1, 2, 3, 4), false, 2},
		"not_equal":                       {of(double, 1, 2, 3, 4), of(double, 1, 2, 3, 5), false, 2},
		"other_shape":                     {of(double, 1, 1, 1, 1), func(b *builder) *graph.Value { return b.node("Add", values{ones(b), ones(b)}) }, false, 2},
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

// TestInitializersThatStay shares numbers of other types, and nothing that is seen from outside.
func TestInitializersThatStay(t *testing.T) {
	type values = []*graph.Value
	for name, c := range map[string]struct {
		block func(b *builder, x *graph.Value) *graph.Value
		want  int // initializers
	}{
		"integers": {func(b *builder, x *graph.Value) *graph.Value {
			return b.reshape(b.node("Relu", values{b.reshape(x, 2, 2)}), 2, 2)
		}, 1},
		"other_integers": {func(b *builder, x *graph.Value) *graph.Value {
			return b.reshape(b.node("Relu", values{b.reshape(x, 2, 2)}), 4, 1)
		}, 2},
		"strings": {func(b *builder, x *graph.Value) *graph.Value {
			text := func() *graph.Value {
				v, err := tensor.NewStrings([]int64{1}, []string{"a"})
				if err != nil {
					panic(err)
				}
				return b.g.NewInitializer("text", v)
			}
			return b.node("Custom", values{x, text(), text()})
		}, 2},
		"nothing": {func(b *builder, x *graph.Value) *graph.Value {
			return b.node("Concat", values{x, b.constant(0), b.constant(0)}, graph.IntAttr("axis", 0))
		}, 1},
		"an_output": {func(b *builder, x *graph.Value) *graph.Value {
			one := func() *graph.Value { return b.floats([]int64{1}, 3) }
			y := one()
			z := b.mul(b.mul(x, one()), y)
			b.g.AddOutput(y)
			return z
		}, 2},
		"an_input": {func(b *builder, x *graph.Value) *graph.Value {
			b.m.IRVersion = 3
			one := func(name string) *graph.Value {
				if _, err := b.g.AddInput(name, graph.Type{Elem: tensor.Float32, Ranked: true, Shape: []tensor.Dim{{Size: 1}}}); err != nil {
					panic(err)
				}
				v, err := b.g.AddInitializer(name, tensor.Of([]int64{1}, float32(3)))
				if err != nil {
					panic(err)
				}
				return v
			}
			return b.mul(b.mul(x, one("a")), one("b"))
		}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBuilder(1)
			m := b.output(c.block(b, b.input("x", 4)))
			steps := []pipeline.Step{{Name: "deduplicate_initializers", Pass: &passes.DeduplicateInitializers{Stored: !strings.HasSuffix(name, "integers")}}}
			if _, err := pipeline.Run(t.Context(), m.Graph, steps, pipeline.Options{}); err != nil {
				t.Fatal(err)
			}
			if err := m.Check(); err != nil {
				t.Error(err)
			}
			if got := countInitializers(m.Graph); got != c.want {
				t.Errorf("%d initializers, want %d\n%s", got, c.want, passtest.Text(m))
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

// counted is a recipe of one row that counts how often it is computed.
type counted struct {
	numbers []float64
	times   *int
}

// Row implements [tensor.Recipe].
func (c counted) Row(dst []float64, _ int) {
	*c.times++
	copy(dst, c.numbers)
}

// MaxAbs implements [tensor.Recipe].
func (c counted) MaxAbs() float64 { return float64(len(c.numbers)) }

// TestReliability3Initializers computes each of many initializers a few times, however many there are that begin and end alike.
func TestReliability3Initializers(t *testing.T) {
	const initializers, width = 500, 200
	b, times := newBuilder(1), 0
	y := b.input("x", 1, 1, 1, width)
	for i := range initializers {
		numbers := make([]float64, width)
		numbers[width/2] = float64(i / 2) // each twice
		w := b.m.Graph.NewInitializer("w", tensor.Compute(tensor.Float32, []int64{1, width}, counted{numbers, &times}))
		y = b.node("Add", []*graph.Value{y, w})
	}
	m := b.output(y)
	steps := []pipeline.Step{{Name: "deduplicate_initializers", Pass: &passes.DeduplicateInitializers{}}}
	result, err := pipeline.Run(t.Context(), m.Graph, steps, pipeline.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := len(result.Passes[0].Rewrites); got != initializers/2 {
		t.Errorf("%d initializers share another, want %d", got, initializers/2)
	}
	if most := 12 * initializers; times > most { // in two rounds
		t.Errorf("initializers were computed %d times, at most %d are expected", times, most)
	}
}

func TestDeduplicateInitializersPatterns(t *testing.T) {
	twice := func(b *builder, x *graph.Value) *graph.Value {
		numbers := func() *graph.Value { return b.floats([]int64{4, 1, 1}, 1, 2, 3, 4) }
		return b.mul(b.node("Relu", []*graph.Value{b.mul(x, numbers())}), numbers())
	}
	patterns("deduplicate_initializers", &passes.DeduplicateInitializers{Stored: true},
		onImage("equal numbers", 1, "", twice),
		onImage("unequal numbers", 0, "", func(b *builder, x *graph.Value) *graph.Value {
			return b.mul(b.mul(x, b.constant(4, 1, 1)), b.constant(4, 1, 1))
		}),
	).Run(t)
}
