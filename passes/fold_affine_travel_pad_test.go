package passes_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes/passtest"
)

// TestTravelOverPaddedChannels: the numbers that a Pad adds as channels keep what they are, also where a map goes on over
// something that computes with them.
func TestTravelOverPaddedChannels(t *testing.T) {
	type values = []*graph.Value
	pad := func(b *builder, x *graph.Value, before, behind int64, number float32) *graph.Value {
		return b.node("Pad", values{x, b.ints(0, before, 0, 0, 0, behind, 0, 0), b.floats(nil, number)})
	}
	// two channels that are doubled, and one of zeros
	doubled := func(b *builder, x *graph.Value) *graph.Value {
		y := b.node("Mul", values{x, b.floats([]int64{1, 3, 1, 1}, 2, 2, 3)})
		return pad(b, b.node("Gather", values{y, b.ints(0, 1)}, graph.IntAttr("axis", 1)), 0, 1, 0)
	}
	for name, block := range map[string]func(b *builder, x *graph.Value) (y *graph.Value, channels int64){
		"sum": func(b *builder, x *graph.Value) (*graph.Value, int64) {
			y := b.add(doubled(b, x), b.floats([]int64{1, 3, 1, 1}, 1, 2, 3))
			return b.node("ReduceMean", values{y}, graph.IntsAttr("axes", 1)), 1
		},
		"clip": func(b *builder, x *graph.Value) (*graph.Value, int64) {
			return b.node("Clip", values{doubled(b, x), b.floats(nil, 1), b.floats(nil, 6)}), 3
		},
		"pad": func(b *builder, x *graph.Value) (*graph.Value, int64) {
			return b.node("Pad", values{doubled(b, x), b.ints(0, 0, 1, 1, 0, 0, 1, 1), b.floats(nil, 1)}), 3
		},
		"pad_with_what_stays": func(b *builder, x *graph.Value) (*graph.Value, int64) {
			p := func(v ...float32) *graph.Value { return b.floats([]int64{3}, v...) }
			y := b.node("BatchNormalization", values{x, p(3, 3, 3), p(-2, -2, -2), p(0, 0, 0), p(1, 1, 1)}, graph.FloatAttr("epsilon", 0))
			return b.add(pad(b, y, 0, 1, 1), pad(b, y, 1, 0, 1)), 4
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := passtest.Check(func() *graph.Model {
				b := newBuilder(5)
				y, channels := block(b, b.input("x", 2, 3, 6, 6))
				return b.output(b.conv(y, convShape{in: channels, out: 3, kernel: []int64{1, 1}, bias: true}))
			}, defaults(), [][]int64{{2, 3, 6, 6}})
			if err != nil {
				t.Fatal(err)
			}
		})
	}
}
