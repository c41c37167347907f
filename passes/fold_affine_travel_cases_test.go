package passes_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
)

// positive is a constant of numbers from 0.5 on.
func (b *builder) positive(shape ...int64) *graph.Value {
	v := b.constant(shape...)
	numbers := v.Constant().Float64s()
	data := make([]float32, len(numbers))
	for i, n := range numbers {
		data[i] = float32(n*n + 0.5)
	}
	v.SetData(tensor.Of(v.Constant().Shape(), data...))
	return v
}

// relu is a Relu.
func (b *builder) relu(x *graph.Value) *graph.Value { return b.node("Relu", []*graph.Value{x}) }

// padsBy is a Pad of the last axis, or the last two, by one on each side.
func (b *builder) padsBy(x *graph.Value, mode string, pads ...int64) *graph.Value {
	return b.node("Pad", []*graph.Value{x, b.ints(pads...)}, graph.StringAttr("mode", mode))
}

// splitInTwo splits the channels.
func (b *builder) splitInTwo(x *graph.Value, first, second int64) (*graph.Value, *graph.Value) {
	v := b.node("Split", []*graph.Value{x, b.ints(first, second)}, graph.IntAttr("axis", 1))
	other := b.g.NewValue("part")
	v.Producer().TakeOutput(other)
	return v, other
}

