package passes_test

import (
	"bytes"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/onnx"
	"github.com/acdeploy/acdeploy/passes/passtest"
	"github.com/acdeploy/acdeploy/pipeline"
)

// TestConstantsTakeNoMoreRoom computes what takes the room of what goes, and leaves what takes more.
func TestConstantsTakeNoMoreRoom(t *testing.T) {
	type values = []*graph.Value
	slice := func(b *builder, w *graph.Value, from, to int64) *graph.Value {
		return b.node("Slice", values{w, b.ints(from), b.ints(to), b.ints(0)})
	}
	// data is a consumer that takes what it gets and folds nothing.
	data := func(b *builder, x, c *graph.Value) *graph.Value { return b.matMul(x, c) }
	for name, c := range map[string]struct {
		build func(b *builder, x *graph.Value) *graph.Value // x is of 8×16 numbers
		want  map[string]int
	}{
		"the only reader": {func(b *builder, x *graph.Value) *graph.Value {
			return data(b, x, b.transpose(b.constant(32, 16), 1, 0))
		}, map[string]int{"MatMul": 1}},
		"a reader besides": {func(b *builder, x *graph.Value) *graph.Value {
			w := b.constant(16, 16)
			return b.add(data(b, x, b.transpose(w, 1, 0)), data(b, x, w))
		}, map[string]int{"Transpose": 1, "MatMul": 2, "Add": 1}},
		"parts of the whole": {func(b *builder, x *graph.Value) *graph.Value {
			w := b.constant(64, 16)
			return b.add(b.gemm2(x, slice(b, w, 0, 32)), b.gemm2(x, slice(b, w, 32, 64)))
		}, map[string]int{"Gemm": 2, "Add": 1}},
		"parts that overlap": {func(b *builder, x *graph.Value) *graph.Value {
			w := b.constant(64, 16)
			return b.add(b.gemm2(x, slice(b, w, 0, 48)), b.gemm2(x, slice(b, w, 16, 64)))
		}, map[string]int{"Slice": 2, "Gemm": 2, "Add": 1}},
		"a part of what stays": {func(b *builder, x *graph.Value) *graph.Value {
			w := b.constant(64, 16)
			return b.node("Concat", values{b.gemm2(x, slice(b, w, 0, 32)), b.gemm2(x, w)}, graph.IntAttr("axis", 1))
		}, map[string]int{"Slice": 1, "Gemm": 2, "Concat": 1}},
		"one part twice": {func(b *builder, x *graph.Value) *graph.Value {
			w := b.constant(64, 16)
			return b.add(b.gemm2(x, slice(b, w, 0, 64)), b.gemm2(x, slice(b, w, 0, 64)))
		}, map[string]int{"Gemm": 2, "Add": 1}},
		"larger than what it is made from": {func(b *builder, x *graph.Value) *graph.Value {
			return data(b, x, b.node("Expand", values{b.constant(1, 16), b.ints(16, 16)}))
		}, map[string]int{"Expand": 1, "MatMul": 1}},
		"larger, with one number per channel": {func(b *builder, x *graph.Value) *graph.Value {
			return b.mul(x, b.node("Expand", values{b.constant(1, 16), b.ints(8, 16)}))
		}, map[string]int{"Mul": 1}},
		"larger, with many numbers per channel": {func(b *builder, x *graph.Value) *graph.Value {
			return b.mul(x, b.node("Tile", values{b.constant(4, 16), b.ints(2, 1)}))
		}, map[string]int{"Tile": 1, "Mul": 1}},
		"small": {func(b *builder, x *graph.Value) *graph.Value {
			return b.mul(x, b.node("Expand", values{b.constant(8, 1), b.ints(8, 1)}))
		}, map[string]int{"Mul": 1}},
		"a weight": {func(b *builder, x *graph.Value) *graph.Value {
			w := b.node("Tile", values{b.constant(1, 1, 4), b.ints(8, 8, 1)})
			return b.node("Conv", values{b.reshape(x, 1, 8, 16), w})
		}, map[string]int{"Reshape": 1, "Conv": 1}},
		"a chain": {func(b *builder, x *graph.Value) *graph.Value {
			w := b.constant(64, 16)
			swapped := b.node("Concat", values{slice(b, w, 32, 64), slice(b, w, 0, 32)}, graph.IntAttr("axis", 0))
			return data(b, x, b.transpose(swapped, 1, 0))
		}, map[string]int{"MatMul": 1}},
	} {
		t.Run(name, func(t *testing.T) {
			build := func() *graph.Model {
				b := newBuilder(2)
				return b.output(c.build(b, b.input("x", 8, 16)))
			}
			after, _ := passtest.Run(t, build, folding(), [][]int64{{8, 16}})
			if got := ops(after); !maps.Equal(got, c.want) {
				t.Errorf("left are %v, want %v\n%s", got, c.want, passtest.Text(after))
			}
		})
	}
}

