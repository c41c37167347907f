package passes_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/passes/passtest"
	"github.com/acdeploy/acdeploy/tensor"
)

// TestSubgraphs merges inside a sub-graph and leaves what it captures where it is.
func TestSubgraphs(t *testing.T) {
	build := func(relu bool) *graph.Model {
		b := newBuilder(3)
		x := b.input("x", -1, 4, -1, -1)
		outer := b.conv(x, convShape{in: 4, out: 4, kernel: []int64{3, 3}, pads: []int64{1, 1, 1, 1}})
		inner := *b
		inner.g = b.g.NewSubgraph("branch")
		y := inner.add(inner.conv(x, convShape{in: 4, out: 4, kernel: []int64{1, 1}}), outer)
		z := inner.add(inner.conv(x, convShape{in: 4, out: 4, kernel: []int64{1, 1}}), inner.conv(x, convShape{in: 4, out: 4, kernel: []int64{1, 1}}))
		y = inner.add(y, z)
		if relu {
			y = inner.node("Relu", []*graph.Value{y})
		}
		inner.g.AddOutput(y)
		yes := b.g.NewInitializer("yes", tensor.Of(nil, true))
		branch := func(name string, g *graph.Graph) *graph.Attr {
			return &graph.Attr{Name: name, Kind: graph.AttrGraph, Graph: g}
		}
		other := *b
		other.g = b.g.NewSubgraph("other")
		other.g.AddOutput(other.node("Relu", []*graph.Value{x}))
		return b.output(b.node("If", []*graph.Value{yes}, branch("then_branch", inner.g), branch("else_branch", other.g)))
	}
	for _, relu := range []bool{false, true} {
		after, _ := passtest.Run(t, func() *graph.Model { return build(relu) }, defaults(), small(4)...)
		for g := range after.Graph.All() {
			convs := 0
			for n := range g.Nodes() {
				if n.Is("Conv") {
					convs++
				}
			}
			if want := map[string]int{"test": 1, "branch": 1}[g.Name]; convs != want {
				t.Errorf("graph %s has %d convolutions, want %d", g.Name, convs, want)
			}
		}
	}
}

// TestAbsentOperands runs nodes without the inputs or outputs that they need, with a constant before
// them and one after: they stay as they are.
func TestAbsentOperands(t *testing.T) {
	for _, operator := range []string{
		"Sum", "Add", "Sub", "Mul", "Div", "Neg", "Mean", "BatchNormalization", "Pad", "Slice", "Identity", "Cast",
		"Dropout", "Transpose", "Concat", "Reshape", "Gather", "Shape", "Range", "ConstantOfShape", "Expand", "Squeeze",
		"Conv", "ConvTranspose", "Gemm", "MatMul", "AveragePool", "MaxPool", "GlobalAveragePool", "Flatten", "ReduceMean",
		"ReduceSum", "Unsqueeze", "CastLike", "Einsum", "Split", "Where", "ScatterND", "DequantizeLinear",
	} {
		for name, operands := range map[string]func(b *builder, x *graph.Value) []*graph.Value{
			"none":           func(*builder, *graph.Value) []*graph.Value { return nil },
			"nil":            func(*builder, *graph.Value) []*graph.Value { return []*graph.Value{nil} },
			"nil_and_matrix": func(b *builder, _ *graph.Value) []*graph.Value { return []*graph.Value{nil, b.constant(4, 4)} },
			"matrix_and_nil": func(b *builder, _ *graph.Value) []*graph.Value { return []*graph.Value{b.constant(4, 4), nil} },
			"matrix_alone":   func(b *builder, _ *graph.Value) []*graph.Value { return []*graph.Value{b.constant(4, 4)} },
			"image_and_nil":  func(_ *builder, x *graph.Value) []*graph.Value { return []*graph.Value{x, nil} },
			"nil_and_kernel": func(b *builder, _ *graph.Value) []*graph.Value {
				return []*graph.Value{nil, b.constant(4, 4, 1, 1), nil}
			},
			"kernel_and_nils": func(b *builder, _ *graph.Value) []*graph.Value {
				return []*graph.Value{b.constant(4, 4, 1, 1), nil, nil}
			},
		} {
			t.Run(operator+"/"+name, func(t *testing.T) {
				build := func() *graph.Model {
					b := newBuilder(1)
					x := b.input("x", 1, 4, 3, 3)
					in := operands(b, b.mul(x, b.constant(4, 1, 1)))
					n := graph.NewNode(operator, in...)
					n.Name = "odd"
					b.g.Append(n)
					if err := n.AddOutput(nil); err != nil {
						panic(err)
					}
					y := b.bn(b.mul(b.node(operator, in), b.constant(4, 1, 1)), 4)
					return b.output(b.add(b.conv(y, convShape{in: 4, out: 4, kernel: []int64{1, 1}}), y))
				}
				if op.Check(build().Graph) != nil {
					return // no file holds it
				}
				passtest.Run(t, build, defaults())
			})
		}
	}
}

