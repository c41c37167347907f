package passes_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/passes/passtest"
	"github.com/acdeploy/acdeploy/tensor"
)

func (b *builder) scalar(v float32) *graph.Value {
	return b.g.NewInitializer("s", tensor.Of(nil, v))
}

func (b *builder) sub(x, y *graph.Value) *graph.Value { return b.node("Sub", []*graph.Value{x, y}) }
func (b *builder) mul(x, y *graph.Value) *graph.Value { return b.node("Mul", []*graph.Value{x, y}) }

// stacked adds values up as frameworks do that stack them first.
func (b *builder) stacked(axis int64, values ...*graph.Value) *graph.Value {
	var rows []*graph.Value
	for _, v := range values {
		rows = append(rows, b.node("Unsqueeze", []*graph.Value{v, b.ints(axis)}))
	}
	y := b.node("Concat", rows, graph.IntAttr("axis", axis))
	return b.node("ReduceSum", []*graph.Value{y, b.ints(axis)}, graph.IntAttr("keepdims", 0))
}

// reduced is stacked without its axis taken away.
func (b *builder) reduced(axis int64, values ...*graph.Value) *graph.Value {
	y := b.stacked(axis, values...)
	y.Producer().SetAttr(graph.IntAttr("keepdims", 1))
	return y
}

// averaged is an AveragePool of odd size that keeps the size of the image.
func (b *builder) averaged(x *graph.Value, size int64, attrs ...*graph.Attr) *graph.Value {
	pad := size / 2
	return b.node("AveragePool", []*graph.Value{x}, append([]*graph.Attr{
		graph.IntsAttr("kernel_shape", size, size), graph.IntsAttr("pads", pad, pad, pad, pad), graph.IntAttr("count_include_pad", 1),
	}, attrs...)...)
}

// repeated is what so many calls return.
func repeated(times int, of func() []*graph.Value) []*graph.Value {
	var all []*graph.Value
	for range times {
		all = append(all, of()...)
	}
	return all
}

func depthwise(kernel ...int64) convShape {
	return convShape{in: 4, out: 4, group: 4, kernel: kernel, pads: []int64{kernel[0] / 2, kernel[1] / 2, kernel[0] / 2, kernel[1] / 2}}
}