// TestTravel folds maps that have to travel, and says which operator stops the others.
func TestTravel(t *testing.T) {
	image, sizes := []int64{-1, 4, -1, -1}, [][]int64{{2, 4, 3, 4}, {1, 4, 4, 4}, {1, 4, 1, 1}}
	row, rowSizes := []int64{-1, 4, -1}, [][]int64{{2, 4, 5}, {1, 4, 4}}
	known := []int64{-1, 4, 4, 6}
	line := func(in, out, k, pad int64) convShape {
		return convShape{in: in, out: out, kernel: []int64{k}, pads: []int64{pad, pad}, bias: true}
	}
	point := func(in, out int64) convShape { return dense(in, out, []int64{1, 1}, nil) }
	slash := func(b *builder, x *graph.Value) *graph.Value {
		y := b.node("Sub", []*graph.Value{b.mul(x, b.scalar(1/255.)), b.constant(4, 1, 1)})
		return b.node("Div", []*graph.Value{y, b.positive(4, 1, 1)})
	}
	for name, c := range map[string]linearCase{
		"conv_squeeze_norm": {row, rowSizes, func(b *builder, x *graph.Value) *graph.Value {
			y := b.conv(b.node("Unsqueeze", []*graph.Value{x, b.ints(2)}), dense(4, 6, []int64{1, 3}, []int64{0, 1, 0, 1}))
			return b.bn(b.node("Squeeze", []*graph.Value{y, b.ints(2)}), 6)
		}, map[string]int{"Unsqueeze": 1, "Conv": 1, "Squeeze": 1}, ""},
		"gemm_unsqueeze_norm_squeeze": {[]int64{-1, 4}, [][]int64{{3, 4}, {4, 4}}, func(b *builder, x *graph.Value) *graph.Value {
			y := b.bn(b.node("Unsqueeze", []*graph.Value{b.gemm(x, 4, 5, nil), b.ints(2)}), 5)
			return b.relu(b.node("Squeeze", []*graph.Value{y, b.ints(2)}))
		}, map[string]int{"Gemm": 1, "Unsqueeze": 1, "Squeeze": 1, "Relu": 1}, ""},
		"conv_resize_norm": {image, sizes, func(b *builder, x *graph.Value) *graph.Value {
			scales := b.g.NewInitializer("scales", tensor.Of[float32]([]int64{4}, 1, 1, 2, 2))
			y := b.node("Resize", []*graph.Value{b.conv(x, square()), nil, scales}, graph.StringAttr("mode", "linear"))
			return b.bn(y, 4)
		}, map[string]int{"Conv": 1, "Resize": 1}, ""},
		"conv_relu_mul": {image, sizes, func(b *builder, x *graph.Value) *graph.Value {
			return b.mul(b.relu(b.conv(x, square())), b.positive(4, 1, 1))
		}, map[string]int{"Conv": 1, "Relu": 1}, ""},
		"shift_of_a_difference": {image, sizes, func(b *builder, x *graph.Value) *graph.Value {
			y := b.sub(b.relu(b.conv(x, square())), b.conv(x, square())) // only what is taken away can take it
			return b.add(y, b.constant(4, 1, 1))
		}, map[string]int{"Conv": 2, "Relu": 1, "Sub": 1}, ""},
		"difference_of_shifts": {image, sizes, func(b *builder, x *graph.Value) *graph.Value {
			shifted := func(op string) *graph.Value { return b.add(b.node(op, []*graph.Value{x}), b.constant(4, 1, 1)) }
			return b.conv(b.sub(shifted("Sigmoid"), shifted("Tanh")), point(4, 3))
		}, map[string]int{"Conv": 1, "Sigmoid": 1, "Tanh": 1, "Sub": 1}, ""},
		"conv_relu_negative_mul": {image, sizes, func(b *builder, x *graph.Value) *graph.Value {
			return b.mul(b.relu(b.conv(x, square())), b.constant(4, 1, 1))
		}, map[string]int{"Conv": 1, "Relu": 1, "Mul": 1}, ""},
		"conv_relu_norm": {image, sizes, func(b *builder, x *graph.Value) *graph.Value {
			return b.bn(b.relu(b.conv(x, square())), 4)
		}, map[string]int{"Conv": 1, "Relu": 1, "BatchNormalization": 1}, "the Relu Relu is between it and the convolution, and a constant does not pass that"},
		"two_convs_concat_norm": {image, sizes, func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("Concat", []*graph.Value{b.conv(x, square()), b.conv(x, point(4, 3))}, graph.IntAttr("axis", 1))
			return b.node("LeakyRelu", []*graph.Value{b.bn(y, 7)})
		}, map[string]int{"Conv": 2, "Concat": 1, "LeakyRelu": 1}, ""},
		"one_conv_concat_norm": {image, sizes, func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("Concat", []*graph.Value{b.conv(x, square()), b.node("Sigmoid", []*graph.Value{x})}, graph.IntAttr("axis", 1))
			return b.bn(y, 8)
		}, map[string]int{"Conv": 1, "Concat": 1, "Sigmoid": 1, "BatchNormalization": 1}, `"Concat" comes over Concat from Sigmoid, which is no convolution`},
		"concat_of_a_constant": {known, [][]int64{{2, 4, 4, 6}}, func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("Concat", []*graph.Value{b.conv(x, point(4, 3)), b.constant(2, 2, 4, 6)}, graph.IntAttr("axis", 1))
			return b.bn(y, 5)
		}, map[string]int{"Conv": 1, "Concat": 1}, ""},
		"twice_in_a_concat": {image, sizes, func(b *builder, x *graph.Value) *graph.Value {
			y := b.conv(x, square())
			return b.bn(b.node("Concat", []*graph.Value{y, y}, graph.IntAttr("axis", 1)), 8)
		}, map[string]int{"Conv": 1, "Concat": 1, "BatchNormalization": 1}, "would have to hold different numbers"},
		"norm_reflect_conv": {row, rowSizes, func(b *builder, x *graph.Value) *graph.Value {
			y := b.bn(b.relu(b.conv(x, line(4, 6, 1, 0))), 6)
			return b.conv(b.padsBy(y, "reflect", 0, 0, 1, 0, 0, 1), line(6, 3, 3, 0))
		}, map[string]int{"Conv": 2, "Relu": 1, "Pad": 1}, ""},
		"norm_zero_pad_conv": {row, rowSizes, func(b *builder, x *graph.Value) *graph.Value {
			y := b.bn(b.relu(b.conv(x, line(4, 6, 1, 0))), 6)
			return b.conv(b.padsBy(y, "constant", 0, 0, 1, 0, 0, 1), line(6, 3, 3, 0))
		}, map[string]int{"Conv": 2, "Relu": 1, "BatchNormalization": 1}, "padding_mode"},
		"norm_split_convs": {image, sizes, func(b *builder, x *graph.Value) *graph.Value {
			y, z := b.splitInTwo(b.bn(b.relu(x), 4), 1, 3)
			return b.add(b.relu(b.conv(y, point(1, 5))), b.relu(b.conv(z, point(3, 5))))
		}, map[string]int{"Relu": 3, "Split": 1, "Conv": 2, "Add": 1}, ""},
		"norm_two_convs": {image, sizes, func(b *builder, x *graph.Value) *graph.Value {
			y := b.bn(b.relu(x), 4)
			return b.add(b.relu(b.conv(y, point(4, 5))), b.relu(b.conv(y, point(4, 5))))
		}, map[string]int{"Relu": 3, "Conv": 2, "Add": 1}, ""},
		"norm_conv_and_another": {image, sizes, func(b *builder, x *graph.Value) *graph.Value {
			y := b.bn(b.relu(x), 4)
			return b.add(b.relu(b.conv(y, point(4, 4))), b.node("Sigmoid", []*graph.Value{y}))
		}, map[string]int{"Relu": 2, "Conv": 1, "Add": 1, "Sigmoid": 1, "BatchNormalization": 1}, "no_convolution"},
		"sum_of_convs_norm": {image, sizes, func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("Sigmoid", []*graph.Value{x})
			return b.bn(b.add(b.conv(x, square()), b.conv(y, square())), 4)
		}, map[string]int{"Sigmoid": 1, "Conv": 2, "Add": 1}, ""},
		"residual_norm": {image, sizes, func(b *builder, x *graph.Value) *graph.Value {
			y := b.conv(x, square())
			return b.bn(b.add(y, b.relu(b.conv(y, square()))), 4)
		}, map[string]int{"Conv": 2, "Relu": 1, "Add": 1, "BatchNormalization": 1}, "is used elsewhere"},
		"part_of_the_channels": {known, [][]int64{{2, 4, 4, 6}}, func(b *builder, x *graph.Value) *graph.Value {
			y, z := b.splitInTwo(b.conv(x, square()), 1, 3)
			return b.node("Concat", []*graph.Value{b.node("Sigmoid", []*graph.Value{y}), b.bn(z, 3)}, graph.IntAttr("axis", 1))
		}, map[string]int{"Conv": 1, "Split": 1, "Sigmoid": 1, "Concat": 1}, ""},
		"normalised_input_and_padding": {known, [][]int64{{2, 4, 4, 6}}, func(b *builder, x *graph.Value) *graph.Value {
			return b.conv(slash(b, x), dense(4, 3, []int64{3, 3}, []int64{1, 1, 1, 1}))
		}, map[string]int{"Sub": 1, "Conv": 1}, "padding_mode"},
		"normalised_input": {known, [][]int64{{2, 4, 4, 6}}, func(b *builder, x *graph.Value) *graph.Value {
			return b.conv(slash(b, x), dense(4, 3, []int64{3, 3}, nil))
		}, map[string]int{"Conv": 1}, ""},
		"clip_and_scale": {image, sizes, func(b *builder, x *graph.Value) *graph.Value {
			return b.mul(b.node("Clip", []*graph.Value{b.conv(x, square()), b.scalar(0), b.scalar(6)}), b.scalar(0.25))
		}, map[string]int{"Conv": 1, "Clip": 1}, ""},
		"clip_and_scales": {image, sizes, func(b *builder, x *graph.Value) *graph.Value {
			return b.bn(b.node("Clip", []*graph.Value{b.conv(x, square()), b.scalar(0), b.scalar(6)}), 4)
		}, map[string]int{"Conv": 1, "Clip": 1, "BatchNormalization": 1}, "only one positive scale and one constant for all numbers pass that"},
		"gate": {image, sizes, func(b *builder, x *graph.Value) *graph.Value {
			y := b.conv(x, square())
			gate := b.node("Sigmoid", []*graph.Value{b.node("GlobalAveragePool", []*graph.Value{x})})
			return b.mul(b.mul(y, gate), b.constant(4, 1, 1))
		}, map[string]int{"Conv": 1, "GlobalAveragePool": 1, "Sigmoid": 1, "Mul": 1}, ""},
		"depth_to_space": {[]int64{-1, 8, -1, -1}, [][]int64{{2, 8, 3, 4}}, func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("DepthToSpace", []*graph.Value{b.conv(x, point(8, 8))}, graph.IntAttr("blocksize", 2))
			return b.add(b.mul(y, b.constant(2, 1, 1)), b.scalar(3))
		}, map[string]int{"Conv": 1, "DepthToSpace": 1}, ""},
		"maximum_and_shift": {image, sizes, func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.node("GlobalMaxPool", []*graph.Value{b.conv(x, square())}), b.constant(4, 1, 1))
		}, map[string]int{"Conv": 1, "GlobalMaxPool": 1}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			c.run(t, nil)
			if c.reason == "" {
				c.runInEngine(t)
			}
		})
	}
}

// runInEngine compares the answers in ONNX Runtime.
func (c linearCase) runInEngine(t *testing.T) {
	t.Helper()
	build := func() *graph.Model {
		b := newBuilder(31)
		m := b.output(c.block(b, b.input("x", c.sizes[0]...)))
		for _, v := range m.Graph.Outputs() {
			v.SetType(shapes.Of(m.Graph).Type(v))
		}
		return m
	}
	after := build()
	if _, err := pipeline.Run(t.Context(), after.Graph, defaults(), pipeline.Options{}); err != nil {
		t.Fatal(err)
	}
	sameInEngine(t, build(), after)
}
