package passes_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/passes/passtest"
	"github.com/acdeploy/acdeploy/tensor"
)

// body starts a sub-graph with inputs of the given names.
func (b *builder) body(name string, inputs ...string) (*builder, []*graph.Value) {
	s := &builder{b.m, b.g.NewSubgraph(name), b.r}
	var in []*graph.Value
	for _, name := range inputs {
		v, err := s.g.AddInput(b.g.FreshName(name), graph.Type{})
		if err != nil {
			panic(err)
		}
		in = append(in, v)
	}
	return s, in
}

// twice is a Loop of two rounds over x, whose body the given steps build.
func (b *builder) twice(x *graph.Value, step func(s *builder, x *graph.Value) *graph.Value) *graph.Value {
	s, in := b.body("body", "i", "go", "carried")
	y := step(s, in[2])
	s.g.AddOutput(s.node("Identity", in[1:2]))
	s.g.AddOutput(y)
	count := b.g.NewInitializer("count", tensor.Of(nil, int64(2)))
	return b.node("Loop", []*graph.Value{count, nil, x}, &graph.Attr{Name: "body", Kind: graph.AttrGraph, Graph: s.g})
}

// rows is a Scan over the first axis of x, whose body the given steps build.
func (b *builder) rows(x *graph.Value, step func(s *builder, row *graph.Value) *graph.Value) *graph.Value {
	s, in := b.body("body", "row")
	s.g.AddOutput(step(s, in[0]))
	return b.node("Scan", []*graph.Value{x}, graph.IntAttr("num_scan_inputs", 1), &graph.Attr{Name: "body", Kind: graph.AttrGraph, Graph: s.g})
}

func TestBodiesOfLoops(t *testing.T) {
	pointwise := convShape{in: 4, out: 4, kernel: []int64{1, 1}}
	for name, c := range map[string]struct {
		build   func(b *builder, x *graph.Value) *graph.Value
		ops     map[string]int // of all graphs
		reasons []string
	}{
		"a block in a Loop": {
			func(b *builder, x *graph.Value) *graph.Value {
				return b.twice(x, func(s *builder, x *graph.Value) *graph.Value {
					return s.node("Relu", []*graph.Value{acb(s, x, 4, 4, 1, nil)})
				})
			},
			map[string]int{"Loop": 1, "Conv": 1, "Relu": 1},
			nil,
		},
		"a block in a Scan": {
			func(b *builder, x *graph.Value) *graph.Value {
				wide := b.node("Unsqueeze", []*graph.Value{x, b.ints(1)})
				return b.rows(wide, func(s *builder, x *graph.Value) *graph.Value { return acb(s, x, 4, 4, 1, nil) })
			},
			map[string]int{"Scan": 1, "Conv": 1, "Unsqueeze": 1},
			nil,
		},
		"a block over a value from outside": {
			func(b *builder, x *graph.Value) *graph.Value {
				outside := b.node("Relu", []*graph.Value{x})
				return b.twice(x, func(s *builder, x *graph.Value) *graph.Value {
					return s.add(s.node("Relu", []*graph.Value{acb(s, outside, 4, 4, 1, nil)}), x)
				})
			},
			map[string]int{"Loop": 1, "Conv": 1, "Relu": 2, "Add": 1},
			nil,
		},
		"parameters from outside": {
			func(b *builder, x *graph.Value) *graph.Value {
				w := b.constant(4, 4, 1, 1)
				y := b.twice(x, func(s *builder, x *graph.Value) *graph.Value {
					return s.node("Relu", []*graph.Value{s.bn(s.node("Conv", []*graph.Value{x, w}), 4)})
				})
				return b.node("Conv", []*graph.Value{y, w}) // which keeps the weight as it was
			},
			map[string]int{"Loop": 1, "Conv": 2, "Relu": 1},
			nil,
		},
		"a body that reads what would be folded": {
			func(b *builder, x *graph.Value) *graph.Value {
				c := b.conv(x, pointwise)
				return b.twice(b.node("Relu", []*graph.Value{b.bn(c, 4)}), func(s *builder, x *graph.Value) *graph.Value {
					return s.add(s.node("Relu", []*graph.Value{x}), c)
				})
			},
			map[string]int{"Loop": 1, "Conv": 1, "BatchNormalization": 1, "Relu": 2, "Add": 1},
			[]string{passes.SharedOutput},
		},
		"a normalisation in the body of a convolution outside": {
			func(b *builder, x *graph.Value) *graph.Value {
				c := b.conv(x, pointwise)
				return b.twice(x, func(s *builder, x *graph.Value) *graph.Value {
					return s.add(s.node("Relu", []*graph.Value{x}), s.node("Relu", []*graph.Value{s.bn(c, 4)}))
				})
			},
			map[string]int{"Loop": 1, "Conv": 1, "BatchNormalization": 1, "Relu": 2, "Add": 1},
			[]string{passes.SharedOutput},
		},
		"a convolution that only a body reads": {
			func(b *builder, x *graph.Value) *graph.Value {
				sum := acb(b, x, 4, 4, 1, nil)
				return b.twice(x, func(s *builder, x *graph.Value) *graph.Value {
					return s.twice(x, func(s *builder, x *graph.Value) *graph.Value { return s.add(s.node("Relu", []*graph.Value{x}), sum) })
				})
			},
			map[string]int{"Loop": 2, "Conv": 1, "Relu": 1, "Add": 1},
			nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			m, result := passtest.Run(t, func() *graph.Model {
				b := newBuilder(3)
				return b.output(c.build(b, b.input("x", -1, 4, -1, -1)))
			}, defaults(), [][]int64{{2, 4, 5, 5}}, [][]int64{{1, 4, 1, 2}})
			got := map[string]int{}
			for g := range m.Graph.All() {
				for n := range g.Nodes() {
					if !n.Is("Identity") { // of the conditions
						got[n.OpType]++
					}
				}
			}
			if !maps.Equal(got, c.ops) || !slices.Equal(reasons(result), c.reasons) {
				t.Errorf("operators %v, refused for %q\n%s", got, reasons(result), passtest.Text(m))
			}
			sameWhenSaved(t, m)
		})
	}
}

// TestTargetInSubgraph leaves a batch normalisation whose only reader is in a branch of an If.
func TestTargetInSubgraph(t *testing.T) {
	after, _ := passtest.Run(t, func() *graph.Model {
		b := newBuilder(3)
		x := b.input("x", -1, 4, -1, -1)
		y := b.bn(x, 4)
		inner, other := *b, *b
		inner.g, other.g = b.g.NewSubgraph("then"), b.g.NewSubgraph("else")
		inner.g.AddOutput(inner.conv(y, point()))
		other.g.AddOutput(other.node("Relu", []*graph.Value{x}))
		branch := func(name string, g *graph.Graph) *graph.Attr {
			return &graph.Attr{Name: name, Kind: graph.AttrGraph, Graph: g}
		}
		yes := b.g.NewInitializer("yes", tensor.Of(nil, true))
		return b.output(b.node("If", []*graph.Value{yes}, branch("then_branch", inner.g), branch("else_branch", other.g)))
	}, defaults(), small(4)...)
	if got := ops(after); got["BatchNormalization"] != 1 {
		t.Errorf("operators %v", got)
	}
}