// TestSums fuses sums in every dress, and leaves of many kinds.
func TestSums(t *testing.T) {
	conv := map[string]int{"Conv": 1}
	strided := func(kernel int64) convShape {
		return convShape{in: 4, out: 4, kernel: []int64{kernel, kernel}, strides: []int64{2, 2}, pads: slices.Repeat([]int64{kernel / 2}, 4)}
	}
	for name, c := range map[string]struct {
		block func(b *builder, x *graph.Value) *graph.Value
		want  map[string]int
	}{
		"convolution_twice": {func(b *builder, x *graph.Value) *graph.Value {
			y := b.conv(x, square())
			return b.add(y, y)
		}, conv},
		"convolution_minus_itself": {func(b *builder, x *graph.Value) *graph.Value {
			y := b.conv(x, square())
			return b.sub(y, y)
		}, conv},
		"image_twice": {func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.add(x, b.conv(x, square())), x)
		}, conv},
		"image_minus_itself": {func(b *builder, x *graph.Value) *graph.Value {
			return b.sub(b.add(x, b.conv(x, square())), x)
		}, conv},
		"right_nested": {func(b *builder, x *graph.Value) *graph.Value {
			return b.sub(b.conv(x, square()), b.sub(b.conv(x, point()), b.sub(x, b.bn(x, 4))))
		}, conv},
		"mean": {func(b *builder, x *graph.Value) *graph.Value {
			return b.node("Mean", []*graph.Value{b.conv(x, square()), b.add(x, b.conv(x, point())), x})
		}, conv},
		"mean_inside_a_sum": {func(b *builder, x *graph.Value) *graph.Value {
			return b.add(x, b.node("Mean", []*graph.Value{b.conv(x, square()), x}))
		}, conv},
		"mean_of_lines_that_cross": {func(b *builder, x *graph.Value) *graph.Value {
			return b.node("Mean", repeated(2, func() []*graph.Value {
				return []*graph.Value{b.conv(x, depthwise(1, 7)), b.conv(x, depthwise(7, 1))}
			}))
		}, map[string]int{"Conv": 2, "Add": 1}},
		"mean_of_what_stays": {func(b *builder, x *graph.Value) *graph.Value {
			return b.node("Mean", []*graph.Value{b.conv(x, square()), b.conv(x, point()), b.node("Relu", []*graph.Value{x})})
		}, map[string]int{"Conv": 2, "Relu": 1, "Mean": 1}},
		"stacked": {func(b *builder, x *graph.Value) *graph.Value {
			return b.stacked(0, b.conv(x, square()), b.bn(x, 4), b.conv(x, point()))
		}, conv},
		"stacked_last": {func(b *builder, x *graph.Value) *graph.Value {
			return b.stacked(-1, x, b.conv(x, square()))
		}, conv},
		"stacked_with_another": {func(b *builder, x *graph.Value) *graph.Value {
			return b.stacked(2, b.node("Relu", []*graph.Value{x}), b.conv(x, square()), x)
		}, map[string]int{"Conv": 1, "Relu": 1, "Add": 1}},
		"stacked_and_averaged": {func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("Concat", []*graph.Value{b.node("Unsqueeze", []*graph.Value{b.conv(x, square()), b.ints(0)}), b.node("Unsqueeze", []*graph.Value{x, b.ints(0)})}, graph.IntAttr("axis", 0))
			return b.node("ReduceMean", []*graph.Value{y}, graph.IntsAttr("axes", 0), graph.IntAttr("keepdims", 0))
		}, conv},
		"stacked_kept_and_squeezed": {func(b *builder, x *graph.Value) *graph.Value {
			return b.node("Squeeze", []*graph.Value{b.reduced(1, x, b.conv(x, square())), b.ints(1)})
		}, conv},
		"stacked_kept_and_another_squeezed": {func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("Unsqueeze", []*graph.Value{b.reduced(1, x, b.conv(x, square())), b.ints(0)})
			return b.node("Squeeze", []*graph.Value{y, b.ints(0)})
		}, map[string]int{"Conv": 1, "Unsqueeze": 3, "Concat": 1, "ReduceSum": 1, "Squeeze": 1}},
		"stacked_by_axes_from_both_ends": {func(b *builder, x *graph.Value) *graph.Value {
			rows := []*graph.Value{b.node("Unsqueeze", []*graph.Value{x, b.ints(-1)}), b.node("Unsqueeze", []*graph.Value{b.conv(x, square()), b.ints(4)})}
			y := b.node("Concat", rows, graph.IntAttr("axis", -1))
			return b.node("ReduceSum", []*graph.Value{y, b.ints(4)}, graph.IntAttr("keepdims", 0))
		}, conv},
		"stack_of_sums": {func(b *builder, x *graph.Value) *graph.Value {
			return b.add(x, b.stacked(0, b.add(x, b.conv(x, square())), b.conv(x, point())))
		}, conv},
		// Scaled sums of which only the whole pays: the inner two do not.
		"only_the_whole_pays": {func(b *builder, x *graph.Value) *graph.Value {
			inner := b.sub(b.conv(x, depthwise(1, 3)), b.bn(b.conv(x, depthwise(3, 1)), 4))
			return b.add(b.conv(x, depthwise(3, 3)), b.mul(b.constant(4, 1, 1), inner))
		}, conv},
		"corners_pay_only_together": {func(b *builder, x *graph.Value) *graph.Value {
			corners := convShape{in: 4, out: 4, group: 4, kernel: []int64{2, 2}, dilations: []int64{2, 2}, pads: []int64{1, 1, 1, 1}}
			return b.add(b.add(b.conv(x, depthwise(1, 3)), b.conv(x, corners)), b.add(b.conv(x, depthwise(3, 1)), b.bn(x, 4)))
		}, conv},
		"gated_identity": {func(b *builder, x *graph.Value) *graph.Value {
			return b.add(x, b.mul(b.sub(b.conv(x, depthwise(3, 3)), x), b.constant(4, 1, 1)))
		}, conv},
		"divided_sum": {func(b *builder, x *graph.Value) *graph.Value {
			inner := b.add(b.conv(x, square()), b.node("Neg", []*graph.Value{x}))
			return b.add(x, b.node("Div", []*graph.Value{inner, b.scalar(3)}))
		}, conv},
		// An identity is one multiply-add per channel: three taps in place of two and one.
		"identity_next_to_the_kernel": {func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("Slice", []*graph.Value{x, b.ints(1), b.ints(1 << 40), b.ints(3)})
			return b.add(x, b.conv(y, convShape{in: 4, out: 4, group: 4, kernel: []int64{1, 2}, pads: []int64{0, 0, 0, 2}}))
		}, conv},
		// More branches than all partitions are weighed of.
		"many_lines_that_cross": {func(b *builder, x *graph.Value) *graph.Value {
			return b.node("Sum", repeated(6, func() []*graph.Value {
				return []*graph.Value{b.conv(x, depthwise(1, 7)), b.conv(x, depthwise(7, 1))}
			}))
		}, map[string]int{"Conv": 2, "Add": 1}},
		"many_corners_that_pay_only_together": {func(b *builder, x *graph.Value) *graph.Value {
			corners := convShape{in: 4, out: 4, group: 4, kernel: []int64{2, 2}, dilations: []int64{2, 2}, pads: []int64{1, 1, 1, 1}}
			return b.node("Sum", repeated(3, func() []*graph.Value {
				return []*graph.Value{b.conv(x, depthwise(1, 3)), b.conv(x, depthwise(3, 1)), b.conv(x, corners), b.bn(x, 4)}
			}))
		}, conv},
		"one_joins_one_of_two": {func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.add(b.conv(x, depthwise(1, 7)), b.conv(x, depthwise(7, 1))), b.conv(x, depthwise(1, 1)))
		}, map[string]int{"Conv": 2, "Add": 1}},
		// Another user of a branch keeps the original.
		"shared_branch": {func(b *builder, x *graph.Value) *graph.Value {
			y := b.conv(x, point())
			return b.node("Max", []*graph.Value{b.add(b.conv(x, square()), y), y})
		}, map[string]int{"Conv": 2, "Max": 1}},
		"shared_branch_that_would_not_pay": {func(b *builder, x *graph.Value) *graph.Value {
			y := b.conv(x, square())
			return b.node("Max", []*graph.Value{b.add(b.conv(x, point()), y), y})
		}, map[string]int{"Conv": 2, "Add": 1, "Max": 1}},
		"shared_deep_in_a_branch": {func(b *builder, x *graph.Value) *graph.Value {
			y := b.conv(x, depthwise(1, 1))
			return b.node("Max", []*graph.Value{b.add(b.conv(x, square()), b.conv(y, point())), y})
		}, map[string]int{"Conv": 2, "Max": 1}},
		// Leaves that are chains.
		"dbb": {func(b *builder, x *graph.Value) *graph.Value {
			padded := convShape{in: 4, out: 4, kernel: []int64{1, 1}, pads: []int64{1, 1, 1, 1}}
			pool := b.node("AveragePool", []*graph.Value{b.bn(b.conv(x, padded), 4)}, graph.IntsAttr("kernel_shape", 3, 3))
			inner := b.conv(b.conv(x, padded), convShape{in: 4, out: 4, kernel: []int64{3, 3}})
			y := b.add(b.bn(b.conv(x, square()), 4), b.bn(b.conv(x, point()), 4))
			return b.add(b.add(y, b.bn(pool, 4)), b.bn(inner, 4))
		}, conv},
		"stacked_depthwise": {func(b *builder, x *graph.Value) *graph.Value {
			y := b.conv(b.conv(x, depthwise(7, 1)), depthwise(1, 7))
			z := b.conv(b.conv(x, depthwise(1, 5)), depthwise(3, 1))
			return b.add(b.add(b.bn(b.conv(x, depthwise(7, 7)), 4), y), b.add(z, x))
		}, conv},
		"averaged_image": {func(b *builder, x *graph.Value) *graph.Value {
			return b.bn(b.add(b.add(b.conv(x, square()), x), b.averaged(x, 3)), 4)
		}, conv},
		"averaged_at_stride_one_with_ceil": {func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.conv(x, square()), b.averaged(x, 3, graph.IntAttr("ceil_mode", 1)))
		}, conv},
		"chain_of_groups": {func(b *builder, x *graph.Value) *graph.Value {
			y := b.conv(x, convShape{in: 4, out: 6, group: 2, kernel: []int64{1, 1}})
			return b.add(b.conv(x, square()), b.conv(y, convShape{in: 6, out: 4, kernel: []int64{3, 3}, pads: []int64{1, 1, 1, 1}}))
		}, conv},
		"sampled_image": {func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("MaxPool", []*graph.Value{x}, graph.IntsAttr("kernel_shape", 1, 1), graph.IntsAttr("strides", 2, 2))
			return b.add(b.bn(y, 4), b.conv(x, strided(3)))
		}, conv},
		"sampled_by_slice": {func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("Slice", []*graph.Value{x, b.ints(0, 0), b.ints(1<<40, 1<<40), b.ints(2, -1), b.ints(2, 2)})
			return b.add(b.conv(y, point()), b.conv(x, strided(3)))
		}, conv},
		"averages_of_windows": {func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("AveragePool", []*graph.Value{x}, graph.IntsAttr("kernel_shape", 2, 2), graph.IntsAttr("strides", 2, 2))
			return b.add(b.bn(y, 4), b.conv(x, convShape{in: 4, out: 4, kernel: []int64{2, 2}, strides: []int64{2, 2}}))
		}, conv},
	} {
		t.Run(name, func(t *testing.T) {
			build := func() *graph.Model {
				b := newBuilder(31)
				return b.output(c.block(b, b.input("x", -1, 4, -1, -1)))
			}
			sizes := small(4)
			if name == "averages_of_windows" || name == "identity_next_to_the_kernel" {
				sizes = sizes[2:] // of one element no window or crop can be taken
			}
			after, result := passtest.Run(t, build, defaults(), sizes...)
			if got := ops(after); !maps.Equal(got, c.want) {
				t.Errorf("operators %v, want %v; refusals %q", got, c.want, refusals(result))
			}
		})
	}
}

