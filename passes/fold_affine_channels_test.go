package passes_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
)

// TestChannelsAfterMovement follows the channels to where a constant meets them, and no further than is certain.
func TestChannelsAfterMovement(t *testing.T) {
	image, sizes := []int64{-1, 4, -1, -1}, [][]int64{{2, 4, 3, 4}, {4, 4, 4, 4}}
	mean := func(keep int64, axes ...int64) func(b *builder, x *graph.Value) *graph.Value {
		return func(b *builder, x *graph.Value) *graph.Value {
			attrs := []*graph.Attr{graph.IntAttr("keepdims", keep)}
			if axes != nil {
				attrs = append(attrs, graph.IntsAttr("axes", axes...))
			}
			return b.node("ReduceMean", []*graph.Value{b.conv(x, square())}, attrs...)
		}
	}
	times := func(of func(b *builder, x *graph.Value) *graph.Value, shape ...int64) func(b *builder, x *graph.Value) *graph.Value {
		return func(b *builder, x *graph.Value) *graph.Value { return b.mul(of(b, x), b.constant(shape...)) }
	}
	flattened := func(op string, axis int64, shape ...int64) func(b *builder, x *graph.Value) *graph.Value {
		return func(b *builder, x *graph.Value) *graph.Value {
			y := b.mul(x, b.constant(shape...))
			if op == "Flatten" {
				y = b.node(op, []*graph.Value{y}, graph.IntAttr("axis", axis))
			} else {
				y = b.reshape(y, 0, -1)
			}
			return b.gemm(y, 48, 5, nil)
		}
	}
	permuted := func(perm ...int64) func(b *builder, x *graph.Value) *graph.Value {
		return func(b *builder, x *graph.Value) *graph.Value {
			return b.mul(b.transpose(b.conv(x, square()), perm...), b.constant(4, 1, 1))
		}
	}
	reduced, kept := map[string]int{"Conv": 1, "ReduceMean": 1}, map[string]int{"Conv": 1, "ReduceMean": 1, "Mul": 1}
	moved := map[string]int{"Conv": 1, "Transpose": 1, "Mul": 1}
	rows := [][]int64{{2, 4, 4, 3}}
	for name, c := range map[string]struct {
		opset int64
		linearCase
	}{
		"mean_of_the_image":         {17, linearCase{image, sizes, times(mean(1, 2, 3), 4, 1, 1), reduced, ""}},
		"mean_of_the_last_axis":     {17, linearCase{image, sizes, times(mean(0, -1), 4, 1), reduced, ""}},
		"mean_of_the_batch":         {17, linearCase{image, sizes, times(mean(1, 0), 4, 1, 1), reduced, ""}},
		"mean_that_drops_the_batch": {17, linearCase{image, sizes, times(mean(0, 0), 4, 1, 1), reduced, ""}},
		"mean_of_everything":        {17, linearCase{image, sizes, times(mean(1), 4, 1, 1), kept, "not_channel"}},
		"mean_of_rows_then_rows":    {17, linearCase{image, sizes[1:], times(mean(0, 2), 4, 1, 1), kept, "not_channel"}},
		"mean_by_an_input": {18, linearCase{image, sizes, func(b *builder, x *graph.Value) *graph.Value {
			return b.mul(b.node("ReduceMean", []*graph.Value{b.conv(x, square()), b.ints(2, -1)}), b.constant(4, 1, 1))
		}, reduced, ""}},
		"channels_then_flatten":   {17, linearCase{[]int64{-1, 4, 4, 3}, rows, flattened("Flatten", 1, 4, 1, 1), map[string]int{"Flatten": 1, "Gemm": 1}, ""}},
		"channels_then_reshape":   {17, linearCase{[]int64{-1, 4, 4, 3}, rows, flattened("Reshape", 1, 4, 1, 1), map[string]int{"Reshape": 1, "Gemm": 1}, ""}},
		"rows_then_flatten":       {17, linearCase{[]int64{-1, 4, 4, 3}, rows, flattened("Flatten", 1, 4, 1), map[string]int{"Flatten": 1, "Gemm": 1}, ""}},
		"batch_then_flatten":      {17, linearCase{[]int64{-1, 4, 4, 3}, [][]int64{{4, 4, 4, 3}}, flattened("Flatten", 1, 4, 1, 1, 1), map[string]int{"Mul": 1, "Flatten": 1, "Gemm": 1}, "not_channel"}},
		"flatten_of_another_axis": {17, linearCase{[]int64{-1, 4, 4, 48}, [][]int64{{2, 4, 4, 48}}, flattened("Flatten", 3, 4, 1, 1), map[string]int{"Mul": 1, "Flatten": 1, "Gemm": 1}, "not_channel"}},
		"axis_before_all":         {17, linearCase{image, nil, permuted(0, 1, 2, -1), moved, "cannot be followed"}},
		"axis_behind_all":         {17, linearCase{image, nil, permuted(0, 1, 2, 4), moved, "cannot be followed"}},
		"axis_twice":              {17, linearCase{image, nil, permuted(0, 1, 1, 2), moved, "cannot be followed"}},
		"of_three_axes":           {17, linearCase{image, nil, permuted(0, 2, 1), moved, "cannot be followed"}},
		"of_five_axes":            {17, linearCase{image, nil, permuted(0, 1, 2, 4, 3), moved, "cannot be followed"}},
		"image_that_may_be_widened": {17, linearCase{[]int64{-1, -1, -1, -1}, [][]int64{{2, 1, 3, 4}}, func(b *builder, x *graph.Value) *graph.Value {
			return b.conv(b.mul(x, b.constant(2, 1, 1)), dense(2, 4, []int64{1, 1}, nil))
		}, map[string]int{"Mul": 1, "Conv": 1}, "not_channel"}},
		"one_number_of_any_rank": {17, linearCase{nil, nil, func(b *builder, x *graph.Value) *graph.Value {
			return b.conv(b.mul(b.node("Squeeze", []*graph.Value{x}), b.constant(1)), square())
		}, map[string]int{"Squeeze": 1, "Conv": 1}, ""}},
		"constant_of_as_many_axes": {17, linearCase{image, sizes, func(b *builder, x *graph.Value) *graph.Value {
			return b.conv(b.mul(x, b.constant(1, 4, 1, 1)), square())
		}, map[string]int{"Conv": 1}, ""}},
		"norm_of_any_rank": {17, linearCase{nil, nil, func(b *builder, x *graph.Value) *graph.Value {
			return b.bn(b.matMul(b.node("Squeeze", []*graph.Value{x}), b.constant(4, 6)), 6)
		}, map[string]int{"Squeeze": 1, "MatMul": 1, "BatchNormalization": 1}, "not_channel"}},
		"last_axis_of_any_rank": {17, linearCase{nil, nil, func(b *builder, x *graph.Value) *graph.Value {
			return b.mul(b.matMul(b.node("Squeeze", []*graph.Value{x}), b.constant(4, 6)), b.constant(6))
		}, map[string]int{"Squeeze": 1, "MatMul": 1}, ""}},
	} {
		t.Run(name, func(t *testing.T) { c.run(t, opset(c.opset)) })
	}
}
