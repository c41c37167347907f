package passes_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/acdeploy/acdeploy/backends/reference"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes/passtest"
	"github.com/acdeploy/acdeploy/tensor"
)

func plantedOpsets() []int64 { return []int64{13, 15, 17, 18, 21} }

// planted is a random graph in which nodes are copied, in the main graph and in branches.
func planted(seed uint64) *graph.Model {
	b := newBuilder(seed)
	b.m.Opsets[0].Version = pick(b.r, plantedOpsets()...)
	values := []*graph.Value{b.input("x", 2, 3, 4), b.input("y", 2, 3, 4)}
	b.plant(&values, 4+b.r.IntN(12), 2)
	for range 1 + b.r.IntN(4) {
		v := values[b.r.IntN(len(values))]
		if v.Producer() == nil || v.IsOutput() {
			v = b.node("Tanh", []*graph.Value{v})
		}
		b.g.AddOutput(v)
	}
	b.g.AddOutput(b.node("Sum", values))
	return b.m
}

// plant appends nodes over the values, each of which it may copy.
func (b *builder) plant(values *[]*graph.Value, count, depth int) {
	var list []func() *graph.Value
	for range count {
		make := b.step(*values, depth)
		if len(list) > 0 && b.r.IntN(2) == 0 {
			make = list[b.r.IntN(len(list))]
		}
		list = append(list, make)
		*values = append(*values, make())
	}
}

// step draws a node, and returns what adds it to the graph, each time the same one.
func (b *builder) step(values []*graph.Value, depth int) func() *graph.Value {
	x, y := pick(b.r, values...), pick(b.r, values...)
	number, w := float32(b.r.IntN(2)), b.g.NewInitializer("w", tensor.Of([]int64{3, 1}, float32(1), 2, float32(b.r.IntN(2))))
	seed := b.r.Uint64()
	switch kind := b.r.IntN(12); kind {
	case 0, 1, 2:
		op := []string{"Relu", "Tanh", "Neg"}[kind]
		return func() *graph.Value { return b.node(op, []*graph.Value{x}) }
	case 3, 4:
		op := []string{"Add", "Sub"}[kind-3]
		return func() *graph.Value { return b.node(op, []*graph.Value{x, y}) }
	case 5:
		return func() *graph.Value { return b.node("Elu", []*graph.Value{x}, graph.FloatAttr("alpha", number+1)) }
	case 6:
		return func() *graph.Value { return b.mul(x, w) }
	case 7:
		return func() *graph.Value { return b.node("Clip", []*graph.Value{x, b.scalar(-number - 1), b.scalar(number)}) }
	case 8:
		return func() *graph.Value { return b.reshape(b.reshape(x, 3, -1), 2, 3, 4) }
	case 9:
		return func() *graph.Value {
			values := b.node("TopK", []*graph.Value{x, b.ints(4)}, graph.IntAttr("axis", 2))
			values.Producer().TakeOutput(b.g.NewValue("indices"))
			return values
		}
	case 10:
		return func() *graph.Value {
			part := b.node("Split", []*graph.Value{x, b.ints(1, 3)}, graph.IntAttr("axis", 2))
			rest := b.g.NewValue("rest")
			part.Producer().TakeOutput(rest)
			return b.node("Concat", []*graph.Value{rest, part}, graph.IntAttr("axis", 2))
		}
	}
	if depth == 0 {
		return func() *graph.Value { return b.node("Abs", []*graph.Value{y}) }
	}
	return func() *graph.Value {
		inside := func(extra uint64) func(s *builder) *graph.Value {
			return func(s *builder) *graph.Value {
				s.r = rand.New(rand.NewPCG(seed, extra))
				local := append([]*graph.Value{}, values...)
				s.plant(&local, 1+s.r.IntN(4), depth-1)
				return local[len(local)-1]
			}
		}
		return b.branching(inside(1), inside(2))
	}
}

// TestRandomEqualNodes compares graphs with copies in them before and after: every bit of every output is the same.
func TestRandomEqualNodes(t *testing.T) {
	d := draw(t, "equal nodes", 4_000, plantedOpsets())
	graphs := d.Graphs
	merged, inside := 0, 0
	for seed := range d.seeds() {
		m := planted(seed)
		after, result, err := passtest.Check(func() *graph.Model { return planted(seed) }, merging(), nil)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if err := sameBits(t, m, after, seed); err != nil {
			t.Fatalf("seed %d: %v\nbefore\n%s\nafter\n%s", seed, err, passtest.Text(m), passtest.Text(after))
		}
		merged += min(result.Rewrites(), 1)
		d.count(m.Opsets[0].Version, result.Rewrites() > 0)
		if m.Graph.Len()-after.Graph.Len() < result.Rewrites() {
			inside++
		}
	}
	t.Logf("of %d graphs, %d had equal nodes, %d in sub-graphs or at outputs", graphs, merged, inside)
	if merged < graphs/2 || inside < graphs/10 {
		t.Errorf("only %d of %d graphs had equal nodes, and %d in sub-graphs or at outputs", merged, graphs, inside)
	}
}

// sameBits runs two models and compares their outputs bit by bit.
func sameBits(t *testing.T, before, after *graph.Model, seed uint64) error {
	t.Helper()
	in := passtest.Inputs(before, nil, seed)
	var out [2]tensor.Map
	for i, m := range []*graph.Model{before, after} {
		s, err := reference.OpenGraph(m)
		if err != nil {
			return err
		}
		if out[i], err = s.RunFloat64(t.Context(), in); err != nil {
			return err
		}
		if err := s.Close(); err != nil {
			return err
		}
	}
	for name, want := range out[0] {
		got := out[1][name]
		if got == nil || got.Len() != want.Len() {
			return fmt.Errorf("output %q is missing or has another size", name)
		}
		w, g := want.Float64s(), got.Float64s()
		for i := range w {
			if math.Float64bits(w[i]) != math.Float64bits(g[i]) {
				return fmt.Errorf("element %d of output %q was %v and is %v", i, name, w[i], g[i])
			}
		}
	}
	return nil
}
