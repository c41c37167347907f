package passes_test

import (
	"maps"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes/passtest"
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
