package passes_test

import (
	"maps"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes/passtest"
	"github.com/acdeploy/acdeploy/tensor"
)

// TestConstantPlaces computes operators that put elements somewhere else, with what they mean where an
// attribute or an operand is absent, and leaves those whose operands do not fit.
func TestConstantPlaces(t *testing.T) {
	type values = []*graph.Value
	axis := func(v int64) *graph.Attr { return graph.IntAttr("axis", v) }
	index := func(b *builder, shape []int64, v ...int64) *graph.Value {
		return b.g.NewInitializer("at", tensor.Of(shape, v...))
	}
	// The parts are put together the other way round.
	split := func(b *builder, x, sizes *graph.Value, parts int, on int64, attrs ...*graph.Attr) *graph.Value {
		n := graph.NewNode("Split", x, sizes)
		if sizes == nil {
			n = graph.NewNode("Split", x)
		}
		for _, a := range attrs {
			n.SetAttr(a)
		}
		var all values
		for range parts {
			v := b.g.NewValue("part")
			if err := n.AddOutput(v); err != nil {
				panic(err)
			}
			all = append(values{v}, all...)
		}
		b.g.Append(n)
		return b.node("Concat", all, axis(on))
	}
	one := func(b *builder) *graph.Value { return b.ints1(1) }
	for name, c := range map[string]struct {
		opset int64
		make  func(b *builder) *graph.Value
		stays string // the operator that is not computed
	}{
		"split_into_more_parts_than_fit": {18, func(b *builder) *graph.Value {
			return split(b, b.constant(5, 2), nil, 4, 0, graph.IntAttr("num_outputs", 4))
		}, ""},
		"pad_of_three_axes": {17, func(b *builder) *graph.Value {
			return b.node("Pad", values{b.constant(2, 3, 1), b.ints(1, 0, 2, 0, 2, 0)})
		}, ""},
		"pad_on_axes_in_another_order": {18, func(b *builder) *graph.Value {
			return b.node("Pad", values{b.constant(2, 3), b.ints(1, 0, 0, 2), b.scalar(1), b.ints(1, 0)})
		}, ""},
		"one_hot_of_a_matrix": {17, func(b *builder) *graph.Value {
			return b.node("OneHot", values{index(b, []int64{2, 2}, 0, 1, 2, 1), b.ints(3), b.floats([]int64{2}, 0.5, 3)})
		}, ""},
		"more_elements_than_there_are": {17, func(b *builder) *graph.Value {
			return b.node("GatherElements", values{b.constant(3, 2), index(b, []int64{4, 1}, 0, 2, 2, 1)})
		}, ""},
		"split_of_the_first_axis": {17, func(b *builder) *graph.Value { return split(b, b.constant(6, 2), nil, 3, 0) }, ""},
		"split_of_the_last_axis":  {17, func(b *builder) *graph.Value { return split(b, b.constant(2, 6), nil, 2, 1, axis(-1)) }, ""},
		"split_into_uneven_parts": {18, func(b *builder) *graph.Value {
			return split(b, b.constant(7, 2), nil, 3, 0, graph.IntAttr("num_outputs", 3))
		}, ""},
		"split_into_one": {18, func(b *builder) *graph.Value {
			return split(b, b.constant(3, 2), nil, 1, 0, graph.IntAttr("num_outputs", 1))
		}, ""},
		"split_by_an_attribute": {11, func(b *builder) *graph.Value {
			return split(b, b.constant(6, 2), nil, 2, 0, graph.IntsAttr("split", 2, 4))
		}, ""},
		"split_with_an_empty_part": {17, func(b *builder) *graph.Value { return split(b, b.constant(4, 2), b.ints(0, 4), 2, 0) }, ""},
		"split_into_other_counts": {18, func(b *builder) *graph.Value {
			return split(b, b.constant(6, 2), nil, 2, 0, graph.IntAttr("num_outputs", 3))
		}, "Split"},
		"split_of_an_absent_axis":  {17, func(b *builder) *graph.Value { return split(b, b.constant(4, 2), b.ints(2, 2), 2, 0, axis(2)) }, "Split"},
		"split_of_a_negative_axis": {17, func(b *builder) *graph.Value { return split(b, b.constant(4, 2), b.ints(2, 2), 2, 0, axis(-3)) }, "Split"},
		"split_of_less_than_all":   {17, func(b *builder) *graph.Value { return split(b, b.constant(4, 2), b.ints(1, 2), 2, 0) }, "Split"},
		"split_into_less_than_no":  {17, func(b *builder) *graph.Value { return split(b, b.constant(4, 2), b.ints(-1, 5), 2, 0) }, "Split"},
		"split_of_fewer_sizes":     {17, func(b *builder) *graph.Value { return split(b, b.constant(4, 2), b.ints(4), 2, 0) }, "Split"},
		"tile_of_three_axes":       {17, func(b *builder) *graph.Value { return b.node("Tile", values{b.constant(2, 1, 3), b.ints(2, 3, 1)}) }, ""},
		"tile_of_fewer_axes":       {17, func(b *builder) *graph.Value { return b.node("Tile", values{b.constant(2, 3), b.ints(2)}) }, "Tile"},
		"tile_less_than_nothing":   {17, func(b *builder) *graph.Value { return b.node("Tile", values{b.constant(2, 3), b.ints(2, -1)}) }, "Tile"},
		"pad_with_zeros":           {17, func(b *builder) *graph.Value { return b.node("Pad", values{b.constant(2, 3), b.ints(1, 0, 0, 2)}) }, ""},
		"pad_on_axes": {18, func(b *builder) *graph.Value {
			return b.node("Pad", values{b.constant(2, 3), b.ints(1, 2), b.scalar(1), b.ints(1)})
		}, ""},
		"pad_with_two_values": {17, func(b *builder) *graph.Value {
			return b.node("Pad", values{b.constant(2, 3), b.ints(1, 0, 0, 2), b.constant(2)})
		}, "Pad"},
		"pad_that_mirrors": {17, func(b *builder) *graph.Value {
			return b.node("Pad", values{b.constant(2, 3), b.ints(1, 0, 0, 2)}, graph.StringAttr("mode", "reflect"))
		}, "Pad"},
		"pad_of_fewer_axes": {17, func(b *builder) *graph.Value { return b.node("Pad", values{b.constant(2, 3), b.ints(1, 1)}) }, "Pad"},
		"eye":               {17, func(b *builder) *graph.Value { return b.node("EyeLike", values{b.constant(3, 4)}) }, ""},
		"eye_below": {17, func(b *builder) *graph.Value {
			return b.node("EyeLike", values{b.constant(3, 4)}, graph.IntAttr("k", -1))
		}, ""},
		"eye_of_three_axes": {17, func(b *builder) *graph.Value { return b.node("EyeLike", values{b.constant(3, 4, 2)}) }, "EyeLike"},
		"one_hot_on_the_last_axis": {17, func(b *builder) *graph.Value {
			return b.node("OneHot", values{b.ints(0, 2, -1), b.ints(4), b.floats([]int64{2}, 0.5, 3)})
		}, ""},
		"one_hot_of_depth_one": {17, func(b *builder) *graph.Value {
			return b.node("OneHot", values{b.ints(0, 1), b.ints(1), b.floats([]int64{2}, 0.5, 3)})
		}, ""},
		"one_hot_between_axes": {17, func(b *builder) *graph.Value {
			return b.node("OneHot", values{index(b, []int64{2, 2}, 0, 1, 2, 1), b.ints(3), b.floats([]int64{2}, 0.5, 3)}, axis(1))
		}, ""},
		"one_hot_on_an_absent_axis": {17, func(b *builder) *graph.Value {
			return b.node("OneHot", values{b.ints(0, 2), b.ints(4), b.floats([]int64{2}, 0.5, 3)}, axis(2))
		}, "OneHot"},
		"one_hot_of_two_depths": {17, func(b *builder) *graph.Value {
			return b.node("OneHot", values{b.ints(0, 2), b.ints(4, 4), b.floats([]int64{2}, 0.5, 3)})
		}, "OneHot"},
		"one_hot_of_three_values": {17, func(b *builder) *graph.Value {
			return b.node("OneHot", values{b.ints(0, 2), b.ints(4), b.floats([]int64{3}, 0.5, 3, 1)})
		}, "OneHot"},
		"one_hot_of_no_depth": {17, func(b *builder) *graph.Value {
			return b.node("OneHot", values{b.ints(0, 2), b.ints(0), b.floats([]int64{2}, 0.5, 3)})
		}, "OneHot"},
		"scatter_of_elements": {17, func(b *builder) *graph.Value {
			return b.node("ScatterND", values{b.constant(3, 2), index(b, []int64{3, 2}, 0, 1, 2, 0, -2, -1), b.constant(3)})
		}, ""},
		"scatter_of_blocks": {17, func(b *builder) *graph.Value {
			return b.node("ScatterND", values{b.constant(3, 2, 2), index(b, []int64{2, 1}, 0, 2), b.constant(2, 2, 2)})
		}, ""},
		"scatter_that_adds": {17, func(b *builder) *graph.Value {
			return b.node("ScatterND", values{b.constant(3, 2), index(b, []int64{1, 1}, 0), b.constant(1, 2)}, graph.StringAttr("reduction", "add"))
		}, "ScatterND"},
		"scatter_behind_the_end": {17, func(b *builder) *graph.Value {
			return b.node("ScatterND", values{b.constant(3, 2), index(b, []int64{1, 1}, 3), b.constant(1, 2)})
		}, "ScatterND"},
		"scatter_before_the_start": {17, func(b *builder) *graph.Value {
			return b.node("ScatterND", values{b.constant(3, 2), index(b, []int64{1, 1}, -4), b.constant(1, 2)})
		}, "ScatterND"},
		"scatter_of_too_many_axes": {17, func(b *builder) *graph.Value {
			return b.node("ScatterND", values{b.constant(3, 2), index(b, []int64{1, 3}, 0, 0, 0), b.constant(1)})
		}, "ScatterND"},
		"scatter_of_other_updates": {17, func(b *builder) *graph.Value {
			return b.node("ScatterND", values{b.constant(3, 2), index(b, []int64{1, 1}, 0), b.constant(2, 2)})
		}, "ScatterND"},
		"scatter_by_a_number": {17, func(b *builder) *graph.Value {
			return b.node("ScatterND", values{b.constant(3, 2), one(b), b.constant(2)})
		}, "ScatterND"},
		"elements_of_the_first_axis": {17, func(b *builder) *graph.Value {
			return b.node("GatherElements", values{b.constant(3, 2), index(b, []int64{2, 2}, 0, 2, -1, 1)})
		}, ""},
		"elements_of_all_columns": {17, func(b *builder) *graph.Value {
			return b.node("ScatterElements", values{b.constant(3, 2), index(b, []int64{1, 2}, 0, 2), b.constant(1, 2)})
		}, ""},
		"elements_of_more_columns": {17, func(b *builder) *graph.Value {
			return b.node("GatherElements", values{b.constant(3, 2), index(b, []int64{1, 3}, 0, 2, 1)})
		}, "GatherElements"},
		"elements_behind_the_end": {17, func(b *builder) *graph.Value {
			return b.node("GatherElements", values{b.constant(3, 2), index(b, []int64{1, 1}, 3)})
		}, "GatherElements"},
		"elements_before_the_start": {17, func(b *builder) *graph.Value {
			return b.node("GatherElements", values{b.constant(3, 2), index(b, []int64{1, 1}, -4)})
		}, "GatherElements"},
		"elements_of_an_absent_axis": {17, func(b *builder) *graph.Value {
			return b.node("GatherElements", values{b.constant(3, 2), index(b, []int64{1, 1}, 0)}, axis(2))
		}, "GatherElements"},
		"elements_of_other_updates": {17, func(b *builder) *graph.Value {
			return b.node("ScatterElements", values{b.constant(3, 2), index(b, []int64{1, 2}, 0, 1), b.constant(1, 1)})
		}, "ScatterElements"},
		"elements_that_add": {17, func(b *builder) *graph.Value {
			return b.node("ScatterElements", values{b.constant(3, 2), index(b, []int64{1, 1}, 0), b.constant(1, 1)}, graph.StringAttr("reduction", "add"))
		}, "ScatterElements"},
		"triangle_of_a_vector":    {17, func(b *builder) *graph.Value { return b.node("Trilu", values{b.constant(3)}) }, "Trilu"},
		"triangle_by_two_numbers": {17, func(b *builder) *graph.Value { return b.node("Trilu", values{b.constant(3, 3), b.ints(0, 1)}) }, "Trilu"},
		"triangle_far_below":      {17, func(b *builder) *graph.Value { return b.node("Trilu", values{b.constant(3, 3), b.ints1(-2)}) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			build := func() *graph.Model {
				b := newBuilder(5)
				b.m.Opsets[0].Version = c.opset
				return b.output(b.add(b.input("x", 1), c.make(b)))
			}
			want, sizes := map[string]int{"Add": 1}, [][][]int64{{{1}}}
			if c.stays != "" {
				want, sizes = ops(build()), nil // no engine runs what does not fit
			}
			after, _ := passtest.Run(t, build, folding(), sizes...)
			if got := ops(after); !maps.Equal(got, want) {
				t.Errorf("left are %v, want %v", got, want)
			}
		})
	}
}
