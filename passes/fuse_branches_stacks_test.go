package passes_test

import (
	"fmt"
	"maps"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
)

// TestStacksThatStay has reductions of stacks that add up something else than what was stacked. They keep
// their place in a sum with convolutions.
func TestStacksThatStay(t *testing.T) {
	none := graph.IntAttr("keepdims", 0)
	unsqueeze := func(b *builder, x *graph.Value, axes ...int64) *graph.Value {
		return b.node("Unsqueeze", []*graph.Value{x, b.ints(axes...)})
	}
	concat := func(b *builder, axis int64, x, y *graph.Value) *graph.Value {
		return b.node("Concat", []*graph.Value{x, y}, graph.IntAttr("axis", axis))
	}
	reduce := func(b *builder, x *graph.Value, axes ...int64) *graph.Value {
		return b.node("ReduceSum", []*graph.Value{x, b.ints(axes...)}, none)
	}
	relu := func(b *builder, x *graph.Value) *graph.Value { return b.node("Relu", []*graph.Value{x}) }
	table := map[string]cornerCase{}
	for name, stack := range map[string]func(b *builder, x *graph.Value) *graph.Value{
		"of_one": func(b *builder, x *graph.Value) *graph.Value { return reduce(b, x, 0) },
		"over_all_axes": func(b *builder, x *graph.Value) *graph.Value {
			return b.node("ReduceSum", []*graph.Value{concat(b, 0, unsqueeze(b, x, 0), unsqueeze(b, relu(b, x), 0))}, none)
		},
		"over_two_axes": func(b *builder, x *graph.Value) *graph.Value {
			return reduce(b, concat(b, 0, unsqueeze(b, x, 0), unsqueeze(b, relu(b, x), 0)), 0, 1)
		},
		"with_its_axis": func(b *builder, x *graph.Value) *graph.Value {
			y := concat(b, 0, unsqueeze(b, x, 0), unsqueeze(b, relu(b, x), 0))
			return b.node("ReduceSum", []*graph.Value{y, b.ints(0)}, graph.IntAttr("keepdims", 1))
		},
		"next_to_each_other_on_another_axis": func(b *builder, x *graph.Value) *graph.Value {
			return reduce(b, concat(b, 2, unsqueeze(b, x, 0), unsqueeze(b, relu(b, x), 0)), 0)
		},
		"of_rows_on_another_axis": func(b *builder, x *graph.Value) *graph.Value {
			return reduce(b, concat(b, 0, unsqueeze(b, x, 1), unsqueeze(b, relu(b, x), 1)), 0)
		},
		"of_rows_with_two_axes": func(b *builder, x *graph.Value) *graph.Value {
			return reduce(b, concat(b, 0, unsqueeze(b, x, 0, 1), unsqueeze(b, relu(b, x), 0, 1)), 0)
		},
		"with_its_axis_by_default": func(b *builder, x *graph.Value) *graph.Value {
			return b.node("ReduceSum", []*graph.Value{concat(b, 0, unsqueeze(b, x, 0), unsqueeze(b, relu(b, x), 0)), b.ints(0)})
		},
		"the_largest": func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("ReduceMax", []*graph.Value{concat(b, 0, unsqueeze(b, x, 0), unsqueeze(b, relu(b, x), 0))}, graph.IntsAttr("axes", 0), graph.IntAttr("keepdims", 1))
			return b.node("Squeeze", []*graph.Value{y, b.ints(0)})
		},
		"squeezed_of_all_axes_of_one": func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("ReduceSum", []*graph.Value{concat(b, 0, unsqueeze(b, x, 0), unsqueeze(b, relu(b, x), 0)), b.ints(0)})
			return b.node("Squeeze", []*graph.Value{y})
		},
		"without_an_axis_of_its_own": func(b *builder, x *graph.Value) *graph.Value {
			return reduce(b, concat(b, 0, x, relu(b, x)), 0)
		},
		"of_a_node_that_is_no_axis": func(b *builder, x *graph.Value) *graph.Value {
			return reduce(b, concat(b, 0, unsqueeze(b, x, 0), b.reshape(relu(b, x), 1, 1, 4, 3, 3)), 0)
		},
	} {
		block := func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.add(stack(b, x), b.conv(x, square())), b.conv(x, point()))
		}
		want := map[string]int{"Conv": 1, "Add": 1}
		b := newBuilder(1)
		stack(b, b.input("x", 1, 4, 3, 3))
		maps.Copy(want, ops(b.m))
		if name == "next_to_each_other_on_another_axis" {
			block = func(b *builder, x *graph.Value) *graph.Value {
				return b.add(stack(b, x), b.node("Relu", []*graph.Value{b.add(b.conv(x, convShape{in: 4, out: 8, kernel: []int64{1, 1}}), b.conv(x, convShape{in: 4, out: 8, kernel: []int64{1, 1}}))}))
			}
			want["Relu"]++
		}
		table[name] = cornerCase{block: block, image: []int64{1, 4, 3, 3}, want: want}
	}
	runWhatever(t, table)
}

