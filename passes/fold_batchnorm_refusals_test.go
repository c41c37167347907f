package passes_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/passes/passtest"
	"github.com/acdeploy/acdeploy/tensor"
)

// filled is a constant of one number everywhere.
func (b *builder) filled(v float32, shape ...int64) *graph.Value {
	n, _ := tensor.Count(shape)
	return b.g.NewInitializer("f", tensor.Of(shape, make32(n, v)...))
}

// transposedConv is a transposed convolution with the given weight and bias.
func (b *builder) transposedConv(x, w, bias *graph.Value, attrs ...*graph.Attr) *graph.Value {
	in := []*graph.Value{x, w}
	if bias != nil {
		in = append(in, bias)
	}
	return b.node("ConvTranspose", in, attrs...)
}

// TestTargetsThatStay has linear operators whose parameters are not what they have to be: what stands after
// them stays.
func TestTargetsThatStay(t *testing.T) {
	image, matrix, tokens := []int64{-1, 4, -1, -1}, []int64{-1, 4}, []int64{-1, -1, 4}
	unknown := func(b *builder, shape ...int64) *graph.Value { return b.input("p", shape...) }
	nan := func(b *builder, shape ...int64) *graph.Value {
		zero := float32(0)
		return b.filled(zero/zero, shape...)
	}
	for name, c := range map[string]struct {
		dims  []int64
		sizes []int64
		block func(b *builder, x *graph.Value) *graph.Value
	}{
		"transposed_by_a_matrix": {image, nil, func(b *builder, x *graph.Value) *graph.Value { return b.transposedConv(x, b.constant(4, 4), nil) }},
		"transposed_by_nothing":  {image, nil, func(b *builder, x *graph.Value) *graph.Value { return b.transposedConv(x, b.constant(4, 0, 1, 1), nil) }},
		"transposed_in_no_group": {image, nil, func(b *builder, x *graph.Value) *graph.Value {
			return b.transposedConv(x, b.constant(4, 4, 1, 1), nil, graph.IntAttr("group", 0))
		}},
		"transposed_in_uneven_groups": {image, nil, func(b *builder, x *graph.Value) *graph.Value {
			return b.transposedConv(x, b.constant(4, 1, 1, 1), nil, graph.IntAttr("group", 3))
		}},
		"transposed_with_unknown_bias": {image, nil, func(b *builder, x *graph.Value) *graph.Value {
			return b.transposedConv(x, b.constant(4, 4, 1, 1), unknown(b, 4))
		}},
		"transposed_with_short_bias": {image, nil, func(b *builder, x *graph.Value) *graph.Value {
			return b.transposedConv(x, b.constant(4, 4, 1, 1), b.constant(3))
		}},
		"transposed_by_nan": {image, nil, func(b *builder, x *graph.Value) *graph.Value { return b.transposedConv(x, nan(b, 4, 4, 1, 1), nil) }},
		"gemm_by_a_block": {matrix, nil, func(b *builder, x *graph.Value) *graph.Value {
			return b.node("Gemm", []*graph.Value{x, b.constant(4, 4, 1)})
		}},
		"gemm_by_nothing": {matrix, nil, func(b *builder, x *graph.Value) *graph.Value {
			return b.node("Gemm", []*graph.Value{x, b.constant(0, 4)})
		}},
		"gemm_with_unknown_bias":     {matrix, nil, func(b *builder, x *graph.Value) *graph.Value { return b.gemm(x, 4, 4, unknown(b, 4)) }},
		"gemm_with_rows_of_bias":     {matrix, []int64{3, 4}, func(b *builder, x *graph.Value) *graph.Value { return b.gemm(x, 4, 4, b.constant(3, 4)) }},
		"gemm_with_a_column_of_bias": {matrix, []int64{4, 4}, func(b *builder, x *graph.Value) *graph.Value { return b.gemm(x, 4, 4, b.constant(4, 1)) }},
		"gemm_by_nan":                {matrix, nil, func(b *builder, x *graph.Value) *graph.Value { return b.node("Gemm", []*graph.Value{x, nan(b, 4, 4)}) }},
		"product_with_matrices":      {tokens, []int64{2, 3, 4}, func(b *builder, x *graph.Value) *graph.Value { return b.matMul(x, b.constant(2, 4, 4)) }},
		"product_with_a_vector":      {[]int64{-1, 4, 4}, []int64{2, 4, 4}, func(b *builder, x *graph.Value) *graph.Value { return b.matMul(x, b.constant(4)) }},
		"product_with_nan":           {tokens, nil, func(b *builder, x *graph.Value) *graph.Value { return b.matMul(x, nan(b, 4, 4)) }},
		"product_with_an_image":      {tokens, nil, func(b *builder, x *graph.Value) *graph.Value { return b.matMul(x, unknown(b, 4, 4)) }},
		"product_with_unknown_bias": {tokens, nil, func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.matMul(x, b.constant(4, 4)), unknown(b, 4))
		}},
		"product_with_nan_added": {tokens, nil, func(b *builder, x *graph.Value) *graph.Value { return b.add(b.matMul(x, b.constant(4, 4)), nan(b, 4)) }},
		"product_with_rows_added": {tokens, []int64{2, 3, 4}, func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.matMul(x, b.constant(4, 4)), b.constant(3, 4))
		}},
		"norm_in_training": {image, nil, func(b *builder, x *graph.Value) *graph.Value {
			y := b.bn(x, 4)
			y.Producer().SetAttr(graph.IntAttr("training_mode", 1))
			return y
		}},
		"norm_with_short_bias": {image, nil, func(b *builder, x *graph.Value) *graph.Value {
			y := b.bn(b.conv(x, square()), 4)
			y.Producer().SetInput(2, b.constant(3))
			return y
		}},
		"norm_with_short_mean": {image, nil, func(b *builder, x *graph.Value) *graph.Value {
			y := b.bn(b.conv(x, square()), 4)
			y.Producer().SetInput(3, b.constant(3))
			return y
		}},
		"norm_of_no_variance": {image, nil, func(b *builder, x *graph.Value) *graph.Value {
			y := b.bn(b.conv(x, square()), 4)
			y.Producer().SetInput(1, b.filled(0, 4))
			y.Producer().SetInput(4, b.filled(0, 4))
			y.Producer().SetAttr(graph.FloatAttr("epsilon", 0))
			return b.node("Relu", []*graph.Value{y})
		}},
		"convolution_with_unknown_bias": {image, nil, func(b *builder, x *graph.Value) *graph.Value {
			return b.node("Conv", []*graph.Value{x, b.constant(4, 4, 1, 1), unknown(b, 4)})
		}},
		"convolution_by_nothing": {image, nil, func(b *builder, x *graph.Value) *graph.Value {
			return b.node("Conv", []*graph.Value{x, b.constant(0, 4, 1, 1)})
		}},
		"convolution_that_pads_less_than_nothing": {image, nil, func(b *builder, x *graph.Value) *graph.Value {
			return b.conv(x, dense(4, 4, []int64{1, 1}, []int64{0, -1, 0, 0}))
		}},
		"convolution_that_pads_less_behind": {image, nil, func(b *builder, x *graph.Value) *graph.Value {
			return b.conv(x, dense(4, 4, []int64{1, 1}, []int64{0, 0, 0, -1}))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			var sizes [][][]int64
			if c.sizes != nil {
				sizes = [][][]int64{{c.sizes}}
			}
			build := func() *graph.Model {
				b := newBuilder(69)
				return b.output(b.mul(c.block(b, b.input("x", c.dims...)), b.scalar(3)))
			}
			after, result := passtest.Run(t, build, defaults(), sizes...)
			if got, want := ops(after), ops(build()); !maps.Equal(got, want) {
				t.Errorf("operators %v, want %v; refusals %q", got, want, refusals(result))
			}
		})
	}
}