// TestSumsThatStay has addends and sums that must not be read.
func TestSumsThatStay(t *testing.T) {
	pool := func(attrs ...*graph.Attr) func(b *builder, x *graph.Value) *graph.Value {
		return func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("AveragePool", []*graph.Value{x}, append([]*graph.Attr{graph.IntsAttr("kernel_shape", 3, 3)}, attrs...)...)
			return b.add(b.conv(x, square()), y)
		}
	}
	same := graph.IntsAttr("pads", 1, 1, 1, 1)
	for name, c := range map[string]struct {
		block  func(b *builder, x *graph.Value) *graph.Value
		reason string
	}{
		"dbb_with_a_border": {func(b *builder, x *graph.Value) *graph.Value {
			y := b.bn(b.conv(x, convShape{in: 4, out: 4, kernel: []int64{1, 1}}), 4)
			return b.add(b.conv(x, square()), b.conv(y, square()))
		}, passes.Border},
		"stacked_squares": {func(b *builder, x *graph.Value) *graph.Value {
			large := convShape{in: 4, out: 4, kernel: []int64{5, 5}, pads: []int64{2, 2, 2, 2}}
			return b.add(b.conv(x, large), b.conv(b.conv(x, square()), square()))
		}, passes.Border},
		"average_of_what_is_inside": {pool(same), passes.PaddingMode},
		"largest": {func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("MaxPool", []*graph.Value{x}, graph.IntsAttr("kernel_shape", 3, 3), same)
			return b.add(b.conv(x, square()), y)
		}, passes.Unsupported},
		"largest_of_four": {func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("MaxPool", []*graph.Value{x}, graph.IntsAttr("kernel_shape", 2, 2), graph.IntsAttr("strides", 2, 2))
			return b.add(b.conv(x, convShape{in: 4, out: 4, kernel: []int64{1, 1}, strides: []int64{2, 2}}), y)
		}, passes.Unsupported},
		"padded_maximum": {func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("MaxPool", []*graph.Value{x}, graph.IntsAttr("kernel_shape", 1, 1), same)
			return b.add(b.conv(x, convShape{in: 4, out: 4, kernel: []int64{1, 1}}), y)
		}, passes.Unsupported},
		"ceil_at_stride_two": {func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("AveragePool", []*graph.Value{x}, graph.IntsAttr("kernel_shape", 2, 2), graph.IntsAttr("strides", 2, 2), graph.IntAttr("ceil_mode", 1))
			return b.add(b.conv(x, convShape{in: 4, out: 4, kernel: []int64{2, 2}, strides: []int64{2, 2}}), y)
		}, passes.PaddingMode},
		"slice_of_the_batch": {func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("Slice", []*graph.Value{x, b.ints(1), b.ints(1 << 40), b.ints(0)})
			return b.add(b.conv(x, square()), b.conv(y, point()))
		}, passes.Misaligned},
		"slice_from_the_end": {func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("Slice", []*graph.Value{x, b.ints(-3), b.ints(1 << 40), b.ints(2)})
			return b.add(b.conv(x, square()), b.conv(y, point()))
		}, passes.Misaligned},
		"slice_up_to_an_index": {func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("Slice", []*graph.Value{x, b.ints(0), b.ints(4), b.ints(2)})
			return b.add(b.conv(x, square()), b.conv(y, point()))
		}, passes.Misaligned},
		"stack_that_keeps_its_axis": {func(b *builder, x *graph.Value) *graph.Value {
			y := b.stacked(0, x, b.conv(x, square()))
			y.Producer().SetAttr(graph.IntAttr("keepdims", 1))
			return y
		}, ""},
		"stack_along_another_axis": {func(b *builder, x *graph.Value) *graph.Value {
			y := b.stacked(1, x, b.conv(x, square()))
			y.Producer().SetInput(1, b.ints(0))
			return y
		}, ""},
		"stack_of_unequal_axes": {func(b *builder, x *graph.Value) *graph.Value {
			y := b.stacked(2, x, b.conv(x, square()))
			y.Producer().Input(0).Producer().Input(0).Producer().SetInput(1, b.ints(3))
			return y
		}, ""},
		"concat_without_a_new_axis": {func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("Concat", []*graph.Value{x, b.conv(x, square())}, graph.IntAttr("axis", 0))
			return b.node("ReduceSum", []*graph.Value{y, b.ints(0)}, graph.IntAttr("keepdims", 0))
		}, ""},
		"unequal_floors": {func(b *builder, x *graph.Value) *graph.Value {
			y := b.conv(x, convShape{in: 4, out: 4, kernel: []int64{1, 1}, strides: []int64{2, 2}})
			return b.add(y, b.conv(x, convShape{in: 4, out: 4, kernel: []int64{3, 3}, strides: []int64{2, 2}, pads: []int64{1, 1, 0, 0}}))
		}, passes.Misaligned},
		"dense_into_depthwise": {func(b *builder, x *graph.Value) *graph.Value {
			wide := b.conv(x, convShape{in: 4, out: 64, kernel: []int64{1, 1}})
			large := convShape{in: 64, out: 64, group: 64, kernel: []int64{5, 5}, pads: []int64{2, 2, 2, 2}}
			dense := convShape{in: 64, out: 64, kernel: []int64{1, 1}}
			y := b.node("Relu", []*graph.Value{wide})
			return b.add(b.conv(y, large), b.conv(y, dense))
		}, passes.Costlier},
	} {
		t.Run(name, func(t *testing.T) {
			build := func() *graph.Model {
				b := newBuilder(32)
				return b.output(c.block(b, b.input("x", -1, 4, -1, -1)))
			}
			after, result := passtest.Run(t, build, defaults())
			sayWhatToDo(t, result)
			if got, want := ops(after), ops(build()); got["Conv"] != want["Conv"] || got["Add"] != want["Add"] {
				t.Errorf("operators %v, they were %v", got, want)
			}
			if all := refusals(result); c.reason != "" && !slices.ContainsFunc(all, func(s string) bool { return strings.Contains(s, " "+c.reason+":") }) {
				t.Errorf("no refusal says %s: %q", c.reason, all)
			}
		})
	}
}

