package passes_test

import (
	"fmt"
	"maps"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes/passtest"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
)

// TestWeightsThatAreMade fuses networks whose exporter left in how a weight is made of others.
func TestWeightsThatAreMade(t *testing.T) {
	type values = []*graph.Value
	for name, c := range map[string]struct {
		build func(b *builder, x *graph.Value) *graph.Value
		want  map[string]int
	}{
		// torch's spectral_norm: W / (u · (W v)), with lists for u and v.
		"spectral_norm": {func(b *builder, x *graph.Value) *graph.Value {
			w := b.constant(8, 4, 3, 3)
			product := b.node("MatMul", values{b.reshape(w, 8, 36), b.constant(36)})
			sigma := b.node("MatMul", values{b.constant(8), product})
			y := b.node("Conv", values{x, b.node("Div", values{w, sigma})}, graph.IntsAttr("pads", 1, 1, 1, 1))
			return b.bn(y, 8)
		}, map[string]int{"Conv": 1}},
		// timm's StdConv2d: a weight is standardised by a BatchNormalization in training mode.
		"weight_standardisation": {func(b *builder, x *graph.Value) *graph.Value {
			var sum values
			for _, kernel := range []int64{3, 1} {
				n := 4 * kernel * kernel
				rows := b.reshape(b.constant(8, 4, kernel, kernel), 1, 8, n)
				standard := b.node("BatchNormalization", values{rows, b.constant(8), b.constant(8), b.constant(8), b.constant(8)},
					graph.IntAttr("training_mode", 1), graph.FloatAttr("epsilon", 1e-6))
				for range 2 { // the moments go on, and nobody uses them
					if err := standard.Producer().AddOutput(b.g.NewValue("moments")); err != nil {
						panic(err)
					}
				}
				pad := kernel / 2
				sum = append(sum, b.node("Conv", values{x, b.reshape(standard, 8, 4, kernel, kernel)}, graph.IntsAttr("pads", pad, pad, pad, pad)))
			}
			return b.add(sum[0], sum[1])
		}, map[string]int{"Conv": 1}},
		// The weights of one gate are cut out of those of all.
		"a gate": {func(b *builder, x *graph.Value) *graph.Value {
			all := b.constant(1, 16, 4)
			gate := b.node("Slice", values{all, b.ints(4), b.ints(12), b.ints(1)})
			w := b.node("Unsqueeze", values{b.node("Squeeze", values{gate, b.ints(0)}), b.ints(2, 3)})
			return b.node("Conv", values{x, w})
		}, map[string]int{"Conv": 1}},
	} {
		t.Run(name, func(t *testing.T) {
			build := func() *graph.Model {
				b := newBuilder(9)
				b.m.Opsets[0].Version = 15
				return b.output(c.build(b, b.input("x", -1, 4, -1, -1)))
			}
			after, _ := passtest.Run(t, build, defaults(), [][]int64{{1, 4, 5, 6}})
			if got := ops(after); !maps.Equal(got, c.want) {
				t.Errorf("left are %v, want %v\n%s", got, c.want, passtest.Text(after))
			}
		})
	}
}

// TestTypesGoOn fuses what exporters of functions write: a bias is a zero of the type of the image, which has to be known
// behind a quantisation, a sequence, an optional and a Loop.
func TestTypesGoOn(t *testing.T) {
	type values = []*graph.Value
	for name, behind := range map[string]func(b *builder, x *graph.Value) *graph.Value{
		"a quantisation": func(b *builder, x *graph.Value) *graph.Value {
			q := b.node("QuantizeLinear", values{x, b.scalar(0.01)})
			return b.node("DequantizeLinear", values{q, b.scalar(0.01)})
		},
		"a split into a sequence": func(b *builder, x *graph.Value) *graph.Value {
			parts := b.node("SplitToSequence", values{x, b.ints1(4)}, graph.IntAttr("axis", 1))
			return b.node("SequenceAt", values{parts, b.ints1(0)})
		},
		"an optional": func(b *builder, x *graph.Value) *graph.Value {
			return b.node("OptionalGetElement", values{b.node("Optional", values{x})})
		},
		"a Loop": func(b *builder, x *graph.Value) *graph.Value {
			return b.twice(x, func(s *builder, x *graph.Value) *graph.Value { return s.node("Relu", values{x}) })
		},
	} {
		for _, opset := range []int64{15, 18, 23} {
			t.Run(fmt.Sprintf("%s/%d", name, opset), func(t *testing.T) {
				b := newBuilder(9)
				b.m.Opsets[0].Version = opset
				x := behind(b, b.input("x", 1, 4, 6, 6))
				zero := b.node("CastLike", values{b.g.NewInitializer("zero", tensor.Of([]int64{1}, 0.0)), x})
				y := b.node("Conv", values{x, b.constant(5, 4, 1, 1), b.node("Expand", values{zero, b.ints(5)})})
				m := b.output(b.bn(y, 5))
				if _, err := pipeline.Run(t.Context(), m.Graph, defaults(), pipeline.Options{}); err != nil {
					t.Fatal(err)
				}
				if got := ops(m); got["BatchNormalization"] > 0 || got["CastLike"] > 0 {
					t.Errorf("left are %v\n%s", got, passtest.Text(m))
				}
			})
		}
	}
}