// TestOldSumsNextToBlocks keeps a sum that spreads its second operand, as opset 6 could, next to convolutions
// that merge.
func TestOldSumsNextToBlocks(t *testing.T) {
	runWhatever(t, map[string]cornerCase{
		"spread": {block: func(b *builder, x *graph.Value) *graph.Value {
			relu := b.node("Relu", []*graph.Value{x})
			y := b.node("Add", []*graph.Value{relu, b.node("Relu", []*graph.Value{relu})}, graph.IntAttr("broadcast", 1))
			return b.node("Sum", []*graph.Value{y, b.conv(x, square()), b.conv(x, point())})
		}, image: []int64{1, 4, 3, 3}, want: map[string]int{"Relu": 2, "Add": 2, "Conv": 1}, setup: opset(6)},
		// The constant stands on the axis of the batch, where a newer opset would have the channels.
		"scale_of_the_batch": {block: func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("Mul", []*graph.Value{x, b.constant(4, 1, 1)}, graph.IntAttr("broadcast", 1), graph.IntAttr("axis", 0))
			return b.node("Sum", []*graph.Value{y, b.conv(x, square())})
		}, want: map[string]int{"Mul": 1, "Sum": 1, "Conv": 1}, setup: opset(6)},
		"scale_of_channels_in_opset_7": {block: func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.mul(x, b.constant(4, 1, 1)), b.conv(x, square()))
		}, image: []int64{1, 4, 3, 3}, want: map[string]int{"Conv": 1}, setup: opset(7)},
		"stacked_in_opset_12": {block: func(b *builder, x *graph.Value) *graph.Value {
			axes := graph.IntsAttr("axes", 0)
			y := b.node("Concat", []*graph.Value{b.node("Unsqueeze", []*graph.Value{x}, axes), b.node("Unsqueeze", []*graph.Value{b.conv(x, square())}, axes)}, graph.IntAttr("axis", 0))
			return b.node("ReduceSum", []*graph.Value{y}, axes, graph.IntAttr("keepdims", 0))
		}, image: []int64{1, 4, 3, 3}, want: map[string]int{"Conv": 1}, setup: opset(12)},
		"stacked_in_opset_13": {block: func(b *builder, x *graph.Value) *graph.Value {
			return b.stacked(0, x, b.conv(x, square()))
		}, image: []int64{1, 4, 3, 3}, want: map[string]int{"Conv": 1}, setup: opset(13)},
	})
}

