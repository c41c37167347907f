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

// linearCase is a block with another host than Conv, or with nodes between it and an affine map.
type linearCase struct {
	dims   []int64 // declared of x; −1 where it is not
	sizes  [][]int64
	block  func(b *builder, x *graph.Value) *graph.Value
	want   map[string]int
	reason string // and part of the sentence, "" for none
}

func (c linearCase) run(t *testing.T, setup func(m *graph.Model)) {
	t.Helper()
	build := func() *graph.Model {
		b := newBuilder(31)
		x := b.input("x", c.dims...)
		if c.dims == nil {
			x.SetType(graph.Type{Elem: x.Elem()})
		}
		if setup != nil {
			setup(b.m)
		}
		return b.output(c.block(b, x))
	}
	shapes := make([][][]int64, len(c.sizes))
	for i, s := range c.sizes {
		shapes[i] = [][]int64{s}
	}
	after, result := passtest.Run(t, build, defaults(), shapes...)
	if got := ops(after); !maps.Equal(got, c.want) {
		t.Errorf("operators %v, want %v; refusals %q", got, c.want, refusals(result))
	}
	sayWhatToDo(t, result)
	if all := strings.Join(refusals(result), "\n"); !strings.Contains(all, c.reason) {
		t.Errorf("want a refusal with %q, got %q", c.reason, all)
	}
}

// TestGemm folds batch normalisations after and before Gemm, with every α, β, transB and C.
func TestGemm(t *testing.T) {
	attrs := map[string][]*graph.Attr{
		"plain":          nil,
		"alpha":          {graph.FloatAttr("alpha", 0.5)},
		"beta":           {graph.FloatAttr("beta", 2)},
		"no_beta":        {graph.FloatAttr("beta", 0), graph.FloatAttr("alpha", -3)},
		"transB":         {graph.IntAttr("transB", 1)},
		"all_attributes": {graph.FloatAttr("alpha", 0.5), graph.FloatAttr("beta", 2), graph.IntAttr("transB", 1)},
	}
	operands := map[string][]int64{"no_c": nil, "c": {5}, "c_row": {1, 5}, "c_one": {1, 1}, "c_scalar": {}}
	for attr, list := range attrs {
		for operand, shape := range operands {
			c := linearCase{
				dims: []int64{-1, 3}, sizes: [][]int64{{1, 3}, {4, 3}}, want: map[string]int{"Gemm": 1},
				block: func(b *builder, x *graph.Value) *graph.Value {
					var bias *graph.Value
					if operand != "no_c" {
						bias = b.constant(shape...)
					}
					y := b.gemm(b.bn(x, 3), 3, 5, bias, list...)
					y = b.node("Neg", []*graph.Value{b.bn(y, 5)})
					y = b.node("Sub", []*graph.Value{b.constant(1, 5), b.mul(b.constant(5), y)})
					return y
				},
			}
			t.Run(attr+"/"+operand, func(t *testing.T) { c.run(t, nil) })
		}
	}
}

