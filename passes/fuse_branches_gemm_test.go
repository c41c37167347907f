package passes_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/passes/passtest"
)

// TestGemmSums merges classifiers that are added up, as it does with convolutions. Those that only follow
// each other stay: a plain network may have them.
func TestGemmSums(t *testing.T) {
	rows := [][]int64{{1, 6}, {5, 6}}
	transposed := graph.IntAttr("transB", 1)
	for name, c := range map[string]linearCase{
		"two_heads": {block: func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.gemm(x, 6, 4, b.constant(4), transposed), b.gemm(x, 6, 4, b.constant(4), transposed))
		}},
		"averaged": {block: func(b *builder, x *graph.Value) *graph.Value {
			sum := b.add(b.gemm(b.bn(x, 6), 6, 4, b.constant(4)), b.gemm(b.bn(x, 6), 6, 4, b.constant(4)))
			return b.node("Div", []*graph.Value{sum, b.scalar(2)})
		}},
		"mean": {block: func(b *builder, x *graph.Value) *graph.Value {
			return b.node("Mean", []*graph.Value{b.gemm(x, 6, 4, nil), b.gemm(x, 6, 4, b.constant(1, 4)), b.gemm(x, 6, 4, b.constant())})
		}},
		"every_attribute": {block: func(b *builder, x *graph.Value) *graph.Value {
			one := b.gemm(x, 6, 4, b.constant(4), graph.FloatAttr("alpha", 0.5), graph.FloatAttr("beta", 3))
			return b.sub(b.gemm(x, 6, 4, b.constant(1, 1), transposed, graph.FloatAttr("alpha", -2), graph.FloatAttr("beta", 0.25)), one)
		}},
		"more_results_than_are_kept": {block: func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.gemm(x, 6, 200, nil), b.gemm(x, 6, 200, nil))
		}},
		"twice": {block: func(b *builder, x *graph.Value) *graph.Value {
			y := b.gemm(x, 6, 4, b.constant(4))
			return b.add(y, y)
		}},
		"residual": {block: func(b *builder, x *graph.Value) *graph.Value {
			return b.add(x, b.mul(b.bn(b.gemm(x, 6, 6, b.constant(6)), 6), b.constant(6)))
		}},
		// None of the two can be the host, so a new one is made.
		"parts_of_the_results": {block: func(b *builder, x *graph.Value) *graph.Value {
			part := func(from int64) *graph.Value {
				return b.node("Slice", []*graph.Value{b.gemm(x, 6, 6, b.constant(6), graph.FloatAttr("alpha", 2)), b.ints(from), b.ints(from + 4), b.ints(1)})
			}
			return b.add(part(0), part(2))
		}},
		"expanded_in_a_branch": {block: func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.gemm(x, 6, 4, nil), b.gemm(b.bn(b.gemm(x, 6, 20, nil), 20), 20, 4, nil))
		}},
		"narrow_in_a_branch": {
			block: func(b *builder, x *graph.Value) *graph.Value {
				return b.add(x, b.gemm(b.gemm(x, 6, 2, nil), 2, 6, nil))
			},
			want: map[string]int{"Gemm": 2, "Add": 1}, reason: passes.Costlier,
		},
		"stacked": {
			block: func(b *builder, x *graph.Value) *graph.Value {
				return b.gemm(b.gemm(x, 6, 20, b.constant(20)), 20, 4, b.constant(4), transposed)
			},
			want: map[string]int{"Gemm": 2},
		},
		"shared": {
			block: func(b *builder, x *graph.Value) *graph.Value {
				y := b.gemm(x, 6, 4, nil)
				return b.node("Max", []*graph.Value{b.add(y, b.gemm(x, 6, 4, nil)), y})
			},
			want: map[string]int{"Gemm": 2, "Max": 1},
		},
		"of_other_inputs": {
			block: func(b *builder, x *graph.Value) *graph.Value {
				return b.add(b.gemm(x, 6, 4, nil), b.gemm(b.node("Relu", []*graph.Value{x}), 6, 4, nil))
			},
			want: map[string]int{"Gemm": 2, "Relu": 1, "Add": 1},
		},
		"one_column_is_spread": {
			block: func(b *builder, x *graph.Value) *graph.Value {
				return b.add(b.gemm(x, 6, 4, nil), b.gemm(x, 6, 1, nil))
			},
			want: map[string]int{"Gemm": 2, "Add": 1}, reason: passes.Misaligned,
		},
		"computed_weight": {
			block: func(b *builder, x *graph.Value) *graph.Value {
				w := b.node("ReduceMean", []*graph.Value{x, b.ints(0)}, graph.IntAttr("keepdims", 1))
				w = b.node("Transpose", []*graph.Value{w})
				return b.add(b.gemm(x, 6, 1, nil), b.node("Gemm", []*graph.Value{x, w}))
			},
			want: map[string]int{"Gemm": 2, "Add": 1, "ReduceMean": 1, "Transpose": 1}, reason: passes.NotConstant,
		},
	} {
		t.Run(name, func(t *testing.T) {
			c.dims, c.sizes = []int64{-1, 6}, rows
			if c.want == nil {
				c.want = map[string]int{"Gemm": 1}
			}
			c.run(t, func(m *graph.Model) { m.Opsets[0].Version = 18 })
		})
	}
}