// TestStacksThatOthersUse keeps a stack that somebody else uses at any place: its addends would be computed
// twice.
func TestStacksThatOthersUse(t *testing.T) {
	table := map[string]cornerCase{}
	for place, name := range []string{"unsqueezed", "concatenated", "reduced"} {
		table[name] = cornerCase{block: func(b *builder, x *graph.Value) *graph.Value {
			rows := []*graph.Value{b.node("Unsqueeze", []*graph.Value{b.conv(x, square()), b.ints(0)}), b.node("Unsqueeze", []*graph.Value{b.conv(x, point()), b.ints(0)})}
			all := b.node("Concat", rows, graph.IntAttr("axis", 0))
			sum := b.node("ReduceSum", []*graph.Value{all, b.ints(0)}, graph.IntAttr("keepdims", 1))
			y := b.node("Squeeze", []*graph.Value{sum, b.ints(0)})
			other := b.node("Relu", []*graph.Value{[]*graph.Value{rows[0], all, sum}[place]})
			return b.node("Max", []*graph.Value{y, b.node("ReduceMax", []*graph.Value{other}, graph.IntAttr("keepdims", 0))})
		}, want: map[string]int{"Conv": 2, "Unsqueeze": 2, "Concat": 1, "ReduceSum": 1, "Squeeze": 1, "Relu": 1, "ReduceMax": 1, "Max": 1}}
	}
	runWhatever(t, table)
}

// TestStacksOfEveryOpset finds the axes where the opset has them.
func TestStacksOfEveryOpset(t *testing.T) {
	table := map[string]cornerCase{}
	for _, version := range []int64{12, 13, 17, 18} {
		for _, op := range []string{"ReduceSum", "ReduceMean"} {
			with := func(b *builder, since int64, op string, x *graph.Value, attrs ...*graph.Attr) *graph.Value {
				if version < since {
					return b.node(op, []*graph.Value{x}, append(attrs, graph.IntsAttr("axes", 0))...)
				}
				return b.node(op, []*graph.Value{x, b.ints(0)}, attrs...)
			}
			since := int64(13)
			if op == "ReduceMean" {
				since = 18
			}
			for name, attrs := range map[string][]*graph.Attr{"squeezed": nil, "reduced": {graph.IntAttr("keepdims", 0)}} {
				table[fmt.Sprintf("%s_%s_%d", op, name, version)] = cornerCase{block: func(b *builder, x *graph.Value) *graph.Value {
					rows := []*graph.Value{with(b, 13, "Unsqueeze", b.conv(x, square())), with(b, 13, "Unsqueeze", x)}
					y := with(b, since, op, b.node("Concat", rows, graph.IntAttr("axis", 0)), attrs...)
					if attrs == nil {
						y = with(b, 13, "Squeeze", y)
					}
					return y
				}, want: map[string]int{"Conv": 1}, setup: opset(version)}
			}
		}
	}
	runWhatever(t, table)
}

// TestStacksOfAnotherKind leaves what is no sum, or has another size than its addends.
func TestStacksOfAnotherKind(t *testing.T) {
	stack := func(b *builder, x *graph.Value, axis int64) *graph.Value {
		var rows []*graph.Value
		for _, y := range []*graph.Value{b.conv(x, square()), b.conv(x, point())} {
			rows = append(rows, b.node("Unsqueeze", []*graph.Value{y}, graph.IntsAttr("axes", 0)))
		}
		return b.node("Concat", rows, graph.IntAttr("axis", axis))
	}
	of := func(more map[string]int) map[string]int {
		want := map[string]int{"Conv": 2, "Unsqueeze": 2, "Concat": 1}
		maps.Copy(want, more)
		return want
	}
	runWhatever(t, map[string]cornerCase{
		"the_largest": {block: func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("ReduceMax", []*graph.Value{stack(b, x, 0)}, graph.IntsAttr("axes", 0))
			return b.node("Squeeze", []*graph.Value{y}, graph.IntsAttr("axes", 0))
		}, want: of(map[string]int{"ReduceMax": 1, "Squeeze": 1}), setup: opset(12)},
		"a_larger_batch": {block: func(b *builder, x *graph.Value) *graph.Value {
			return b.node("ReduceSum", []*graph.Value{stack(b, x, 1)}, graph.IntsAttr("axes", 0), graph.IntAttr("keepdims", 0))
		}, want: of(map[string]int{"ReduceSum": 1}), setup: opset(12)},
	})
}
