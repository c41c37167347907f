package passes_test

import (
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/passes/passtest"
	"github.com/acdeploy/acdeploy/tensor"
)

// TestPaddedBorders composes convolutions between which the border is written, where what is written is the
// constant of the first one, and nothing else.
func TestPaddedBorders(t *testing.T) {
	edge := []float32{0.5, -1, 0, 2}
	// inner is a pointwise convolution whose constant is edge; outer is a 3×3 without pads.
	inner := func(b *builder, x *graph.Value) *graph.Value {
		return b.node("Conv", []*graph.Value{x, b.constant(4, 4, 1, 1), b.floats([]int64{4}, edge...)})
	}
	outer := func(b *builder, x *graph.Value, kernel int64) *graph.Value {
		return b.conv(x, convShape{in: 4, out: 4, kernel: []int64{kernel, kernel}, bias: true})
	}
	joined := func(b *builder, x, y *graph.Value) *graph.Value { return b.add(b.conv(x, square()), y) }
	with := func(s margin, change func(edge []float32)) margin {
		s.edge = slices.Clone(s.edge)
		change(s.edge)
		return s
	}
	one := map[string]int{"Conv": 1}
	for name, c := range map[string]struct {
		size   int64 // 0: not known
		block  func(b *builder, x *graph.Value) *graph.Value
		want   map[string]int // nil: what there was in the branch stays
		reason string
	}{
		"in_a_branch": {0, func(b *builder, x *graph.Value) *graph.Value {
			return joined(b, x, outer(b, b.written(b.padded(inner(b, x), 1), sides(1, 0, edge)...), 3))
		}, one, ""},
		"in_a_stack": {0, func(b *builder, x *graph.Value) *graph.Value {
			return outer(b, b.written(b.padded(inner(b, x), 1), sides(1, 0, edge)...), 3)
		}, one, ""},
		"of_known_size": {5, func(b *builder, x *graph.Value) *graph.Value {
			return joined(b, x, outer(b, b.written(b.padded(inner(b, x), 1), sides(1, 7, edge)...), 3))
		}, one, ""},
		"element_by_element": {5, func(b *builder, x *graph.Value) *graph.Value {
			return joined(b, x, outer(b, b.listed(b.padded(inner(b, x), 1), []int64{1, 4, 7, 7}, sides(1, 7, edge)...), 3))
		}, one, ""},
		"two_wide": {0, func(b *builder, x *graph.Value) *graph.Value {
			return joined(b, x, outer(b, b.written(b.padded(inner(b, x), 2), sides(2, 0, edge)...), 5))
		}, one, ""},
		"two_wide_element_by_element": {5, func(b *builder, x *graph.Value) *graph.Value {
			return joined(b, x, outer(b, b.listed(b.padded(inner(b, x), 2), []int64{1, 4, 9, 9}, sides(2, 9, edge)...), 5))
		}, one, ""},
		"averaged": {0, func(b *builder, x *graph.Value) *graph.Value {
			y := b.written(b.padded(inner(b, x), 1), sides(1, 0, edge)...)
			return joined(b, x, b.bn(b.node("AveragePool", []*graph.Value{y}, graph.IntsAttr("kernel_shape", 3, 3)), 4))
		}, one, ""},
		"sides_in_another_order": {0, func(b *builder, x *graph.Value) *graph.Value {
			all := sides(1, 0, edge)
			return joined(b, x, outer(b, b.written(b.padded(inner(b, x), 1), all[3], all[0], all[2], all[1], all[0]), 3))
		}, one, ""},
		"rows_only": {0, func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("Pad", []*graph.Value{inner(b, x), b.ints(0, 0, 1, 0, 0, 0, 1, 0)})
			y = b.written(y, sides(1, 0, edge)[:2]...)
			return joined(b, x, b.conv(y, convShape{in: 4, out: 4, kernel: []int64{3, 1}}))
		}, one, ""},
		"strided": {0, func(b *builder, x *graph.Value) *graph.Value {
			y := b.written(b.padded(inner(b, x), 1), sides(1, 0, edge)...)
			y = b.conv(y, convShape{in: 4, out: 4, kernel: []int64{3, 3}, strides: []int64{2, 2}})
			return b.add(y, b.conv(x, convShape{in: 4, out: 4, kernel: []int64{3, 3}, strides: []int64{2, 2}, pads: []int64{1, 1, 1, 1}}))
		}, one, ""},
		"zeros_of_no_constant": {0, func(b *builder, x *graph.Value) *graph.Value {
			y := b.padded(b.conv(x, convShape{in: 4, out: 4, kernel: []int64{1, 1}}), 1)
			return joined(b, x, outer(b, b.written(y, sides(1, 0, make32(4, 0))...), 3))
		}, one, ""},
		"of_a_signal": {0, func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("Conv", []*graph.Value{b.reshape(x, 0, 4, -1), b.constant(4, 4, 1), b.floats([]int64{4}, edge...)})
			for _, at := range []int64{0, -1} {
				if at == 0 {
					y = b.node("Pad", []*graph.Value{y, b.ints(0, 0, 1, 0, 0, 1)})
				}
				turned := b.transpose(y, 2, 1, 0)
				updates := b.node("Expand", []*graph.Value{b.floats([]int64{4, 1}, edge...), b.node("Shape", []*graph.Value{b.node("Gather", []*graph.Value{turned, b.ints(0)})})})
				y = b.transpose(b.node("ScatterND", []*graph.Value{turned, b.g.NewInitializer("at", tensor.Of([]int64{1, 1}, at)), updates}), 2, 1, 0)
			}
			y = b.conv(y, convShape{in: 4, out: 4, kernel: []int64{3}})
			return b.reshape(y, 0, 4, -1, 1)
		}, map[string]int{"Reshape": 2, "Conv": 1}, ""},
		"both_sides_at_once": {0, func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("Pad", []*graph.Value{inner(b, x), b.ints(0, 0, 1, 0, 0, 0, 1, 0)})
			y = b.written(y, margin{2, []int64{0, -1}, edge})
			return joined(b, x, b.conv(y, convShape{in: 4, out: 4, kernel: []int64{3, 1}}))
		}, one, ""},
		"counted_from_the_end_of_a_known_size": {5, func(b *builder, x *graph.Value) *graph.Value {
			return joined(b, x, outer(b, b.written(b.padded(inner(b, x), 1), sides(1, 0, edge)...), 3))
		}, one, ""},
		"one_number": {0, func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("Conv", []*graph.Value{x, b.constant(4, 4, 1, 1), b.floats([]int64{4}, make32(4, 0.5)...)})
			s := sides(1, 0, []float32{0.5})
			return joined(b, x, outer(b, b.written(b.padded(y, 1), s...), 3))
		}, one, ""},
		"a_number_without_axes": {5, func(b *builder, x *graph.Value) *graph.Value {
			y := b.padded(b.node("Conv", []*graph.Value{x, b.constant(4, 4, 1, 1), b.floats([]int64{4}, make32(4, 0.5)...)}), 1)
			for _, s := range sides(1, 7, nil) {
				perm := []int64{0, 1, 2, 3}
				perm[0], perm[s.axis] = s.axis, 0
				updates := b.node("Expand", []*graph.Value{b.scalar(0.5), b.node("Shape", []*graph.Value{b.node("Gather", []*graph.Value{b.transpose(y, perm...), b.ints(0)})})})
				at := b.g.NewInitializer("at", tensor.Of([]int64{1, 1}, s.at...))
				y = b.transpose(b.node("ScatterND", []*graph.Value{b.transpose(y, perm...), at, updates}), perm...)
			}
			return joined(b, x, outer(b, y, 3))
		}, one, ""},
		"at_computed_indexes": {0, func(b *builder, x *graph.Value) *graph.Value {
			return joined(b, x, outer(b, b.countedSides(b.padded(inner(b, x), 2), 2, edge, -1), 5))
		}, one, ""},
		"at_computed_indexes_on_an_axis_from_the_start": {0, func(b *builder, x *graph.Value) *graph.Value {
			return joined(b, x, outer(b, b.countedSides(b.padded(inner(b, x), 1), 1, edge, 1), 3))
		}, one, ""},
		"at_the_end_only": {0, func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("Pad", []*graph.Value{inner(b, x), b.ints(0, 0, 0, 0, 0, 0, 1, 0)})
			y = b.writtenAt(y, 2, edge, func(all *graph.Value) *graph.Value { return b.column(b.part(all, -1, math.MaxInt64), -1) })
			return joined(b, x, b.conv(y, convShape{in: 4, out: 4, kernel: []int64{2, 1}}))
		}, one, ""},
		// Nobody but the original reads what is not finished: it stays, and the branch is merged.
		"pad_with_another_user": {0, func(b *builder, x *graph.Value) *graph.Value {
			pad := b.padded(inner(b, x), 1)
			y := joined(b, x, outer(b, b.written(pad, sides(1, 0, edge)...), 3))
			return b.add(y, b.node("Relu", []*graph.Value{b.node("MaxPool", []*graph.Value{pad}, graph.IntsAttr("kernel_shape", 3, 3))}))
		}, map[string]int{"Conv": 2, "Pad": 1, "MaxPool": 1, "Relu": 1, "Add": 1}, ""},

		"a_row_of_the_image_instead": {0, func(b *builder, x *graph.Value) *graph.Value {
			s := sides(1, 0, edge)
			s[1].at = []int64{1}
			return joined(b, x, outer(b, b.written(b.padded(inner(b, x), 1), s...), 3))
		}, nil, passes.Border},
		"a_row_of_the_image_of_known_size_instead": {5, func(b *builder, x *graph.Value) *graph.Value {
			s := sides(1, 7, edge)
			s[1].at = []int64{1}
			return joined(b, x, outer(b, b.written(b.padded(inner(b, x), 1), s...), 3))
		}, nil, passes.Border},
		"the_last_row_but_one_instead": {0, func(b *builder, x *graph.Value) *graph.Value {
			s := sides(1, 0, edge)
			s[1].at = []int64{-2}
			return joined(b, x, outer(b, b.written(b.padded(inner(b, x), 1), s...), 3))
		}, nil, passes.Border},
		"two_rows_at_the_end": {0, func(b *builder, x *graph.Value) *graph.Value {
			s := sides(1, 0, edge)
			s[0].at = []int64{-2}
			return joined(b, x, outer(b, b.written(b.padded(inner(b, x), 1), s...), 3))
		}, nil, passes.Border},
		"a_row_at_the_other_end": {0, func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("Pad", []*graph.Value{inner(b, x), b.ints(0, 0, 2, 0, 0, 0, 0, 0)})
			y = b.written(y, margin{2, []int64{0, -1}, edge})
			return joined(b, x, b.conv(y, convShape{in: 4, out: 4, kernel: []int64{3, 1}}))
		}, nil, passes.Border},
		"the_first_row_instead": {0, func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("Pad", []*graph.Value{inner(b, x), b.ints(0, 0, 0, 0, 0, 0, 1, 0)})
			y = b.written(y, margin{2, []int64{0}, edge})
			return joined(b, x, b.conv(y, convShape{in: 4, out: 4, kernel: []int64{2, 1}}))
		}, nil, passes.Border},
		"left_turned": {5, func(b *builder, x *graph.Value) *graph.Value {
			return joined(b, x, outer(b, b.transpose(b.written(b.padded(inner(b, x), 1), sides(1, 7, edge)...), 0, 1, 3, 2), 3))
		}, nil, ""},
		"cropped_above": {5, func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("Pad", []*graph.Value{inner(b, x), b.ints(0, 0, -1, 1, 0, 0, 1, 1)})
			y = b.written(y, sides(1, 7, edge)[2:]...)
			return joined(b, x, b.conv(y, convShape{in: 4, out: 4, kernel: []int64{1, 3}}))
		}, nil, passes.Border},
		"pads_by_reflection": {5, func(b *builder, x *graph.Value) *graph.Value {
			y := b.padded(inner(b, x), 1)
			y.Producer().SetAttr(graph.StringAttr("mode", "reflect"))
			return joined(b, x, outer(b, b.written(y, sides(1, 7, edge)...), 3))
		}, nil, passes.Border},
		"an_image_of_the_batch_too": {0, func(b *builder, x *graph.Value) *graph.Value {
			return joined(b, x, outer(b, b.written(b.padded(inner(b, x), 1), append(sides(1, 0, edge), margin{0, []int64{0}, edge})...), 3))
		}, nil, passes.Border},
		"a_channel_too": {5, func(b *builder, x *graph.Value) *graph.Value {
			y := b.padded(b.conv(x, convShape{in: 4, out: 4, kernel: []int64{1, 1}}), 1)
			y = b.listed(y, []int64{1, 4, 7, 7}, sides(1, 7, make32(4, 0))...)
			return joined(b, x, outer(b, b.listed(y, []int64{1, 1, 7, 7}, margin{1, []int64{0}, make32(4, 0)}), 3))
		}, nil, passes.Border},
		"everything_too": {5, func(b *builder, x *graph.Value) *graph.Value {
			s := append(sides(1, 7, edge), margin{2, upTo(7), edge})
			return joined(b, x, outer(b, b.listed(b.padded(inner(b, x), 1), []int64{1, 4, 7, 7}, s...), 3))
		}, nil, passes.Border},
		"a_corner_left_zero": {5, func(b *builder, x *graph.Value) *graph.Value {
			s := sides(1, 7, edge)
			y := b.listed(b.padded(inner(b, x), 1), []int64{1, 4, 7, 7}, s[1], s[3])
			y = b.listed(y, []int64{1, 4, 7, 6}, s[0])
			return joined(b, x, outer(b, b.listed(y, []int64{1, 4, 6, 7}, s[2]), 3))
		}, nil, passes.Border},
		"half_a_column": {5, func(b *builder, x *graph.Value) *graph.Value {
			s := sides(1, 7, edge)
			y := b.listed(b.padded(inner(b, x), 1), []int64{1, 4, 7, 7}, s[0], s[1], s[3])
			return joined(b, x, outer(b, b.listed(y, []int64{1, 4, 3, 7}, s[2]), 3))
		}, nil, passes.Border},
		"half_a_column_of_a_turned_image": {5, func(b *builder, x *graph.Value) *graph.Value {
			s := sides(1, 7, edge)
			y := b.listed(b.padded(inner(b, x), 1), []int64{1, 4, 7, 7}, s[0], s[1], s[3])
			y = b.transpose(b.listed(b.transpose(y, 2, 1, 0, 3), []int64{3, 4, 1, 7}, s[2]), 2, 1, 0, 3)
			return joined(b, x, outer(b, y, 3))
		}, nil, passes.Border},
		"at_one_computed_index_of_two_axes": {0, func(b *builder, x *graph.Value) *graph.Value {
			return joined(b, x, outer(b, b.countedSides(b.padded(inner(b, x), 2), 2, edge, 0), 5))
		}, nil, passes.Border},
		"second_row_at_a_computed_index": {0, func(b *builder, x *graph.Value) *graph.Value {
			y := b.countedSides(b.padded(inner(b, x), 1), 1, edge, -1)
			y = b.writtenAt(y, 2, edge, func(all *graph.Value) *graph.Value { return b.column(b.part(all, 1, 2), -1) })
			return joined(b, x, outer(b, y, 3))
		}, nil, passes.Border},
		"rows_at_any_indexes": {0, func(b *builder, x *graph.Value) *graph.Value {
			y := b.countedSides(b.padded(inner(b, x), 1), 1, edge, -1)
			y = b.writtenAt(y, 2, edge, func(all *graph.Value) *graph.Value {
				return b.column(b.node("Div", []*graph.Value{all, b.ints1(2)}), -1)
			})
			return joined(b, x, outer(b, y, 3))
		}, nil, passes.Border},
		"rows_at_indexes_that_are_no_column": {0, func(b *builder, x *graph.Value) *graph.Value {
			y := b.countedSides(b.padded(inner(b, x), 1), 1, edge, -1)
			y = b.writtenAt(y, 2, edge, func(all *graph.Value) *graph.Value {
				return b.node("Concat", []*graph.Value{b.column(b.part(all, 1, 2), -1), b.column(b.part(all, 0, 1), -1)}, graph.IntAttr("axis", 0))
			})
			return joined(b, x, outer(b, y, 3))
		}, nil, passes.Border},
		"last_row_but_one_at_a_computed_index": {0, func(b *builder, x *graph.Value) *graph.Value {
			y := b.padded(inner(b, x), 2)
			y = b.written(y, sides(2, 0, edge)[0], sides(2, 0, edge)[2], sides(2, 0, edge)[3])
			y = b.writtenAt(y, 2, edge, func(all *graph.Value) *graph.Value { return b.column(b.part(all, -2, -1), -1) })
			return joined(b, x, outer(b, y, 5))
		}, nil, passes.Border},
		"every_other_row_at_computed_indexes": {0, func(b *builder, x *graph.Value) *graph.Value {
			y := b.padded(inner(b, x), 2)
			y = b.written(y, sides(2, 0, edge)[1:]...)
			y = b.writtenAt(y, 2, edge, func(all *graph.Value) *graph.Value {
				return b.column(b.node("Slice", []*graph.Value{all, b.ints(0), b.ints(2), b.ints(0), b.ints(2)}), -1)
			})
			return joined(b, x, outer(b, y, 5))
		}, nil, passes.Border},
		"from_the_end_to_the_start": {0, func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("Pad", []*graph.Value{inner(b, x), b.ints(0, 0, 1, 0, 0, 0, 1, 0)})
			y = b.writtenAt(y, 2, edge, func(all *graph.Value) *graph.Value { return b.column(b.part(all, -1, 1), -1) })
			return joined(b, x, b.conv(y, convShape{in: 4, out: 4, kernel: []int64{3, 1}}))
		}, nil, passes.Border},
		"with_numbers_that_are_computed": {0, func(b *builder, x *graph.Value) *graph.Value {
			s := sides(1, 0, edge)
			turned := b.transpose(b.written(b.padded(inner(b, x), 1), s[1:]...), 2, 1, 0, 3)
			shape := b.node("Shape", []*graph.Value{b.node("Gather", []*graph.Value{turned, b.ints(0)})})
			updates := b.mul(b.floats([]int64{4, 1, 1}, edge...), b.node("Expand", []*graph.Value{b.node("ReduceMax", []*graph.Value{x}, graph.IntAttr("keepdims", 0)), shape}))
			y := b.node("ScatterND", []*graph.Value{turned, b.g.NewInitializer("at", tensor.Of([]int64{1, 1}, s[0].at...)), updates})
			return joined(b, x, outer(b, b.transpose(y, 2, 1, 0, 3), 3))
		}, nil, passes.Border},

		"an_ulp_off": {0, func(b *builder, x *graph.Value) *graph.Value {
			s := sides(1, 0, edge)
			s[2] = with(s[2], func(e []float32) { e[0] = math.Nextafter32(e[0], 1) })
			return joined(b, x, outer(b, b.written(b.padded(inner(b, x), 1), s...), 3))
		}, nil, passes.Border},
		"one_number_off": {5, func(b *builder, x *graph.Value) *graph.Value {
			s := sides(1, 7, edge)
			s[1] = with(s[1], func(e []float32) { e[3] = -2 })
			return joined(b, x, outer(b, b.listed(b.padded(inner(b, x), 1), []int64{1, 4, 7, 7}, s...), 3))
		}, nil, passes.Border},
		"not_a_number": {0, func(b *builder, x *graph.Value) *graph.Value {
			s := sides(1, 0, edge)
			s[0] = with(s[0], func(e []float32) { e[1] = float32(math.NaN()) })
			return joined(b, x, outer(b, b.written(b.padded(inner(b, x), 1), s...), 3))
		}, nil, passes.Border},
		"a_side_left_zero": {0, func(b *builder, x *graph.Value) *graph.Value {
			return joined(b, x, outer(b, b.written(b.padded(inner(b, x), 1), sides(1, 0, edge)[:3]...), 3))
		}, nil, passes.Border},
		"a_row_of_the_image_too": {0, func(b *builder, x *graph.Value) *graph.Value {
			s := append(sides(1, 0, edge), margin{2, []int64{1}, edge})
			return joined(b, x, outer(b, b.written(b.padded(inner(b, x), 1), s...), 3))
		}, nil, passes.Border},
		"wider_than_written": {0, func(b *builder, x *graph.Value) *graph.Value {
			return joined(b, x, outer(b, b.written(b.padded(inner(b, x), 2), sides(1, 0, edge)...), 5))
		}, nil, passes.Border},
		"first_reads_the_image_from_there": {0, func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("Conv", []*graph.Value{x, b.constant(4, 4, 3, 3), b.floats([]int64{4}, edge...)}, graph.IntsAttr("pads", 1, 1, 1, 1))
			return joined(b, x, outer(b, b.written(b.padded(y, 1), sides(1, 0, edge)...), 3))
		}, nil, passes.Border},
	} {
		t.Run(name, func(t *testing.T) {
			build := func() *graph.Model {
				b := newBuilder(5)
				size := c.size
				if size == 0 {
					size = -1
				}
				batch := int64(-1)
				if c.size > 0 {
					batch = 1
				}
				return b.output(c.block(b, b.input("x", batch, 4, size, size)))
			}
			shapes := [][][]int64{{{1, 4, 5, 5}}, {{2, 4, 1, 1}}, {{1, 4, 2, 3}}, {{1, 4, 6, 9}}}
			if c.size > 0 {
				shapes = shapes[:1]
			}
			if name == "not_a_number" || name == "at_one_computed_index_of_two_axes" {
				shapes = nil // no answer is equal, and no runtime takes it
			}
			m, result := passtest.Run(t, build, defaults(), shapes...)
			sayWhatToDo(t, result)
			got := ops(m)
			if c.want == nil && got["ScatterND"] == 0 || c.want != nil && !maps.Equal(got, c.want) {
				t.Errorf("operators %v, want %v; refusals %q", got, c.want, refusals(result))
			}
			if all := strings.Join(refusals(result), "\n"); !strings.Contains(all, c.reason) {
				t.Errorf("want a refusal with %q, got %q", c.reason, all)
			}
			if err := sameFileAgain(m); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestSharedPaddedBorders composes a stack only where nobody else needs what is not finished: the first convolution
// would be computed twice. Who only asks for its size does not need it.
func TestSharedPaddedBorders(t *testing.T) {
	type values = []*graph.Value
	edge := []float32{0.5, -1, 0, 2}
	for name, c := range map[string]struct {
		use  func(b *builder, pad, end *graph.Value) *graph.Value
		gone bool
	}{
		"by_nobody": {func(b *builder, pad, end *graph.Value) *graph.Value { return end }, true},
		"by_a_pool": {func(b *builder, pad, end *graph.Value) *graph.Value {
			return b.add(end, b.node("Relu", values{b.node("MaxPool", values{pad}, graph.IntsAttr("kernel_shape", 3, 3))}))
		}, false},
		"by_two_pools_of_one_function": {func(b *builder, pad, end *graph.Value) *graph.Value {
			y := b.node("Relu", values{pad})
			y = b.node("Max", values{y, b.node("Tanh", values{y})})
			return b.add(end, b.node("MaxPool", values{y}, graph.IntsAttr("kernel_shape", 3, 3)))
		}, false},
		"as_an_output": {func(b *builder, pad, end *graph.Value) *graph.Value { b.g.AddOutput(pad); return end }, false},
		"for_its_size": {func(b *builder, pad, end *graph.Value) *graph.Value {
			b.g.AddOutput(b.node("Shape", values{pad}))
			return end
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			build := func() *graph.Model {
				b := newBuilder(5)
				x := b.input("x", -1, 4, -1, -1)
				pad := b.padded(b.node("Conv", values{x, b.constant(4, 4, 1, 1), b.floats([]int64{4}, edge...)}), 1)
				y := b.countedSides(pad, 1, edge, -1)
				return b.output(c.use(b, pad, b.conv(y, convShape{in: 4, out: 4, kernel: []int64{3, 3}, bias: true})))
			}
			m, result := passtest.Run(t, build, defaults(), [][]int64{{1, 4, 4, 5}})
			if got := ops(m)["ScatterND"] == 0; got != c.gone {
				t.Errorf("operators %v; refusals %q", ops(m), refusals(result))
			}
		})
	}
}

// TestComputedPaddedBorder folds a batch norm into a convolution before a frame that holds the very same
// constant, computed in the graph.
func TestComputedPaddedBorder(t *testing.T) {
	type values = []*graph.Value
	build := func() *graph.Model {
		b := newBuilder(9)
		x := b.input("x", -1, 4, -1, -1)
		y := b.bn(b.conv(x, convShape{in: 4, out: 4, kernel: []int64{1, 1}}), 4)
		p := y.Producer()
		deviation := b.node("Sqrt", values{b.add(p.Input(4), b.scalar(1e-5))})
		edge := b.sub(p.Input(2), b.node("Div", values{b.mul(p.Input(3), p.Input(1)), deviation}))
		y = b.padded(y, 1)
		for _, s := range sides(1, 0, nil) {
			perm := []int64{0, 1, 2, 3}
			perm[0], perm[s.axis] = s.axis, 0
			turned := b.transpose(y, perm...)
			shape := b.node("Shape", values{b.node("Gather", values{turned, b.ints(0)})})
			updates := b.node("Expand", values{b.reshape(edge, 4, 1, 1), shape})
			y = b.transpose(b.node("ScatterND", values{turned, b.g.NewInitializer("at", tensor.Of([]int64{1, 1}, s.at...)), updates}), perm...)
		}
		return b.output(b.node("Relu", values{y}))
	}
	m, result := passtest.Run(t, build, defaults(), [][]int64{{1, 4, 3, 3}})
	if got := ops(m); got["BatchNormalization"] != 0 || got["Conv"] != 1 || got["ScatterND"] != 4 {
		t.Errorf("operators %v; refusals %q", got, refusals(result))
	}
}

// TestRoundedPaddedBorder keeps a batch norm out of a convolution that would only be written with the constant that
// stands around its result, whatever else is made of that.
func TestRoundedPaddedBorder(t *testing.T) {
	for _, others := range [][2]int{{0, 0}, {1, 0}, {0, 1}} { // pads before that of the frame, and after it
		build := func() *graph.Model {
			b := newBuilder(9)
			x := b.input("x", -1, 4, -1, -1)
			y := b.bn(b.conv(x, convShape{in: 4, out: 4, kernel: []int64{1, 1}}), 4)
			edge := make([]float32, 4)
			for i := range edge {
				var p [5]float64
				for j := 1; j < 5; j++ {
					p[j] = y.Producer().Input(j).Data().Float64s()[i]
				}
				edge[i] = float32(p[2] - p[3]*p[1]/math.Sqrt(p[4]+float64(float32(1e-5))))
			}
			sum := b.conv(x, square())
			pool := func() {
				sum = b.add(sum, b.node("MaxPool", []*graph.Value{b.padded(y, 1)}, graph.IntsAttr("kernel_shape", 3, 3)))
			}
			for range others[0] {
				pool()
			}
			z := b.written(b.padded(y, 1), sides(1, 0, edge)...)
			for range others[1] {
				pool()
			}
			return b.output(b.add(sum, b.conv(z, convShape{in: 4, out: 4, kernel: []int64{3, 3}})))
		}
		m, result := passtest.Run(t, build, defaults(), [][]int64{{1, 4, 3, 3}})
		sayWhatToDo(t, result)
		if got := ops(m); got["BatchNormalization"] != 1 || got["Conv"] != 3 {
			t.Errorf("%d: operators %v; refusals %q", others, got, refusals(result))
		}
		if err := sameFileAgain(m); err != nil {
			t.Errorf("%d: %v", others, err)
		}
	}
}