// TestLinearTargets folds into the operators that are not convolutions, and over the nodes in between.
func TestLinearTargets(t *testing.T) {
	only := func(counts ...any) map[string]int {
		m := map[string]int{}
		for i := 0; i < len(counts); i += 2 {
			m[counts[i].(string)] = counts[i+1].(int)
		}
		return m
	}
	tokens := [][]int64{{1, 1, 4}, {2, 3, 4}, {3, 5, 4}}
	rows := [][]int64{{1, 4}, {3, 4}, {4, 4}}
	images := [][]int64{{1, 4, 1, 1}, {2, 4, 3, 4}, {1, 4, 5, 2}}
	pool := func(op string, attrs ...*graph.Attr) func(b *builder, x *graph.Value) *graph.Value {
		return func(b *builder, x *graph.Value) *graph.Value {
			attrs := append([]*graph.Attr{graph.IntsAttr("kernel_shape", 3, 3)}, attrs...)
			return b.bn(b.node(op, []*graph.Value{b.conv(x, square())}, attrs...), 4)
		}
	}
	positive := func(b *builder, x *graph.Value) *graph.Value {
		y := b.bn(x, 4)
		y.Producer().Input(1).SetData(tensor.Of([]int64{4}, float32(0.5), 0, 1, 3))
		return y
	}
	pads, ones := graph.IntsAttr("pads", 1, 1, 1, 1), graph.IntAttr("count_include_pad", 1)
	for name, c := range map[string]linearCase{
		"matrices_become_gemm": {
			[]int64{-1, 4},
			rows,
			func(b *builder, x *graph.Value) *graph.Value { return b.bn(b.matMul(x, b.constant(4, 6)), 6) },
			only("Gemm", 1), "",
		},
		"matrices_with_add": {
			[]int64{-1, 4},
			rows,
			func(b *builder, x *graph.Value) *graph.Value {
				return b.add(b.matMul(x, b.constant(4, 6)), b.constant(6))
			},
			only("Gemm", 1), "",
		},
		"batch_norm_before_matrices": {
			[]int64{-1, 4},
			rows,
			func(b *builder, x *graph.Value) *graph.Value { return b.matMul(b.bn(x, 4), b.constant(4, 6)) },
			only("Gemm", 1), "",
		},
		"batch_norm_on_another_axis": {
			[]int64{-1, 4, 4},
			[][]int64{{2, 4, 4}},
			func(b *builder, x *graph.Value) *graph.Value { return b.bn(b.matMul(x, b.constant(4, 4)), 4) },
			only("MatMul", 1, "BatchNormalization", 1), "not_channel: it normalises axis 1",
		},
		"batch_norm_before_another_axis": {
			[]int64{-1, 4, 4},
			[][]int64{{2, 4, 4}},
			func(b *builder, x *graph.Value) *graph.Value { return b.matMul(b.bn(x, 4), b.constant(4, 4)) },
			only("MatMul", 1, "BatchNormalization", 1), "not_channel: it normalises axis 1",
		},
		"tokens_scaled": {
			[]int64{-1, -1, 4},
			tokens,
			func(b *builder, x *graph.Value) *graph.Value {
				return b.mul(b.matMul(b.mul(b.constant(4), x), b.constant(4, 6)), b.constant(1, 6))
			},
			only("MatMul", 1), "",
		},
		"tokens_shifted": {
			[]int64{-1, -1, 4},
			tokens,
			func(b *builder, x *graph.Value) *graph.Value {
				y := b.add(b.matMul(x, b.constant(4, 6)), b.constant(6))
				y = b.mul(y, b.constant(6))
				return b.node("Sub", []*graph.Value{y, b.constant(1)})
			},
			only("MatMul", 1, "Add", 1), "",
		},
		"shift_before_tokens": {
			[]int64{-1, -1, 4},
			tokens,
			func(b *builder, x *graph.Value) *graph.Value {
				return b.add(b.matMul(b.add(x, b.constant(4)), b.constant(4, 6)), b.constant(6))
			},
			only("MatMul", 1, "Add", 1), "",
		},
		"shift_before_tokens_without_bias": {
			[]int64{-1, -1, 4},
			tokens,
			func(b *builder, x *graph.Value) *graph.Value {
				return b.matMul(b.add(x, b.constant(4)), b.constant(4, 6))
			},
			only("MatMul", 1, "Add", 1), "",
		},
		"rank_is_not_known": {
			nil,
			[][]int64{},
			func(b *builder, x *graph.Value) *graph.Value {
				y := b.node("Squeeze", []*graph.Value{x})
				return b.mul(b.matMul(y, b.constant(4, 6)), b.constant(1, 6))
			},
			only("Squeeze", 1, "MatMul", 1, "Mul", 1), "not_channel",
		},
		"rank_is_not_known_on_the_left": {
			[]int64{-1, -1, -1},
			[][]int64{{1, 4, 1}},
			func(b *builder, x *graph.Value) *graph.Value {
				y := b.matMul(b.constant(6, 4), b.node("Squeeze", []*graph.Value{x}))
				return b.mul(y, b.constant(6, 1))
			},
			only("Squeeze", 1, "MatMul", 1, "Mul", 1), "not_channel: the number of axes",
		},
		"product_used_before_its_bias": {
			[]int64{-1, -1, 4},
			tokens,
			func(b *builder, x *graph.Value) *graph.Value {
				y := b.matMul(x, b.constant(4, 6))
				return b.node("Max", []*graph.Value{y, b.mul(b.add(y, b.constant(6)), b.constant(6))})
			},
			only("MatMul", 1, "Add", 1, "Mul", 1, "Max", 1), "",
		},
		"matrix_on_the_left": {
			[]int64{-1, 4, -1},
			[][]int64{{1, 4, 1}, {2, 4, 4}, {3, 4, 5}},
			func(b *builder, x *graph.Value) *graph.Value {
				y := b.bn(b.matMul(b.constant(6, 4), b.bn(x, 4)), 6)
				return b.mul(y, b.constant(6, 1))
			},
			only("MatMul", 1, "Add", 1), "",
		},
		"constant_on_the_last_axis_behind_a_matrix_on_the_left": {
			[]int64{-1, 4, -1},
			[][]int64{{2, 4, 6}},
			func(b *builder, x *graph.Value) *graph.Value {
				return b.mul(b.matMul(b.constant(6, 4), x), b.constant(6))
			},
			only("MatMul", 1, "Mul", 1), "not_channel",
		},
		"levit": {
			[]int64{-1, -1, 4},
			tokens,
			func(b *builder, x *graph.Value) *graph.Value {
				y := b.bn(b.reshape(b.matMul(x, b.constant(4, 6)), -1, 6), 6)
				return b.reshape(y, -1, 3, 2)
			},
			only("MatMul", 1, "Reshape", 1, "Add", 1), "",
		},
		"levit_with_bias": {
			[]int64{-1, -1, 4},
			tokens,
			func(b *builder, x *graph.Value) *graph.Value {
				y := b.add(b.constant(6), b.matMul(x, b.constant(4, 6)))
				return b.bn(b.reshape(y, -1, 6), 6)
			},
			only("MatMul", 1, "Reshape", 1, "Add", 1), "",
		},
		"reshape_that_splits_channels": {
			[]int64{-1, -1, 4},
			[][]int64{{2, 3, 4}},
			func(b *builder, x *graph.Value) *graph.Value {
				return b.bn(b.reshape(b.matMul(x, b.constant(4, 6)), -1, 3), 3)
			},
			only("MatMul", 1, "Reshape", 1, "Add", 1), "",
		},
		"image_last_axis": {
			[]int64{-1, -1, -1, 4},
			[][]int64{{1, 1, 1, 4}, {2, 3, 4, 4}},
			func(b *builder, x *graph.Value) *graph.Value {
				y := b.mul(x, b.constant(4))
				y = b.transpose(b.conv(b.transpose(y, 0, 3, 1, 2), square()), 0, 2, 3, 1)
				return b.add(b.mul(y, b.constant(4)), b.constant(1, 1, 4))
			},
			only("Transpose", 2, "Conv", 1), "",
		},
		"not_the_last_axis_of_an_image": {
			[]int64{-1, -1, -1, 4},
			[][]int64{{1, 4, 4, 4}},
			func(b *builder, x *graph.Value) *graph.Value {
				y := b.transpose(b.conv(b.transpose(x, 0, 3, 1, 2), square()), 0, 2, 3, 1)
				return b.mul(y, b.constant(4, 1, 1))
			},
			only("Transpose", 2, "Conv", 1, "Mul", 1), "not_channel",
		},
		"flatten": {
			[]int64{-1, 4, -1, -1},
			[][]int64{{1, 4, 2, 3}, {3, 4, 3, 2}},
			func(b *builder, x *graph.Value) *graph.Value {
				y := b.node("Flatten", []*graph.Value{b.bn(x, 4)})
				return b.gemm(y, 24, 5, b.constant(5))
			},
			only("Flatten", 1, "Gemm", 1), "",
		},
		"reshape_that_flattens": {
			[]int64{-1, 4, -1, -1},
			[][]int64{{1, 4, 2, 3}, {3, 4, 3, 2}},
			func(b *builder, x *graph.Value) *graph.Value {
				y := b.reshape(b.mul(b.bn(x, 4), b.constant(4, 1, 1)), 0, -1)
				return b.gemm(y, 24, 5, nil)
			},
			only("Reshape", 1, "Gemm", 1), "",
		},
		"reshape_that_may_mix_images": {
			[]int64{-1, 4, -1, -1},
			[][]int64{{2, 4, 1, 3}},
			func(b *builder, x *graph.Value) *graph.Value {
				return b.gemm(b.reshape(b.bn(x, 4), -1, 24), 24, 5, nil)
			},
			only("BatchNormalization", 1, "Reshape", 1, "Gemm", 1), "cannot be followed",
		},
		"reshape_of_known_sizes": {
			[]int64{-1, 4, 2, 3},
			[][]int64{{2, 4, 2, 3}},
			func(b *builder, x *graph.Value) *graph.Value {
				return b.gemm(b.reshape(b.bn(x, 4), -1, 24), 24, 5, nil)
			},
			only("Reshape", 1, "Gemm", 1), "",
		},
		"reshape_by_the_batch_that_is_there": {
			[]int64{-1, 4, -1, -1},
			[][]int64{{1, 4, 2, 3}, {3, 4, 3, 2}},
			func(b *builder, x *graph.Value) *graph.Value {
				y := b.bn(x, 4)
				batch := b.node("Shape", []*graph.Value{y}, graph.IntAttr("start", 0), graph.IntAttr("end", 1))
				target := b.node("Concat", []*graph.Value{batch, b.ints(-1)}, graph.IntAttr("axis", 0))
				return b.gemm(b.node("Reshape", []*graph.Value{y, target}), 24, 5, nil)
			},
			only("Reshape", 1, "Gemm", 1), "",
		},
		"map_flattened": {
			[]int64{-1, 4, -1, -1},
			[][]int64{{1, 4, 2, 3}},
			func(b *builder, x *graph.Value) *graph.Value {
				y := b.node("Flatten", []*graph.Value{b.mul(x, b.constant(4, 2, 3))})
				return b.gemm(y, 24, 5, nil)
			},
			only("Mul", 1, "Flatten", 1, "Gemm", 1), "not_channel",
		},
		"mean_then_head": {
			[]int64{-1, 4, -1, -1},
			images,
			func(b *builder, x *graph.Value) *graph.Value {
				y := b.node("GlobalAveragePool", []*graph.Value{b.bn(x, 4)})
				return b.gemm(b.node("Flatten", []*graph.Value{y}), 4, 5, b.constant(5))
			},
			only("GlobalAveragePool", 1, "Flatten", 1, "Gemm", 1), "",
		},
		"reduce_mean_then_head": {
			[]int64{-1, 4, -1, -1},
			images,
			func(b *builder, x *graph.Value) *graph.Value {
				y := b.node("ReduceMean", []*graph.Value{b.bn(x, 4)}, graph.IntsAttr("axes", -2, -1), graph.IntAttr("keepdims", 0))
				return b.gemm(b.bn(y, 4), 4, 5, b.constant(5))
			},
			only("ReduceMean", 1, "Gemm", 1), "",
		},
		"mean_over_channels": {
			[]int64{4, 4, -1, 4},
			[][]int64{{4, 4, 2, 4}},
			func(b *builder, x *graph.Value) *graph.Value {
				y := b.node("ReduceMean", []*graph.Value{b.conv(x, square())}, graph.IntsAttr("axes", 1), graph.IntAttr("keepdims", 1))
				return b.mul(y, b.constant(4, 1, 1))
			},
			only("Conv", 1, "ReduceMean", 1, "Mul", 1), "not_channel",
		},
		"convolution_pooled_and_flattened": {
			[]int64{-1, 4, -1, -1},
			images,
			func(b *builder, x *graph.Value) *graph.Value {
				y := b.node("Flatten", []*graph.Value{b.node("GlobalAveragePool", []*graph.Value{b.conv(x, square())})})
				return b.mul(b.bn(y, 4), b.constant(4))
			},
			only("Conv", 1, "GlobalAveragePool", 1, "Flatten", 1), "",
		},
		"average_of_the_image":    {[]int64{-1, 4, -1, -1}, images, pool("AveragePool", pads), only("Conv", 1, "AveragePool", 1), ""},
		"average_without_padding": {[]int64{-1, 4, -1, -1}, [][]int64{{1, 4, 4, 5}}, pool("AveragePool", ones), only("Conv", 1, "AveragePool", 1), ""},
		"average_with_padding":    {[]int64{-1, 4, -1, -1}, images, pool("AveragePool", pads, ones), only("Conv", 1, "AveragePool", 1, "BatchNormalization", 1), "padding_mode"},
		"scale_past_padded_average": {
			[]int64{-1, 4, -1, -1},
			images,
			func(b *builder, x *graph.Value) *graph.Value {
				y := b.node("AveragePool", []*graph.Value{b.conv(x, square())}, graph.IntsAttr("kernel_shape", 3, 3), pads, ones)
				return b.mul(y, b.constant(4, 1, 1))
			},
			only("Conv", 1, "AveragePool", 1), "",
		},
		"maximum_of_negative_scale": {[]int64{-1, 4, -1, -1}, images, pool("MaxPool", pads), only("Conv", 1, "MaxPool", 1, "BatchNormalization", 1), "unsupported"},
		"maximum_of_positive_scale": {
			[]int64{-1, 4, -1, -1},
			images,
			func(b *builder, x *graph.Value) *graph.Value {
				return positive(b, b.node("MaxPool", []*graph.Value{b.conv(x, square())}, graph.IntsAttr("kernel_shape", 3, 3), pads))
			},
			only("Conv", 1, "MaxPool", 1), "",
		},
		"positive_scale_before_maximum": {
			[]int64{-1, 4, -1, -1},
			images,
			func(b *builder, x *graph.Value) *graph.Value {
				y := b.node("MaxPool", []*graph.Value{positive(b, x)}, graph.IntsAttr("kernel_shape", 3, 3), pads)
				return b.conv(y, point())
			},
			only("Conv", 1, "MaxPool", 1), "",
		},
		"norms_and_constants_in_a_row": {
			[]int64{-1, 4, -1, -1},
			images,
			func(b *builder, x *graph.Value) *graph.Value {
				y := b.bn(b.node("Sub", []*graph.Value{b.constant(4, 1, 1), b.mul(b.constant(1), x)}), 4)
				y = b.add(b.mul(b.constant(4, 1, 1), b.bn(y, 4)), b.constant(1, 4, 1, 1))
				return b.node("Relu", []*graph.Value{y})
			},
			only("BatchNormalization", 1, "Relu", 1), "",
		},
		"zeros_before_a_norm": {
			[]int64{-1, 4, -1, -1},
			images,
			func(b *builder, x *graph.Value) *graph.Value {
				zeros := b.g.NewInitializer("z", tensor.Of([]int64{4, 1, 1}, float32(0), 2, 0, -1))
				y := b.mul(b.add(x, b.constant(4, 1, 1)), zeros)
				return b.node("Relu", []*graph.Value{b.bn(b.add(y, b.constant(1)), 4)})
			},
			only("BatchNormalization", 1, "Relu", 1), "",
		},
		"constant_that_widens_before_a_norm": {
			[]int64{-1, -1, -1, -1},
			[][]int64{{2, 1, 3, 4}, {2, 4, 3, 4}},
			func(b *builder, x *graph.Value) *graph.Value { return b.bn(b.mul(x, b.constant(4, 1, 1)), 4) },
			only("Mul", 1, "BatchNormalization", 1), "not_channel",
		},
		"norm_of_unknown_rank": {
			nil, nil,
			func(b *builder, x *graph.Value) *graph.Value {
				return b.mul(b.bn(b.node("Squeeze", []*graph.Value{x}), 4), b.constant(4))
			},
			only("Squeeze", 1, "BatchNormalization", 1, "Mul", 1), "no_convolution",
		},
		"average_that_may_count_what_is_not_there": {
			[]int64{-1, 4, -1, -1},
			[][]int64{{1, 4, 6, 6}},
			pool("AveragePool", ones, graph.IntsAttr("strides", 2, 2), graph.IntAttr("ceil_mode", 1)),
			only("Conv", 1, "AveragePool", 1, "BatchNormalization", 1), "padding_mode",
		},
		"average_in_gaps_of_a_kernel": {
			[]int64{-1, 4, -1, -1},
			nil,
			func(b *builder, x *graph.Value) *graph.Value {
				y := b.node("AveragePool", []*graph.Value{b.conv(x, square())}, graph.IntsAttr("kernel_shape", 2, 2), graph.IntsAttr("dilations", 2, 2), pads)
				return b.bn(y, 4)
			},
			only("Conv", 1, "AveragePool", 1, "BatchNormalization", 1), "padding_mode",
		},
		"maximum_of_padding": {
			[]int64{-1, 4, -1, -1},
			nil,
			func(b *builder, x *graph.Value) *graph.Value {
				y := b.node("MaxPool", []*graph.Value{b.conv(x, square())}, graph.IntsAttr("kernel_shape", 1, 1), pads)
				return positive(b, y)
			},
			only("Conv", 1, "MaxPool", 1, "BatchNormalization", 1), "padding_mode",
		},
		"other_channels_behind": {
			[]int64{-1, 4, -1, -1},
			nil,
			func(b *builder, x *graph.Value) *graph.Value { return b.bn(b.conv(x, square()), 5) },
			only("Conv", 1, "BatchNormalization", 1), "misaligned: it has 5 channels",
		},
		"other_channels_flattened": {
			[]int64{-1, -1, -1, -1},
			nil,
			func(b *builder, x *graph.Value) *graph.Value {
				return b.gemm(b.node("Flatten", []*graph.Value{b.bn(x, 5)}), 24, 5, nil)
			},
			only("BatchNormalization", 1, "Flatten", 1, "Gemm", 1), "not_channel",
		},
		"more_channels_flattened": {
			[]int64{-1, -1, -1, -1},
			nil,
			func(b *builder, x *graph.Value) *graph.Value {
				return b.gemm(b.node("Flatten", []*graph.Value{b.bn(x, 48)}), 24, 5, nil)
			},
			only("BatchNormalization", 1, "Flatten", 1, "Gemm", 1), "not_channel",
		},
		"maximum_with_indices": {
			[]int64{-1, 4, -1, -1},
			nil,
			func(b *builder, x *graph.Value) *graph.Value {
				y := b.node("MaxPool", []*graph.Value{b.conv(x, square())}, graph.IntsAttr("kernel_shape", 3, 3), pads)
				at := b.g.NewValue("at")
				if err := y.Producer().AddOutput(at); err != nil {
					panic(err)
				}
				b.g.AddOutput(at)
				return positive(b, y)
			},
			only("Conv", 1, "MaxPool", 1, "BatchNormalization", 1), passes.NoConvolution,
		},
		"maximum_used_twice": {
			[]int64{-1, 4, -1, -1},
			images,
			func(b *builder, x *graph.Value) *graph.Value {
				y := b.node("MaxPool", []*graph.Value{b.conv(x, square())}, graph.IntsAttr("kernel_shape", 3, 3), pads)
				return b.node("Max", []*graph.Value{positive(b, y), y})
			},
			only("Conv", 1, "MaxPool", 1, "BatchNormalization", 1, "Max", 1), passes.NoConvolution,
		},
	} {
		t.Run(name, func(t *testing.T) { c.run(t, nil) })
	}
}
