package passes_test

import (
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/tensor"
)

// sumOf is a sum of convolutions of x.
func sumOf(shapes ...convShape) func(b *builder, x *graph.Value) *graph.Value {
	return func(b *builder, x *graph.Value) *graph.Value {
		y := b.bn(b.conv(x, shapes[0]), 4)
		for _, c := range shapes[1:] {
			y = b.add(y, b.bn(b.conv(x, c), 4))
		}
		return y
	}
}

// geometryCases are branches whose kernels do not lie centre on centre.
func geometryCases() map[string]cornerCase {
	conv := map[string]int{"Conv": 1}
	apart := map[string]int{"Conv": 2, "Add": 1}
	c := func(kernel, pads []int64) convShape {
		return convShape{in: 4, out: 4, kernel: kernel, pads: pads}
	}
	auto := func(mode string, kernel ...int64) convShape {
		return convShape{in: 4, out: 4, kernel: kernel, autoPad: mode}
	}
	dilated := func(c convShape, by int64) convShape {
		c.dilations = []int64{by, by}
		return c
	}
	strided := func(c convShape, by int64) convShape {
		c.strides = []int64{by, by}
		return c
	}
	grouped := func(c convShape) convShape {
		c.group = 4
		return c
	}
	return map[string]cornerCase{
		"T15_same_upper_even": {block: sumOf(auto("SAME_UPPER", 2, 4), point()), want: conv},
		"T15_same_lower_even": {block: sumOf(auto("SAME_LOWER", 2, 4), c([]int64{3, 3}, []int64{1, 1, 1, 1})), want: map[string]int{"Conv": 1}},
		"T15_valid":           {block: sumOf(auto("VALID", 3, 3), c([]int64{3, 1}, []int64{0, 0, 0, 0})), image: []int64{1, 4, 5, 3}, want: map[string]int{"Conv": 2, "Add": 1}},
		"T15_same_at_stride_of_unknown_size": {
			block: func(b *builder, x *graph.Value) *graph.Value {
				return b.add(b.conv(x, strided(auto("SAME_UPPER", 3, 3), 2)), b.conv(x, strided(point(), 2)))
			},
			want: apart, reason: passes.PaddingMode,
		},
		"T16_pads_on_one_side":     {block: sumOf(c([]int64{3, 3}, []int64{2, 0, 0, 2}), c([]int64{2, 2}, []int64{1, 0, 0, 1})), want: conv},
		"T17_dilation_over_centre": {block: sumOf(dilated(c([]int64{3, 3}, []int64{2, 2, 2, 2}), 2), point()), want: conv},
		"T17_dilation_into_wide":   {block: sumOf(c([]int64{5, 5}, []int64{2, 2, 2, 2}), dilated(c([]int64{3, 3}, []int64{2, 2, 2, 2}), 2)), want: conv},
		"T17_dilation_between_taps": {
			block: sumOf(dilated(c([]int64{3, 3}, []int64{2, 2, 2, 2}), 2), square()), want: apart, reason: passes.Costlier,
		},
		"T18_stride_2":           {block: sumOf(strided(square(), 2), strided(point(), 2)), want: conv},
		"T18_strides_differ":     {block: sumOf(strided(square(), 2), point()), image: []int64{1, 4, 1, 1}, want: apart, reason: passes.Misaligned},
		"T19_even_in_even":       {block: sumOf(c([]int64{4, 4}, []int64{1, 1, 2, 2}), c([]int64{2, 2}, []int64{0, 0, 1, 1})), want: conv},
		"T19_even_in_odd":        {block: sumOf(square(), c([]int64{2, 2}, []int64{1, 1, 0, 0})), want: conv},
		"T20_off_by_one":         {block: sumOf(square(), c([]int64{1, 1}, []int64{1, 1, 0, 0})), image: []int64{}, want: apart, reason: passes.Misaligned},
		"T20_off_the_centre":     {block: sumOf(square(), c([]int64{2, 2}, []int64{0, 1, 1, 0})), want: conv},
		"T20_outside_the_kernel": {block: sumOf(square(), c([]int64{3, 1}, []int64{2, 0, 0, 0})), want: conv},
		"T20_far_outside":        {block: sumOf(square(), c([]int64{3, 1}, []int64{4, 0, 0, 0})), image: []int64{}, want: apart, reason: passes.Misaligned},
		"T21_depthwise": {
			block: func(b *builder, x *graph.Value) *graph.Value {
				return b.add(sumOf(grouped(square()), grouped(point()))(b, x), b.bn(x, 4))
			},
			want: conv,
		},
		"T21_depthwise_and_dense": {block: sumOf(grouped(square()), point()), want: apart, reason: passes.Costlier},
		"T29_pad_one_dimension": {
			block: func(b *builder, x *graph.Value) *graph.Value {
				return b.conv(b.node("Pad", []*graph.Value{x, b.ints(0, 0, 2, 0, 0, 1)}), convShape{in: 4, out: 4, kernel: []int64{3}})
			},
			image: []int64{1, 4, 3}, want: conv,
		},
		"T29_pad_not_set":      {block: padBefore("NOTSET", 0, 0, 1, 1, 0, 0, 1, 1), want: conv},
		"T29_pad_and_same":     {block: padBefore("SAME_UPPER", 0, 0, 1, 1, 0, 0, 1, 1), want: conv},
		"T29_pad_of_channels":  {block: padBefore("", 0, 1, 0, 0, 0, 0, 0, 0), image: []int64{1, 3, 4, 4}, want: map[string]int{"Pad": 1, "Conv": 1}, reason: passes.PaddingMode},
		"T29_pad_of_batch":     {block: padBefore("", 1, 0, 0, 0, 0, 0, 0, 0), image: []int64{1, 4, 3, 3}, want: map[string]int{"Pad": 1, "Conv": 1}, reason: passes.PaddingMode},
		"T29_negative_and_pad": {block: padBefore("", 0, 0, -1, 1, 0, 0, 1, 0), image: []int64{1, 4, 5, 5}, want: map[string]int{"Pad": 1, "Conv": 1}, reason: passes.PaddingMode},
	}
}