// TestOldSums adds as opset 6 did: two operands of one shape, unless an attribute spreads the second.
func TestOldSums(t *testing.T) {
	for _, broadcast := range []int64{0, 1} {
		after, _ := passtest.Run(t, func() *graph.Model {
			b := newBuilder(33)
			b.m.Opsets[0].Version = 6
			x := b.input("x", -1, 4, -1, -1)
			y := b.node("Add", []*graph.Value{b.conv(x, square()), b.conv(x, point())}, graph.IntAttr("broadcast", broadcast))
			return b.output(b.node("Sum", []*graph.Value{y, x}))
		}, defaults())
		want := map[string]int{"Conv": 1}
		if broadcast == 1 {
			want = map[string]int{"Conv": 2, "Add": 1, "Sum": 1}
		}
		if got := ops(after); !maps.Equal(got, want) {
			t.Errorf("broadcast %d: operators %v, want %v", broadcast, got, want)
		}
	}
}

// TestWidened keeps branches that read a constant times an image of one channel: the product has four.
func TestWidened(t *testing.T) {
	for _, dims := range [][]int64{{-1, -1, -1, -1}, {-1, 1, -1, -1}} {
		for _, block := range []func(b *builder, x *graph.Value) *graph.Value{
			func(b *builder, x *graph.Value) *graph.Value {
				return b.add(b.conv(b.mul(x, b.constant(4, 1, 1)), square()), b.conv(b.mul(x, b.constant(1, 4, 1, 1)), point()))
			},
			func(b *builder, x *graph.Value) *graph.Value {
				y := b.node("Pad", []*graph.Value{b.mul(x, b.constant(4, 1, 1)), b.ints(0, 0, 1, 1, 0, 0, 1, 1)})
				y = b.node("AveragePool", []*graph.Value{y}, graph.IntsAttr("kernel_shape", 2, 2), graph.IntsAttr("strides", 2, 2))
				return b.conv(y, dense(4, 1, []int64{1, 1}, nil))
			},
		} {
			after, _ := passtest.Run(t, func() *graph.Model {
				b := newBuilder(34)
				return b.output(block(b, b.input("x", dims...)))
			}, defaults(), small(1)...)
			if ops(after)["Mul"] == 0 {
				t.Errorf("operators %v: what reads x directly has four channels", ops(after))
			}
		}
	}
	// Where the image is known to have four, or another branch says so, they merge.
	for _, c := range []struct {
		channels int64
		plain    bool
	}{{4, false}, {-1, true}} {
		after, result := passtest.Run(t, func() *graph.Model {
			b := newBuilder(35)
			x := b.input("x", -1, c.channels, -1, -1)
			y := b.add(b.conv(b.mul(x, b.constant(4, 1, 1)), square()), b.conv(b.mul(x, b.constant(1, 4, 1, 1)), point()))
			if c.plain {
				y = b.add(y, b.conv(x, point()))
			}
			return b.output(y)
		}, defaults(), small(4)...)
		if got := ops(after); !maps.Equal(got, map[string]int{"Conv": 1}) {
			t.Errorf("operators %v, refusals %q", got, refusals(result))
		}
	}
}

