package passes_test

import (
	"maps"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
)

// TestChannelsThroughReshapes follows channels through reshapes and means in both directions, of values whose
// number of axes is known and of others.
func TestChannelsThroughReshapes(t *testing.T) {
	image, sizes := []int64{-1, 4, -1, -1}, [][]int64{{2, 4, 3, 4}, {4, 4, 4, 4}}
	last, lastSizes := []int64{-1, -1, -1, 4}, [][]int64{{2, 3, 4, 4}, {1, 4, 4, 4}}
	tokens, tokenSizes := []int64{-1, -1, 4}, [][]int64{{2, 3, 4}, {4, 4, 4}}
	anyRank := func(b *builder, x *graph.Value) *graph.Value {
		return b.matMul(b.node("Squeeze", []*graph.Value{x}), b.constant(4, 6))
	}
	mean := func(b *builder, x *graph.Value, keep int64, axes ...int64) *graph.Value {
		return b.node("ReduceMean", []*graph.Value{x}, graph.IntsAttr("axes", axes...), graph.IntAttr("keepdims", keep))
	}
	pixel := func(b *builder, x *graph.Value) *graph.Value {
		return b.node("GlobalAveragePool", []*graph.Value{b.conv(x, square())})
	}
	product := func(more string) map[string]int { return map[string]int{"Squeeze": 1, "MatMul": 1, more: 1} }
	with := func(counts map[string]int, more string) map[string]int {
		out := maps.Clone(counts)
		out[more] = 1
		return out
	}
	head := map[string]int{"ReduceMean": 1, "Gemm": 1}
	pooled := map[string]int{"Conv": 1, "GlobalAveragePool": 1, "Reshape": 1}
	reshaped := map[string]int{"Conv": 1, "Reshape": 1}
	for name, c := range map[string]linearCase{
		// In front of a Gemm.
		"channels_then_mean": {image, sizes, func(b *builder, x *graph.Value) *graph.Value {
			return b.gemm(mean(b, b.mul(x, b.constant(4, 1, 1)), 0, 2, 3), 4, 5, nil)
		}, head, ""},
		"columns_then_mean": {image, sizes, func(b *builder, x *graph.Value) *graph.Value {
			return b.gemm(mean(b, b.mul(x, b.constant(4)), 0, 2, 3), 4, 5, nil)
		}, with(head, "Mul"), "not_channel"},
		"last_axis_then_mean": {last, lastSizes, func(b *builder, x *graph.Value) *graph.Value {
			return b.gemm(mean(b, b.mul(x, b.constant(4)), 0, 1, 2), 4, 5, nil)
		}, head, ""},
		"columns_then_mean_of_others": {last, lastSizes, func(b *builder, x *graph.Value) *graph.Value {
			return b.gemm(mean(b, b.mul(x, b.constant(4, 1)), 0, 1, 2), 4, 5, nil)
		}, with(head, "Mul"), "not_channel"},
		"tokens_then_rows": {tokens, tokenSizes, func(b *builder, x *graph.Value) *graph.Value {
			return b.gemm(b.reshape(b.mul(x, b.constant(4)), -1, 4), 4, 5, nil)
		}, map[string]int{"Reshape": 1, "Gemm": 1}, ""},
		"other_tokens_then_rows": {tokens, tokenSizes[1:], func(b *builder, x *graph.Value) *graph.Value {
			return b.gemm(b.reshape(b.mul(x, b.constant(4, 1)), -1, 4), 4, 5, nil)
		}, map[string]int{"Mul": 1, "Reshape": 1, "Gemm": 1}, "not_channel"},
		"norm_then_rows": {[]int64{-1, 4, -1}, [][]int64{{2, 4, 4}}, func(b *builder, x *graph.Value) *graph.Value {
			return b.gemm(b.reshape(b.bn(x, 4), -1, 4), 4, 5, nil)
		}, map[string]int{"BatchNormalization": 1, "Reshape": 1, "Gemm": 1}, "not"},
		"norm_of_rows_then_rows": {[]int64{-1, 4}, [][]int64{{2, 4}}, func(b *builder, x *graph.Value) *graph.Value {
			return b.matMul(b.reshape(b.bn(x, 4), -1, 1, 4), b.constant(4, 5))
		}, map[string]int{"Reshape": 1, "MatMul": 1, "Add": 1}, ""},
		"norm_of_any_rank_then_flatten": {nil, nil, func(b *builder, x *graph.Value) *graph.Value {
			return b.gemm(b.node("Flatten", []*graph.Value{b.bn(b.node("Squeeze", []*graph.Value{x}), 4)}), 24, 5, nil)
		}, map[string]int{"Squeeze": 1, "Flatten": 1, "Gemm": 1}, ""},
		"norm_then_flatten_of_another_axis": {[]int64{-1, 4, 3, 4}, [][]int64{{2, 4, 3, 4}}, func(b *builder, x *graph.Value) *graph.Value {
			return b.gemm(b.node("Flatten", []*graph.Value{b.bn(x, 4)}, graph.IntAttr("axis", 2)), 12, 5, nil)
		}, map[string]int{"BatchNormalization": 1, "Flatten": 1, "Gemm": 1}, "not_channel"},
		// Behind a convolution.
		"rows_joined": {image, sizes, func(b *builder, x *graph.Value) *graph.Value {
			return b.mul(b.reshape(b.conv(x, square()), 0, 4, -1), b.constant(4, 1))
		}, reshaped, ""},
		"rows_joined_then_columns": {image, sizes[1:], func(b *builder, x *graph.Value) *graph.Value {
			return b.mul(b.reshape(b.conv(x, square()), 0, 4, -1), b.constant(16))
		}, with(reshaped, "Mul"), "not_channel"},
		"rows_joined_then_norm": {image, sizes, func(b *builder, x *graph.Value) *graph.Value {
			return b.bn(b.reshape(b.conv(x, square()), 0, 4, -1), 4)
		}, reshaped, ""},
		"batch_joined": {image, [][]int64{{2, 4, 2, 4}}, func(b *builder, x *graph.Value) *graph.Value {
			return b.mul(b.reshape(b.conv(x, square()), 4, 4, -1), b.constant(4, 1))
		}, with(reshaped, "Mul"), "cannot be followed"},
		"pixels_to_the_last_axis": {image, sizes, func(b *builder, x *graph.Value) *graph.Value {
			return b.mul(b.reshape(pixel(b, x), 0, 1, 4), b.constant(4))
		}, pooled, ""},
		"columns_to_the_last_axis": {image, sizes[1:], func(b *builder, x *graph.Value) *graph.Value {
			return b.mul(b.reshape(b.conv(x, square()), -1, 4), b.constant(4))
		}, with(reshaped, "Mul"), "cannot be followed"},
		// Of a product whose number of axes is not known.
		"transposed": {nil, nil, func(b *builder, x *graph.Value) *graph.Value {
			return b.mul(b.transpose(anyRank(b, x), 0, 2, 1), b.constant(6, 1))
		}, product("Transpose"), ""},
		"transposed_then_last": {nil, nil, func(b *builder, x *graph.Value) *graph.Value {
			return b.mul(b.transpose(anyRank(b, x), 0, 2, 1), b.constant(6))
		}, with(product("Transpose"), "Mul"), "not_channel"},
		"transposed_then_norm": {nil, nil, func(b *builder, x *graph.Value) *graph.Value {
			return b.bn(b.transpose(anyRank(b, x), 0, 2, 1), 6)
		}, with(product("Transpose"), "Add"), ""},
		"transposed_then_reshaped": {nil, nil, func(b *builder, x *graph.Value) *graph.Value {
			y := b.reshape(b.transpose(anyRank(b, x), 0, 2, 1), 0, 6, -1)
			return b.mul(y, b.constant(6, 1))
		}, with(with(product("Transpose"), "Reshape"), "Mul"), "cannot be followed"},
		"to_rows": {nil, nil, func(b *builder, x *graph.Value) *graph.Value {
			return b.mul(b.reshape(anyRank(b, x), -1, 6), b.constant(6))
		}, product("Reshape"), ""},
		"mean_of_the_first": {nil, nil, func(b *builder, x *graph.Value) *graph.Value {
			return b.mul(mean(b, anyRank(b, x), 1, 0), b.constant(6))
		}, with(product("ReduceMean"), "Mul"), "cannot be followed"},
	} {
		t.Run(name, func(t *testing.T) { c.run(t, nil) })
	}
}
