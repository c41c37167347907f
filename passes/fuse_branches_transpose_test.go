package passes_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes"
)

// TestScaledInPlace has networks that keep channels last: each convolution reads a Transpose, and the
// scaled input is transposed for itself.
func TestScaledInPlace(t *testing.T) {
	first := func(b *builder, v *graph.Value) *graph.Value {
		return b.node("Transpose", []*graph.Value{v}, graph.IntsAttr("perm", 0, 3, 1, 2))
	}
	scaled := func(shape ...int64) func(b *builder, x *graph.Value) *graph.Value {
		return func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.conv(first(b, x), square()), first(b, b.add(b.mul(x, b.constant(4)), b.constant(shape...))))
		}
	}
	merged := map[string]int{"Transpose": 1, "Conv": 1}
	apart := map[string]int{"Transpose": 2, "Conv": 1, "Add": 2, "Mul": 1}
	known, unknown := []int64{-1, -1, -1, 4}, []int64{-1, -1, -1, -1}
	sizes := [][]int64{{1, 5, 5, 4}, {2, 1, 4, 4}, {1, 4, 4, 4}}
	for name, c := range map[string]linearCase{
		"scale_and_shift":        {known, sizes, scaled(4), merged, ""},
		"channel_after_ones":     {known, sizes, scaled(1, 1, 1, 4), merged, ""},
		"constant_of_the_width":  {known, sizes[2:], scaled(4, 1), apart, passes.NotChannel},
		"channels_of_the_weight": {unknown, sizes, scaled(4), merged, ""},
		"deep_in_the_sum": {known, sizes, func(b *builder, x *graph.Value) *graph.Value {
			y := first(b, x)
			z := first(b, b.sub(b.constant(4), b.node("Neg", []*graph.Value{x})))
			return b.sub(b.add(b.conv(y, square()), b.conv(y, point())), b.mul(z, b.constant(4, 1, 1)))
		}, merged, ""},
		"another_permutation": {known, sizes[2:], func(b *builder, x *graph.Value) *graph.Value {
			z := b.node("Transpose", []*graph.Value{b.mul(x, b.constant(4))}, graph.IntsAttr("perm", 0, 3, 2, 1))
			return b.add(b.conv(first(b, x), square()), z)
		}, map[string]int{"Transpose": 2, "Conv": 1, "Add": 1, "Mul": 1}, ""},
		"scaled_for_others_too": {known, sizes, func(b *builder, x *graph.Value) *graph.Value {
			y := b.mul(x, b.constant(4))
			return b.node("Max", []*graph.Value{b.add(b.conv(first(b, x), square()), first(b, y)), first(b, b.node("Relu", []*graph.Value{y}))})
		}, map[string]int{"Transpose": 2, "Conv": 1, "Mul": 1, "Relu": 1, "Max": 1}, ""},
		// What the merged convolution reads is computed after those that were there.
		"read_before_it_is_there": {known, sizes, func(b *builder, x *graph.Value) *graph.Value {
			z := first(b, b.add(x, b.constant(4)))
			y := b.add(b.conv(z, square()), b.conv(z, square()))
			return b.add(y, first(b, x))
		}, map[string]int{"Transpose": 2, "Conv": 1, "Add": 2}, ""},
		// The two Transposes are equal once the constant is in the convolutions.
		"read_by_one": {known, sizes, func(b *builder, x *graph.Value) *graph.Value {
			z := first(b, b.add(x, b.constant(4)))
			y := b.add(b.conv(z, point()), b.conv(z, point()))
			return b.add(y, first(b, x))
		}, merged, ""},
	} {
		t.Run(name, func(t *testing.T) { c.run(t, nil) })
	}
}
