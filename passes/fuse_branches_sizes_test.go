package passes_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/passes/passtest"
)

// TestSizes has blocks that are one convolution for images of some sizes only. Where the size is not
// known they stay.
func TestSizes(t *testing.T) {
	strided := func(kernel int64, pads ...int64) convShape {
		return convShape{in: 4, out: 4, kernel: []int64{kernel, kernel}, strides: []int64{2, 2}, pads: pads}
	}
	same := func(kernel int64, mode string) convShape {
		c := strided(kernel)
		c.autoPad = mode
		return c
	}
	for name, c := range map[string]struct {
		block    func(b *builder, x *graph.Value) *graph.Value
		one, two []int64 // sizes at which one convolution is left, and two
		reason   string  // where the size is not known
	}{
		"same_upper": {func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.conv(x, same(3, "SAME_UPPER")), b.conv(x, same(1, "SAME_UPPER")))
		}, []int64{1, 2, 5, 6, 7, 8}, nil, passes.PaddingMode},
		"same_lower": {func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.conv(x, same(3, "SAME_LOWER")), b.conv(x, same(2, "SAME_LOWER")))
		}, []int64{1, 2, 5, 6, 7, 8}, nil, passes.PaddingMode},
		"lengths_that_the_floor_makes_equal": {func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.conv(x, strided(3, 0, 0, 1, 1)), b.conv(x, strided(1)))
		}, []int64{4, 6, 8}, nil, passes.Misaligned},
		"identity_of_another_length_class": {func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("MaxPool", []*graph.Value{x}, graph.IntsAttr("kernel_shape", 1, 1), graph.IntsAttr("strides", 2, 2))
			return b.add(b.conv(x, strided(2)), y)
		}, []int64{4, 6, 8}, nil, passes.Misaligned},
		"patches_padded_in_front": {func(b *builder, x *graph.Value) *graph.Value {
			patch := strided(2)
			patch.out = 16
			return b.conv(b.conv(x, patch), convShape{in: 16, out: 4, kernel: []int64{2, 2}, pads: []int64{1, 1, 0, 0}})
		}, []int64{4, 6}, nil, ""},
		"patches_padded_behind": {func(b *builder, x *graph.Value) *graph.Value {
			patch := strided(2)
			patch.out = 16
			return b.conv(b.conv(x, patch), convShape{in: 16, out: 4, kernel: []int64{2, 2}, pads: []int64{0, 0, 1, 1}})
		}, []int64{4, 6}, []int64{5, 7}, passes.Border},
		"padding_that_no_window_reaches": {func(b *builder, x *graph.Value) *graph.Value {
			first := convShape{in: 4, out: 16, kernel: []int64{3, 3}, pads: []int64{1, 1, 1, 1}}
			second := strided(2, 0, 0, 1, 1)
			second.in = 16
			return b.conv(b.conv(x, first), second)
		}, []int64{4, 6}, []int64{5, 7}, passes.Border},
		"crop_that_no_window_hits": {func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("Slice", []*graph.Value{x, b.ints(0), b.ints(-1), b.ints(3)})
			return b.add(b.conv(y, strided(1, 0, 0, 0, 1)), b.conv(x, strided(3, 1, 1, 1, 1)))
		}, []int64{6, 8}, []int64{7}, passes.Misaligned},
	} {
		t.Run(name, func(t *testing.T) {
			for _, run := range []struct {
				sizes []int64
				known bool
				want  int
			}{{c.one, true, 1}, {c.two, true, 2}, {c.one, false, 2}} {
				for _, size := range run.sizes {
					if !run.known && name == "patches_padded_in_front" {
						continue // it pads only where the first convolution is blank, so it may be of any size
					}
					declared := size
					if !run.known {
						declared = -1
					}
					build := func() *graph.Model {
						b := newBuilder(51)
						return b.output(c.block(b, b.input("x", -1, 4, declared, declared)))
					}
					after, result := passtest.Run(t, build, defaults(), [][]int64{{2, 4, size, size}})
					want := min(run.want, ops(build())["Conv"])
					if got := ops(after)["Conv"]; got != want || run.known && want == 1 && after.Graph.Len() > 1 {
						t.Errorf("size %d, known %v: %v, want %d convolutions; refusals %q", size, run.known, ops(after), want, refusals(result))
					}
					if all := refusals(result); !run.known && !slices.ContainsFunc(all, func(s string) bool { return strings.Contains(s, " "+c.reason+":") }) {
						t.Errorf("no refusal says %s: %q", c.reason, all)
					}
				}
			}
		})
	}
}
