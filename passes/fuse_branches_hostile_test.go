package passes_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes/passtest"
)

// TestHostileLinearGraphs runs small graphs that ask for huge kernels, or for a walk that branches at
// every node: done at once, without a panic and without memory out of proportion.
func TestHostileLinearGraphs(t *testing.T) {
	conv1 := convShape{in: 4, out: 4, kernel: []int64{1, 1}}
	pool := func(b *builder, x *graph.Value, kernel, stride int64) *graph.Value {
		return b.node("AveragePool", []*graph.Value{x}, graph.IntsAttr("kernel_shape", kernel, kernel), graph.IntsAttr("strides", stride, stride))
	}
	for name, block := range map[string]func(b *builder, x *graph.Value) *graph.Value{
		"pool_of_the_whole_world": func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.conv(x, conv1), pool(b, x, 1<<40, 1))
		},
		"pool_of_many_taps": func(b *builder, x *graph.Value) *graph.Value {
			return pool(b, b.conv(x, square()), 1<<19, 1<<19)
		},
		"pool_of_as_many_taps_as_may_be": func(b *builder, x *graph.Value) *graph.Value {
			return pool(b, b.conv(x, square()), 255, 255)
		},
		"pool_without_a_kernel": func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.conv(x, conv1), b.node("AveragePool", []*graph.Value{x}))
		},
		"pool_with_odd_attributes": func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("AveragePool", []*graph.Value{x}, graph.IntsAttr("kernel_shape", 2, 2), graph.IntsAttr("strides", 0, -1), graph.IntsAttr("pads", 1, 2, 3, 4, 5))
			return b.add(b.conv(x, conv1), b.add(y, b.node("MaxPool", []*graph.Value{x}, graph.IntsAttr("kernel_shape", -1, 0))))
		},
		"strides_upon_strides": func(b *builder, x *graph.Value) *graph.Value {
			c := conv1
			c.strides = []int64{1 << 19, 1 << 19}
			y := x
			for range 6 {
				y = b.conv(y, c)
			}
			return b.add(y, b.conv(x, conv1))
		},
		"dilations_of_two_sizes": func(b *builder, x *graph.Value) *graph.Value {
			far, near := depthwise(3, 3), depthwise(3, 3)
			far.pads, near.pads = nil, nil
			far.dilations, near.dilations = []int64{1 << 18, 1 << 18}, []int64{3, 5}
			return b.add(b.conv(b.conv(x, near), far), x)
		},
		"far_pools": func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("AveragePool", []*graph.Value{b.conv(x, conv1)}, graph.IntsAttr("kernel_shape", 2, 2), graph.IntsAttr("dilations", 1<<20, 1<<20))
			return b.conv(y, square())
		},
		"steps_of_any_size": func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("Slice", []*graph.Value{x, b.ints(0), b.ints(1 << 40), b.ints(2), b.ints(1 << 50)})
			z := b.node("Slice", []*graph.Value{x, b.ints(-1), b.ints(-1 << 62), b.ints(2), b.ints(-1)})
			return b.add(b.conv(y, conv1), b.conv(z, conv1))
		},
		"axes_that_are_not_there": func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("Slice", []*graph.Value{x, b.ints(1, 1), b.ints(-1, -1), b.ints(2, -2)})
			z := b.node("Slice", []*graph.Value{x, b.ints(1), b.ints(-1), b.ints(7)})
			return b.add(b.add(b.conv(y, conv1), b.conv(z, conv1)), b.conv(x, conv1))
		},
		"sums_of_sums_of_all": func(b *builder, x *graph.Value) *graph.Value {
			y := x
			for range 40 {
				var all []*graph.Value
				for range 12 {
					all = append(all, b.mul(y, b.constant(4, 1, 1)))
				}
				y = b.node("Sum", append(all, y))
			}
			return b.add(b.conv(y, square()), b.conv(x, conv1))
		},
		"doubled_again_and_again": func(b *builder, x *graph.Value) *graph.Value {
			y := x
			for range 64 {
				y = b.add(y, y)
			}
			return b.add(b.conv(y, square()), b.conv(x, conv1))
		},
		"many_branches": func(b *builder, x *graph.Value) *graph.Value {
			var all []*graph.Value
			for i := range int64(60) {
				all = append(all, b.conv(x, convShape{in: 4, out: 4, group: 4, kernel: []int64{1, 1}, pads: []int64{i, 60 - i, 60 - i, i}}))
			}
			return b.node("Sum", all)
		},
		"empty_sums": func(b *builder, _ *graph.Value) *graph.Value {
			b.node("Sum", nil)
			b.node("Mean", []*graph.Value{nil})
			y := b.node("Concat", []*graph.Value{nil}, graph.IntAttr("axis", 0))
			return b.node("ReduceSum", []*graph.Value{y, nil}, graph.IntAttr("keepdims", 0))
		},
		"channels_that_do_not_meet": func(b *builder, x *graph.Value) *graph.Value {
			wide := conv1
			wide.in = 6
			return b.add(b.conv(b.conv(x, conv1), wide), b.conv(x, conv1))
		},
	} {
		t.Run(name, func(t *testing.T) {
			after, _ := passtest.Run(t, func() *graph.Model {
				b := newBuilder(61)
				return b.output(block(b, b.input("x", -1, 4, -1, -1)))
			}, defaults())
			weights := 0
			for v := range after.Graph.Initializers() {
				if v.Data() != nil {
					weights += v.Data().Len()
				}
			}
			if weights > 1<<21 {
				t.Errorf("%d weights", weights)
			}
		})
	}
}

// TestOldSlices reads the axes of a Slice in attributes; those that are not there are left alone.
func TestOldSlices(t *testing.T) {
	for _, c := range []struct {
		axes  []int64
		sizes [][][]int64
		want  int
	}{{[]int64{-1, 2}, small(4)[2:], 1}, {[]int64{7, -9}, nil, 2}} {
		after, _ := passtest.Run(t, func() *graph.Model {
			b := newBuilder(62)
			b.m.Opsets[0].Version = 9
			x := b.input("x", -1, 4, -1, -1)
			y := b.node("Slice", []*graph.Value{x}, graph.IntsAttr("starts", 1, 1), graph.IntsAttr("ends", -1, -1), graph.IntsAttr("axes", c.axes...))
			return b.output(b.add(b.conv(y, convShape{in: 4, out: 4, kernel: []int64{1, 1}}), b.conv(x, convShape{in: 4, out: 4, kernel: []int64{3, 3}})))
		}, defaults(), c.sizes...)
		if got := ops(after)["Conv"]; got != c.want {
			t.Errorf("axes %v: %v", c.axes, ops(after))
		}
	}
}