// gemm2 multiplies by the transpose of w.
func (b *builder) gemm2(x, w *graph.Value) *graph.Value {
	return b.node("Gemm", []*graph.Value{x, w}, graph.IntAttr("transB", 1))
}

// TestConstantsOfSubgraphs stores once what several sub-graphs compute.
func TestConstantsOfSubgraphs(t *testing.T) {
	type values = []*graph.Value
	part := func(s *builder, w *graph.Value, from int64) *graph.Value {
		return s.node("Slice", values{w, s.ints(from), s.ints(from + 32), s.ints(0)})
	}
	for name, build := range map[string]func(b *builder, x, w *graph.Value) *graph.Value{
		"branches of an If": func(b *builder, x, w *graph.Value) *graph.Value {
			return b.branching(
				func(s *builder) *graph.Value { return s.add(s.gemm2(x, part(s, w, 0)), s.gemm2(x, part(s, w, 32))) },
				func(s *builder) *graph.Value {
					return s.node("Sub", values{s.gemm2(x, part(s, w, 32)), s.gemm2(x, part(s, w, 0))})
				})
		},
		"nested": func(b *builder, x, w *graph.Value) *graph.Value {
			return b.branching(
				func(s *builder) *graph.Value { return s.gemm2(x, part(s, w, 0)) },
				func(s *builder) *graph.Value {
					return s.branching(
						func(s *builder) *graph.Value { return s.gemm2(x, part(s, w, 32)) },
						func(s *builder) *graph.Value { return s.gemm2(x, part(s, w, 0)) })
				})
		},
		"a Loop and the graph around it": func(b *builder, x, w *graph.Value) *graph.Value {
			y := b.gemm2(x, part(b, w, 0))
			return b.twice(y, func(s *builder, carried *graph.Value) *graph.Value {
				return s.add(carried, s.add(s.gemm2(x, part(s, w, 0)), s.gemm2(x, part(s, w, 32))))
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			model := func() *graph.Model {
				b := newBuilder(2)
				return b.output(build(b, b.input("x", 8, 16), b.constant(64, 16)))
			}
			after, _ := passtest.Run(t, model, folding(), nil)
			large, inside := 0, 0
			for g := range after.Graph.All() {
				for v := range g.Initializers() {
					if v.Constant().ByteSize() > 64 {
						large += v.Constant().ByteSize()
						if g.Outer() != nil {
							inside++
						}
					}
				}
			}
			if large != 64*16*4 || inside > 0 || allOps(after)["Slice"] > 0 {
				t.Errorf("%d bytes of constants, %d of them in sub-graphs, and %v\n%s", large, inside, allOps(after), passtest.Text(after))
			}
		})
	}
}

// TestManySmallParts is a Split into many small parts of a constant that stays: together they are larger than the node.
func TestManySmallParts(t *testing.T) {
	for _, size := range []int64{2, 16} {
		after, _ := passtest.Run(t, func() *graph.Model {
			b := newBuilder(2)
			x, w := b.input("x", 8, size), b.constant(64, size)
			n := graph.NewNode("Split", w)
			b.g.Append(n)
			products := []*graph.Value{b.gemm2(x, w)}
			for range 64 {
				part := b.g.NewValue("part")
				n.TakeOutput(part)
				products = append(products, b.gemm2(x, part))
			}
			return b.output(b.node("Concat", products, graph.IntAttr("axis", 1)))
		}, folding(), nil)
		if got := ops(after)["Split"]; got != 1 {
			t.Errorf("%d of one Split are left with %d numbers a part", got, size)
		}
	}
}

// TestLSTMInBranches is an If with an LSTM in each branch, whose weights are cut out of the same constants.
func TestLSTMInBranches(t *testing.T) {
	m := sharedCase(t, "lstm_if")
	if _, err := pipeline.Run(t.Context(), m.Graph, defaults(), pipeline.Options{}); err != nil {
		t.Fatal(err)
	}
	if got := allOps(m); got["LSTM"] != 2 || got["If"] != 1 {
		t.Errorf("left are %v", got)
	}
	var file bytes.Buffer
	if _, err := onnx.Encode(&file, m); err != nil {
		t.Fatal(err)
	}
	was, err := os.ReadFile(filepath.Join("..", "..", "shared", "cases", "lstm_if.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	if most := 60_000; file.Len() > most || file.Len() > len(was) {
		t.Errorf("the file has %d bytes, at most %d are expected, and it had %d", file.Len(), most, len(was))
	}
}

// TestRandomConstantsTakeNoMoreRoom cuts and joins constants at random, and reads them where nothing folds: the constants never take
// more room than before, but for what small results take.
func TestRandomConstantsTakeNoMoreRoom(t *testing.T) {
	d, folded := draw(t, "constants that take no more room", 2000, []int64{17}), 0
	graphs := d.Graphs
	for seed := range d.seeds() {
		build := func() *graph.Model { return randomConstants(seed) }
		after, result, err := passtest.Check(build, folding(), nil)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		folded += min(result.Rewrites(), 1)
		d.count(after.Opsets[0].Version, result.Rewrites() > 0)
		was, is := constantRoom(build()), constantRoom(after)
		if most := was + 64*build().Graph.Len(); is > most {
			t.Fatalf("seed %d: constants took %d bytes and take %d\nbefore\n%s\nafter\n%s", seed, was, is, passtest.Text(build()), passtest.Text(after))
		}
	}
	if folded < graphs/2 {
		t.Errorf("only %d of %d graphs were folded", folded, graphs)
	}
}

// constantRoom is the size of all large constants.
func constantRoom(m *graph.Model) int {
	room := 0
	for g := range m.Graph.All() {
		for v := range g.Initializers() {
			if v.Constant().ByteSize() > 64 {
				room += v.Constant().ByteSize()
			}
		}
	}
	return room
}

// randomConstants is a sum of products with what is cut out of constants, moved and joined, also in branches.
func randomConstants(seed uint64) *graph.Model {
	b := newBuilder(seed)
	x := b.input("x", 3, 8)
	sources := []*graph.Value{b.constant(8, 8), b.constant(16, 8)}
	terms := b.terms(x, sources, 1+b.r.IntN(3))
	for range b.r.IntN(3) {
		branch := func(extra uint64) func(s *builder) *graph.Value {
			return func(s *builder) *graph.Value {
				s.r = rand.New(rand.NewPCG(seed%4, extra%2))
				return s.node("Sum", s.terms(x, sources, 1+s.r.IntN(2)))
			}
		}
		terms = append(terms, b.branching(branch(b.r.Uint64()), branch(b.r.Uint64())))
	}
	return b.output(b.node("Sum", terms))
}

// terms are 3×1 products of x with random matrices, summed over their columns.
func (b *builder) terms(x *graph.Value, sources []*graph.Value, count int) []*graph.Value {
	var terms []*graph.Value
	for range count {
		w := pick(b.r, sources...)
		rows := w.Constant().Shape()[0]
		for range b.r.IntN(4) {
			switch b.r.IntN(4) {
			case 0:
				from := b.r.Int64N(rows)
				to := from + 1 + b.r.Int64N(rows-from)
				w, rows = b.node("Slice", []*graph.Value{w, b.ints(from), b.ints(to), b.ints(0)}), to-from
			case 1:
				other := pick(b.r, sources...)
				w, rows = b.node("Concat", []*graph.Value{w, other}, graph.IntAttr("axis", 0)), rows+other.Constant().Shape()[0]
			case 2:
				times := 1 + b.r.Int64N(3)
				w, rows = b.node("Tile", []*graph.Value{w, b.ints(times, 1)}), rows*times
			case 3:
				w = b.node("Neg", []*graph.Value{w})
			}
		}
		y := b.gemm2(x, w)
		terms = append(terms, b.node("ReduceMax", []*graph.Value{y}, graph.IntsAttr("axes", 1)))
	}
	return terms
}
