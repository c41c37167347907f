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

// TestRemoveUnused removes what no output depends on, in every graph, and keeps the interface.
func TestRemoveUnused(t *testing.T) {
	type values = []*graph.Value
	for name, c := range map[string]struct {
		block        func(b *builder, x *graph.Value) *graph.Value
		want         map[string]int // operators of the main graph
		initializers int
		rewrites     int
	}{
		"nothing": {func(b *builder, x *graph.Value) *graph.Value {
			return b.add(x, b.constant(4, 1, 1))
		}, map[string]int{"Add": 1}, 1, 0},
		"a chain that ends nowhere": {func(b *builder, x *graph.Value) *graph.Value {
			b.node("Relu", values{b.add(b.node("Tanh", values{x}), b.constant(4, 1, 1))})
			return b.node("Neg", values{x})
		}, map[string]int{"Neg": 1}, 0, 4},
		"one result of two": {func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("Dropout", values{x})
			if err := y.Producer().AddOutput(b.g.NewValue("mask")); err != nil {
				panic(err)
			}
			return y
		}, map[string]int{"Dropout": 1}, 0, 0},
		"a default that a caller may replace": {func(b *builder, x *graph.Value) *graph.Value {
			if _, err := b.g.AddInitializer(b.input("default", 4).Name(), tensor.Of([]int64{4}, make32(4, 1)...)); err != nil {
				panic(err)
			}
			b.constant(7)
			return b.node("Neg", values{x})
		}, map[string]int{"Neg": 1}, 1, 1},
		// The body of the Loop keeps what it reads of the graph around it, and nothing else.
		"inside of a Loop": {func(b *builder, x *graph.Value) *graph.Value {
			read, unread := b.constant(4, 1, 1), b.node("Tanh", values{x})
			return b.twice(x, func(s *builder, x *graph.Value) *graph.Value {
				s.node("Relu", values{s.add(x, unread)})
				return s.add(x, read)
			})
		}, map[string]int{"Loop": 1}, 2, 3},
	} {
		t.Run(name, func(t *testing.T) {
			build := func() *graph.Model {
				b := newBuilder(3)
				return b.output(c.block(b, b.input("x", -1, 4, -1, -1)))
			}
			steps := []pipeline.Step{{Name: "remove_unused", Pass: &passes.RemoveUnused{}}}
			after, result := passtest.Run(t, build, steps, small(4)...)
			counted := map[string]int{}
			for n := range after.Graph.Nodes() {
				counted[n.OpType]++
			}
			if !maps.Equal(counted, c.want) || countInitializers(after.Graph) != c.initializers || result.Rewrites() != c.rewrites {
				t.Errorf("%v with %d initializers after %d rewrites", counted, countInitializers(after.Graph), result.Rewrites())
			}
		})
	}
}

// TestRemoveUnusedWithinABudget removes so much and no more, from the last node on.
func TestRemoveUnusedWithinABudget(t *testing.T) {
	b := newBuilder(3)
	x := b.input("x", 4)
	m := b.output(b.node("Neg", []*graph.Value{x}))
	b.node("Relu", []*graph.Value{b.node("Tanh", []*graph.Value{x})})
	steps := []pipeline.Step{{Name: "remove_unused", Pass: &passes.RemoveUnused{}}}
	result, err := pipeline.Run(t.Context(), m.Graph, steps, pipeline.Options{MaxRewrites: 1})
	if got := ops(m); err != nil || result.Converged || !maps.Equal(got, map[string]int{"Neg": 1, "Tanh": 1}) {
		t.Errorf("%v, converged %v, %v", got, result.Converged, err)
	}
}

func TestRemoveUnusedPatterns(t *testing.T) {
	patterns("remove_unused", &passes.RemoveUnused{},
		onImage("a chain that ends nowhere", 3, "", func(b *builder, x *graph.Value) *graph.Value {
			b.node("Relu", []*graph.Value{b.add(x, b.constant(4, 1, 1))})
			return b.mul(x, b.constant(4, 1, 1))
		}),
	).Run(t)
}
