package passes_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/onnx"
	"github.com/acdeploy/acdeploy/pipeline"
)

// mostVisits is how many nodes and addends a pass may look at in all rounds together, for each node of the graph.
const mostVisits = 60

// wideGraphs are graphs that are far wider or longer than networks are.
func wideGraphs() map[string]func(n int) *graph.Model {
	point := convShape{in: 1, out: 1, kernel: []int64{1, 1}}
	sum := func(n int, addend func(b *builder, x *graph.Value, i int) *graph.Value) *graph.Model {
		b := newBuilder(1)
		x := b.input("x", 1, 1, 6, 6)
		addends := make([]*graph.Value, n)
		for i := range addends {
			addends[i] = addend(b, x, i)
		}
		return b.output(b.node("Sum", addends))
	}
	return map[string]func(n int) *graph.Model{
		"a sum of values": func(n int) *graph.Model {
			return sum(n, func(b *builder, x *graph.Value, _ int) *graph.Value { return b.node("Relu", []*graph.Value{x}) })
		},
		"a sum of inputs": func(n int) *graph.Model {
			return sum(n, func(b *builder, _ *graph.Value, i int) *graph.Value {
				return b.node("Neg", []*graph.Value{b.input(fmt.Sprint("x", i), 1, 1, 6, 6)})
			})
		},
		"a sum of sums": func(n int) *graph.Model {
			return sum(n, func(b *builder, x *graph.Value, _ int) *graph.Value {
				return b.node("Add", []*graph.Value{b.node("Relu", []*graph.Value{x}), x})
			})
		},
		"parallel convolutions": func(n int) *graph.Model {
			return sum(n, func(b *builder, x *graph.Value, _ int) *graph.Value { return b.conv(x, point) })
		},
		"convolutions far apart": func(n int) *graph.Model {
			return sum(n, func(b *builder, x *graph.Value, i int) *graph.Value {
				at := point
				at.pads = []int64{int64(2 * i), 0, int64(2 * (n - i)), 0}
				return b.conv(x, at)
			})
		},
		"convolutions of all sizes": func(n int) *graph.Model {
			return sum(n, func(b *builder, x *graph.Value, i int) *graph.Value {
				at := point
				at.pads = []int64{int64(i), 0, 0, 0}
				return b.conv(x, at)
			})
		},
		"a chain of sums": func(n int) *graph.Model {
			b := newBuilder(1)
			y := b.input("x", 1, 1, 6, 6)
			for range n {
				y = b.node("Add", []*graph.Value{y, b.node("Relu", []*graph.Value{y})})
			}
			return b.output(y)
		},
		"a chain of norms": func(n int) *graph.Model {
			b := newBuilder(1)
			y := b.conv(b.input("x", 1, 1, 6, 6), point)
			scale := b.constant(1, 1, 1)
			for range n {
				y = b.mul(y, scale)
			}
			return b.output(b.node("Relu", []*graph.Value{y}))
		},
	}
}

// TestReliability3Work counts what each pass looks at in graphs of all sizes, of 100,000 only in make crash-test. It reads no clock.
func TestReliability3Work(t *testing.T) {
	sizes := []int{1_000, 10_000}
	if os.Getenv("CRASH_KILLS") != "" {
		sizes = append(sizes, 100_000)
	}
	for name, build := range wideGraphs() {
		for _, n := range sizes {
			t.Run(fmt.Sprintf("%s/%d", name, n), func(t *testing.T) { requireLittleWork(t, build(n), defaults()) })
		}
	}
}

// requireLittleWork runs passes and compares the visits of each with the nodes that there were.
func requireLittleWork(t *testing.T, m *graph.Model, steps []pipeline.Step) *pipeline.Result {
	t.Helper()
	nodes := m.Graph.Len()
	result, err := pipeline.Run(t.Context(), m.Graph, steps, pipeline.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range result.Passes {
		if most := mostVisits * max(nodes, m.Graph.Len()); p.Visits > most {
			t.Errorf("%s looked at %d nodes and addends in %d rounds over %d nodes", p.Name, p.Visits, result.Rounds, nodes)
		}
	}
	return result
}

// attacks are the files whose functions call each other twice, down to convolutions side by side.
func attacks(tb testing.TB) map[string][]byte {
	tb.Helper()
	files := map[string][]byte{}
	for _, levels := range []int{12, 14} {
		name := fmt.Sprintf("fn_bomb_%d_levels_par_conv.onnx", levels)
		raw, err := os.ReadFile(filepath.Join("..", "..", "shared", "cases", "attack", name))
		if err != nil {
			tb.Skip("the files of the attack are not here: ", err)
		}
		files[name] = raw
	}
	return files
}

// attack reads one of the files, without the bound on memory: what counts here is the work.
func attack(tb testing.TB, raw []byte) *graph.Model {
	tb.Helper()
	m, err := onnx.Decode(raw, nil)
	if err != nil {
		tb.Fatal(err)
	}
	m.Room = 0
	return m
}

// TestReliability3Attack fuses the files of the attack into one convolution.
func TestReliability3Attack(t *testing.T) {
	for name, raw := range attacks(t) {
		m := attack(t, raw)
		if _, err := pipeline.Run(t.Context(), m.Graph, defaults(), pipeline.Options{}); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if m.Graph.Len() != 1 {
			t.Errorf("%s: %d nodes are left", name, m.Graph.Len())
		}
	}
}

func BenchmarkAttack(b *testing.B) {
	for name, raw := range attacks(b) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				m := attack(b, raw)
				if _, err := pipeline.Run(b.Context(), m.Graph, defaults(), pipeline.Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