// TestParametersThatOverflow refuses to scale what does not fit its type then: weights, and biases by themselves.
func TestParametersThatOverflow(t *testing.T) {
	image, matrix, tokens := []int64{-1, 4, -1, -1}, []int64{-1, 4}, []int64{-1, -1, 4}
	for name, c := range map[string]struct {
		dims  []int64
		block func(b *builder, x *graph.Value, w, bias float32) *graph.Value
	}{
		"convolution": {image, func(b *builder, x *graph.Value, w, bias float32) *graph.Value {
			return b.node("Conv", []*graph.Value{x, b.filled(w, 4, 4, 1, 1), b.filled(bias, 4)})
		}},
		"transposed": {image, func(b *builder, x *graph.Value, w, bias float32) *graph.Value {
			return b.transposedConv(x, b.filled(w, 4, 4, 1, 1), b.filled(bias, 4))
		}},
		"gemm": {matrix, func(b *builder, x *graph.Value, w, bias float32) *graph.Value {
			return b.node("Gemm", []*graph.Value{x, b.filled(w, 4, 4), b.filled(bias, 4)})
		}},
		"product": {tokens, func(b *builder, x *graph.Value, w, bias float32) *graph.Value {
			return b.add(b.matMul(x, b.filled(w, 4, 4)), b.filled(bias, 4))
		}},
		"norm": {image, func(b *builder, x *graph.Value, w, bias float32) *graph.Value {
			y := b.bn(x, 4)
			for i, v := range []float32{w, bias, 0, 1} {
				y.Producer().SetInput(1+i, b.filled(v, 4))
			}
			return y
		}},
	} {
		t.Run(name+"/in_front", func(t *testing.T) {
			keepsForOverflow(t, func() *graph.Model {
				b := newBuilder(70)
				return b.output(c.block(b, b.mul(b.input("x", c.dims...), b.scalar(100)), 3e38, 1))
			})
		})
		for part, numbers := range map[string][2]float32{"weight": {3e38, 1}, "bias": {1, 3e38}} {
			t.Run(name+"/"+part, func(t *testing.T) {
				keepsForOverflow(t, func() *graph.Model {
					b := newBuilder(70)
					return b.output(b.mul(c.block(b, b.input("x", c.dims...), numbers[0], numbers[1]), b.scalar(100)))
				})
			})
		}
	}
}

// keepsForOverflow runs a graph that keeps its operators because numbers would not fit.
func keepsForOverflow(t *testing.T, build func() *graph.Model) {
	t.Helper()
	after, result := passtest.Run(t, build, defaults())
	if got, want := ops(after), ops(build()); !maps.Equal(got, want) {
		t.Errorf("operators %v, want %v", got, want)
	}
	if all := strings.Join(refusals(result), " "); !strings.Contains(all, passes.Overflow) {
		t.Errorf("refusals %q", all)
	}
}