func padBefore(autoPad string, pads ...int64) func(b *builder, x *graph.Value) *graph.Value {
	return func(b *builder, x *graph.Value) *graph.Value {
		return b.conv(b.node("Pad", []*graph.Value{x, b.ints(pads...)}), convShape{in: 4, out: 4, kernel: []int64{3, 3}, autoPad: autoPad})
	}
}

// branchCases are addends that are no branches of a block.
func branchCases() map[string]cornerCase {
	conv := map[string]int{"Conv": 1}
	sum := func(op string, flip bool) cornerCase {
		return cornerCase{
			block: func(b *builder, x *graph.Value) *graph.Value {
				terms := []*graph.Value{b.bn(b.conv(x, square()), 4), b.bn(b.conv(x, point()), 4), b.bn(x, 4), x}
				if flip {
					terms[0], terms[3] = terms[3], terms[0]
				}
				if op == "Sum" {
					return b.node("Sum", terms)
				}
				return b.add(b.add(terms[0], terms[1]), b.add(terms[2], terms[3]))
			},
			want: conv,
		}
	}
	return map[string]cornerCase{
		"T22_identity_with_stride": {
			block: func(b *builder, x *graph.Value) *graph.Value {
				c := square()
				c.strides = []int64{2, 2}
				return b.add(b.bn(b.conv(x, c), 4), x)
			},
			image: []int64{1, 4, 1, 1}, want: map[string]int{"Conv": 1, "Add": 1}, reason: passes.Misaligned,
		},
		"T23_gate_that_is_added": {
			block: func(b *builder, x *graph.Value) *graph.Value {
				return b.add(b.conv(x, square()), b.conv(b.node("GlobalAveragePool", []*graph.Value{x}), point()))
			},
			want: map[string]int{"Conv": 2, "GlobalAveragePool": 1, "Add": 1},
		},
		"T24_sum":                 sum("Sum", false),
		"T24_sum_in_other_order":  sum("Sum", true),
		"T24_nested":              sum("Add", false),
		"T24_nested_other_order":  sum("Add", true),
		"T25_relu_inside":         {block: reluInside, want: map[string]int{"Conv": 2, "Relu": 1, "Add": 1}},
		"W16_sum_with_more_users": {block: sumUsedTwice, want: map[string]int{"Conv": 2, "Relu": 1, "Max": 1}},
		"W09_no_arithmetic_is_left": {
			block: func(b *builder, x *graph.Value) *graph.Value { return acb(b, x, 4, 4, 1, []int64{1, 1}) }, want: conv,
		},
		"W14_unknown_operator": {
			block: func(b *builder, x *graph.Value) *graph.Value {
				y := b.node("Fancy", []*graph.Value{acb(b, x, 4, 4, 1, nil)})
				y.Producer().Domain = "org.example"
				dead := b.node("Fancy", []*graph.Value{x})
				dead.Producer().Domain = "org.example"
				return b.node("Relu", []*graph.Value{y})
			},
			image: []int64{}, want: map[string]int{"Conv": 1, "Fancy": 1, "Relu": 1}, setup: importExample,
		},
		"W14_own_operator_of_a_known_name": {
			block: func(b *builder, x *graph.Value) *graph.Value {
				y := b.bn(b.conv(x, square()), 4)
				y.Producer().Domain = "org.example"
				return y
			},
			image: []int64{}, want: map[string]int{"Conv": 1, "BatchNormalization": 1}, setup: importExample,
		},
		"W15_random_operators_stay_two": {
			block: func(b *builder, x *graph.Value) *graph.Value {
				return b.add(b.node("RandomNormalLike", []*graph.Value{x}), b.node("RandomNormalLike", []*graph.Value{x}))
			},
			image: []int64{}, want: map[string]int{"RandomNormalLike": 2, "Add": 1},
		},
		"W20_equal_bytes_of_another_type": {
			block: func(b *builder, x *graph.Value) *graph.Value {
				i := b.g.NewInitializer("zero_int", tensor.Of([]int64{1}, int32(0)))
				f := b.g.NewInitializer("zero", tensor.Of([]int64{1}, float32(0)))
				d := b.g.NewInitializer("zero_of_rank_2", tensor.Of([]int64{1, 1}, float32(0)))
				y := b.node("Max", []*graph.Value{x, f})
				y = b.node("Min", []*graph.Value{y, d})
				return b.add(y, b.node("Cast", []*graph.Value{b.node("Max", []*graph.Value{i, i})}, graph.IntAttr("to", int64(tensor.Float32))))
			},
			want: map[string]int{"Max": 1, "Min": 1}, image: []int64{1, 4, 2, 2},
		},
	}
}

func importExample(m *graph.Model) {
	m.Opsets = append(m.Opsets, graph.Opset{Domain: "org.example", Version: 1})
}

func reluInside(b *builder, x *graph.Value) *graph.Value {
	return b.add(b.node("Relu", []*graph.Value{b.bn(b.conv(x, square()), 4)}), b.bn(b.conv(x, point()), 4))
}

// sumUsedTwice is a block whose sum has two users: the sum itself may merge, what follows may not fold.
func sumUsedTwice(b *builder, x *graph.Value) *graph.Value {
	y := sumOf(square(), point())(b, x)
	return b.node("Max", []*graph.Value{b.node("Relu", []*graph.Value{y}), b.bn(b.conv(y, point()), 4)})
}