// TestTransposedGemmSum leaves a Gemm whose first operand is transposed.
func TestTransposedGemmSum(t *testing.T) {
	linearCase{
		dims: []int64{6, 6}, sizes: [][]int64{{6, 6}},
		block: func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.gemm(x, 6, 6, nil), b.gemm(x, 6, 6, nil, graph.IntAttr("transA", 1)))
		},
		want: map[string]int{"Gemm": 2, "Add": 1}, reason: "transA=0",
	}.run(t, nil)
}

// TestOldGemmSum merges Gemm of opset 6, whose third operand is spread by an attribute.
func TestOldGemmSum(t *testing.T) {
	linearCase{
		dims: []int64{-1, 6}, sizes: [][]int64{{3, 6}},
		block: func(b *builder, x *graph.Value) *graph.Value {
			spread := graph.IntAttr("broadcast", 1)
			return b.add(b.gemm(x, 6, 4, b.constant(4), spread), b.gemm(x, 6, 4, b.constant(4), spread))
		},
		want: map[string]int{"Gemm": 1},
	}.run(t, func(m *graph.Model) { m.Opsets[0].Version = 6 })
}

// TestGemmSumAttributes has the third operand spread by an attribute only where that is one.
func TestGemmSumAttributes(t *testing.T) {
	for opset, want := range map[int64]bool{6: true, 7: false, 18: false} {
		for name, block := range map[string]func(b *builder, x *graph.Value) *graph.Value{
			"in_place": func(b *builder, x *graph.Value) *graph.Value {
				return b.add(b.gemm(x, 6, 4, b.constant(4)), b.gemm(x, 6, 4, b.constant(4)))
			},
			"new": func(b *builder, x *graph.Value) *graph.Value {
				part := func() *graph.Value {
					y := b.gemm(x, 6, 6, b.constant(6))
					if opset < 10 {
						return b.node("Slice", []*graph.Value{y}, graph.IntsAttr("axes", 1), graph.IntsAttr("starts", 1), graph.IntsAttr("ends", 5))
					}
					return b.node("Slice", []*graph.Value{y, b.ints(1), b.ints(5), b.ints(1)})
				}
				return b.add(part(), part())
			},
		} {
			build := func() *graph.Model {
				b := newBuilder(31)
				b.m.Opsets[0].Version = opset
				m := b.output(block(b, b.input("x", -1, 6)))
				for n := range m.Graph.Nodes() {
					if n.Is("Gemm") && opset < 7 {
						n.SetAttr(graph.IntAttr("broadcast", 1))
					}
				}
				return m
			}
			m, result := passtest.Run(t, build, defaults(), [][]int64{{3, 6}})
			for n := range m.Graph.Nodes() {
				if !n.Is("Gemm") || m.Graph.Len() != 1 || n.NumInputs() != 3 || (n.Attr("broadcast") != nil) != want || n.Int("transB", 0) != 1 {
					t.Errorf("%s, opset %d: %s %q", name, opset, passtest.Text(m), refusals(result))
				}
			}
		}
	}
}
