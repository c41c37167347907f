package passes_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
)

// TestTransposesOfOtherValues has networks that keep channels last, with something else before a Transpose
// than a scale that stands there for it alone.
func TestTransposesOfOtherValues(t *testing.T) {
	first := func(b *builder, v *graph.Value) *graph.Value { return b.transpose(v, 0, 3, 1, 2) }
	scaled := func(b *builder, x *graph.Value) *graph.Value { return first(b, b.mul(x, b.constant(4))) }
	dims := []int64{-1, -1, -1, 4}
	sizes := [][]int64{{1, 4, 4, 4}, {2, 3, 5, 4}}
	for name, c := range map[string]struct {
		opset int64
		linearCase
	}{
		"in_opset_7": {7, linearCase{dims, sizes, func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.conv(first(b, x), square()), scaled(b, x))
		}, map[string]int{"Transpose": 1, "Conv": 1}, ""}},
		"by_an_attribute_of_opset_6": {6, linearCase{dims, nil, func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("Mul", []*graph.Value{x, b.constant(4)}, graph.IntAttr("broadcast", 1), graph.IntAttr("axis", 2))
			return b.node("Sum", []*graph.Value{b.conv(first(b, x), square()), first(b, y)})
		}, map[string]int{"Transpose": 2, "Conv": 1, "Mul": 1, "Sum": 1}, ""}},
		"maximum_with_a_constant": {17, linearCase{dims, sizes, func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("Max", []*graph.Value{x, b.constant(4)})
			return b.add(b.conv(first(b, x), square()), first(b, y))
		}, map[string]int{"Transpose": 2, "Conv": 1, "Max": 1, "Add": 1}, ""}},
		"batch_that_moves": {17, linearCase{dims, sizes[:1], func(b *builder, x *graph.Value) *graph.Value {
			move := func(v *graph.Value) *graph.Value { return b.transpose(v, 1, 3, 0, 2) }
			return b.add(b.conv(move(x), square()), move(b.mul(x, b.constant(4, 1))))
		}, map[string]int{"Transpose": 2, "Conv": 1, "Mul": 1, "Add": 1}, ""}},
		// The scales are columns of the convolution that reads their sum.
		"sum_before_what_it_would_read": {17, linearCase{dims, sizes, func(b *builder, x *graph.Value) *graph.Value {
			y := b.conv(b.add(scaled(b, x), scaled(b, x)), square())
			return b.add(y, b.conv(first(b, x), point()))
		}, map[string]int{"Transpose": 1, "Conv": 1}, ""}},
		"sum_with_what_is_there": {17, linearCase{dims, sizes, func(b *builder, x *graph.Value) *graph.Value {
			y := first(b, x)
			return b.add(b.conv(b.sub(scaled(b, x), scaled(b, x)), square()), b.conv(y, point()))
		}, map[string]int{"Transpose": 1, "Conv": 1}, ""}},
	} {
		t.Run(name, func(t *testing.T) { c.run(t, opset(c.opset)) })
	}
}