// TestPartialSumsHaveNames gives every sum that stays of a tree a name of its own: those that were there, the
// innermost first, then new ones.
func TestPartialSumsHaveNames(t *testing.T) {
	for name, c := range map[string]struct {
		sum  func(b *builder, x []*graph.Value) *graph.Value
		want []string
	}{
		"tree": {func(b *builder, x []*graph.Value) *graph.Value {
			return b.add(b.add(b.add(b.add(x[0], x[1]), x[2]), x[3]), x[4])
		}, []string{"Add", "Add_1", "Add_3"}},
		"one_node": {func(b *builder, x []*graph.Value) *graph.Value {
			return b.node("Sum", x)
		}, []string{"Sum_1", "Sum_3", "Sum"}},
	} {
		build := func() *graph.Model {
			b := newBuilder(4)
			x := b.input("x", -1, 4, -1, -1)
			other := func(op string) *graph.Value { return b.node(op, []*graph.Value{x}) }
			y := c.sum(b, []*graph.Value{other("Relu"), b.conv(x, square()), other("Abs"), b.conv(x, point()), other("Tanh")})
			y.Producer().Name = y.Name()
			return b.output(y)
		}
		m, _ := passtest.Run(t, build, defaults(), small(4)...)
		var got []string
		for n := range m.Graph.Nodes() {
			if n.Is("Add") {
				got = append(got, n.Name)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: the sums are called %q, want %q", name, got, c.want)
		}
	}
}

// TestDifferencesThatStay subtracts what is no branch from the merged convolution.
func TestDifferencesThatStay(t *testing.T) {
	for name, c := range map[string]struct {
		sum  func(b *builder, x, relu, tanh *graph.Value) *graph.Value
		want map[string]int
	}{
		"last": {func(b *builder, x, relu, tanh *graph.Value) *graph.Value {
			return b.sub(b.add(b.conv(x, square()), b.conv(x, point())), relu)
		}, map[string]int{"Sub": 1}},
		"first": {func(b *builder, x, relu, tanh *graph.Value) *graph.Value {
			return b.add(b.sub(b.conv(x, square()), relu), b.conv(x, point()))
		}, map[string]int{"Sub": 1}},
		"both": {func(b *builder, x, relu, tanh *graph.Value) *graph.Value {
			return b.sub(b.sub(b.add(b.conv(x, square()), b.conv(x, point())), relu), tanh)
		}, map[string]int{"Sub": 2}},
		"one_of_two": {func(b *builder, x, relu, tanh *graph.Value) *graph.Value {
			return b.sub(b.conv(x, square()), b.sub(relu, b.sub(b.conv(x, point()), tanh)))
		}, map[string]int{"Sub": 2}},
	} {
		t.Run(name, func(t *testing.T) {
			m, result := passtest.Run(t, func() *graph.Model {
				b := newBuilder(4)
				x := b.input("x", -1, 4, -1, -1)
				return b.output(c.sum(b, x, b.node("Relu", []*graph.Value{x}), b.node("Tanh", []*graph.Value{x})))
			}, defaults(), small(4)...)
			if got := ops(m); got["Conv"] != 1 || got["Sub"] != c.want["Sub"] || got["Add"] != c.want["Add"] {
				t.Errorf("operators %v; refusals %q", got, refusals(result))
			}
		})
	}
}

func TestFuseBranchesPatterns(t *testing.T) {
	line := func(kernel, pads []int64) convShape { return convShape{in: 4, out: 4, kernel: kernel, pads: pads} }
	patterns("fuse_branches", &passes.FuseBranches{},
		onImage("square and lines", 1, "", func(b *builder, x *graph.Value) *graph.Value {
			y := b.add(b.conv(x, square()), b.conv(x, line([]int64{1, 3}, []int64{0, 1, 0, 1})))
			return b.add(y, b.conv(x, line([]int64{3, 1}, []int64{1, 0, 1, 0})))
		}),
		onImage("square and the image itself", 1, "", func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("Relu", []*graph.Value{x})
			return b.node("Relu", []*graph.Value{b.add(b.conv(y, square()), y)})
		}),
		onImage("a branch of one pixel", 0, passes.Misaligned, func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.conv(x, square()), b.conv(b.node("GlobalAveragePool", []*graph.Value{x}), point()))
		}),
	).Run(t)
}