// TestHugeAttributes runs sizes that no image has: refused, at once and without a panic.
func TestHugeAttributes(t *testing.T) {
	const far = 1 << 40
	conv1 := convShape{in: 4, out: 4, kernel: []int64{1, 1}}
	for name, block := range map[string]func(b *builder, x *graph.Value) *graph.Value{
		"slices": func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("Slice", []*graph.Value{x, b.ints(far), b.ints(-1 << 63), b.ints(2)})
			return b.add(b.conv(y, conv1), b.conv(x, conv1))
		},
		"pads": func(b *builder, x *graph.Value) *graph.Value {
			huge := conv1
			huge.pads = []int64{1<<32 + 1, 0, -1 << 32, 0}
			return b.add(b.conv(x, huge), b.conv(x, conv1))
		},
		"pad_node": func(b *builder, x *graph.Value) *graph.Value {
			return b.conv(b.node("Pad", []*graph.Value{x, b.ints(0, 0, far, 0, 0, 0, -far, 0)}), conv1)
		},
		"dilations": func(b *builder, x *graph.Value) *graph.Value {
			huge := convShape{in: 4, out: 4, kernel: []int64{3, 1}, dilations: []int64{far, 1}, pads: []int64{far, 0, far, 0}}
			return b.add(b.conv(x, huge), b.conv(x, conv1))
		},
		"far_apart": func(b *builder, x *graph.Value) *graph.Value {
			left, right := conv1, conv1
			left.pads, right.pads = []int64{1 << 19, 1 << 19, 0, 0}, []int64{0, 0, 1 << 19, 1 << 19}
			return b.add(b.conv(x, left), b.conv(x, right))
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, result := passtest.Run(t, func() *graph.Model {
				b := newBuilder(2)
				return b.output(block(b, b.input("x", -1, 4, -1, -1)))
			}, defaults())
			if result.Rewrites() != 0 {
				t.Errorf("%d rewrites", result.Rewrites())
			}
		})
	}
}

// TestGrowth doubles a constant again and again: the model may not grow out of proportion.
func TestGrowth(t *testing.T) {
	after, _ := passtest.Run(t, func() *graph.Model {
		b := newBuilder(4)
		v := b.constant(1024)
		for range 40 {
			v = b.node("Concat", []*graph.Value{v, v}, graph.IntAttr("axis", 0))
		}
		return b.output(b.node("Mul", []*graph.Value{b.input("x", 1), v}))
	}, defaults())
	total := 0
	for v := range after.Graph.Initializers() {
		total += v.Data().ByteSize()
	}
	if total > 16<<20 {
		t.Errorf("initializers of 4 KiB became %d bytes", total)
	}
}

// TestRaisedRank keeps a constant before a convolution that gives the image an axis.
func TestRaisedRank(t *testing.T) {
	for _, shape := range [][]int64{{1, 4, 1, 1}, {1, 1, 1, 1}} {
		after, _ := passtest.Run(t, func() *graph.Model {
			b := newBuilder(6)
			y := b.node("Mul", []*graph.Value{b.input("x", 4, 5, 6), b.constant(shape...)})
			return b.output(b.conv(y, convShape{in: 4, out: 4, kernel: []int64{1, 1}}))
		}, defaults(), [][]int64{{4, 5, 6}})
		if ops(after)["Mul"] != 1 {
			t.Errorf("a constant of shape %v was folded, and the convolution lost an axis", shape)
		}
	}
}
