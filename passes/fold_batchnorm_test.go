package passes_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/tensor"
)

// TestBatchNormDresses folds batch normalisations in every form that exporters write, and the
// arithmetic that stands for them.
func TestBatchNormDresses(t *testing.T) {
	conv := map[string]int{"Conv": 1}
	kept := func(op string) map[string]int { return map[string]int{"Conv": 1, op: 1} }
	// normalised is a batch normalisation with the given attributes after a convolution.
	normalised := func(attrs ...*graph.Attr) func(b *builder, x *graph.Value) *graph.Value {
		return func(b *builder, x *graph.Value) *graph.Value {
			y := b.bn(b.conv(x, square()), 4)
			for _, a := range attrs {
				y.Producer().SetAttr(a)
			}
			return y
		}
	}
	// arithmetic is an operator with a constant after a convolution.
	arithmetic := func(op string, shape []int64, attrs ...*graph.Attr) func(b *builder, x *graph.Value) *graph.Value {
		return func(b *builder, x *graph.Value) *graph.Value {
			return b.node(op, []*graph.Value{b.conv(x, square()), b.constant(shape...)}, attrs...)
		}
	}
	on, axis := graph.IntAttr("broadcast", 1), func(a int64) *graph.Attr { return graph.IntAttr("axis", a) }
	whole := graph.IntAttr("spatial", 0)
	for name, c := range map[string]struct {
		opset  int64
		block  func(b *builder, x *graph.Value) *graph.Value
		want   map[string]int
		reason string
	}{
		"opset_6":            {6, normalised(graph.IntAttr("is_test", 1), graph.IntAttr("spatial", 1), graph.IntsAttr("consumed_inputs", 0, 0, 0, 1, 1)), conv, ""},
		"opset_6_training":   {6, normalised(), kept("BatchNormalization"), "training_mode: is_test is not set, which in opset 6 means training mode"},
		"opset_7":            {7, normalised(graph.IntAttr("spatial", 1), graph.FloatAttr("momentum", 0.9)), conv, ""},
		"opset_9":            {9, normalised(graph.FloatAttr("momentum", 0.9)), conv, ""},
		"opset_14":           {14, normalised(graph.IntAttr("training_mode", 0)), conv, ""},
		"opset_15":           {15, normalised(), conv, ""},
		"opset_28":           {28, normalised(), conv, ""},
		"per_activation":     {7, normalised(whole), kept("BatchNormalization"), "unsupported: spatial=0"},
		"spatial_at_opset_9": {9, normalised(whole), kept("BatchNormalization"), "unsupported: spatial=0"},
		"per_activation_of_a_matrix": {7, func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("Flatten", []*graph.Value{b.node("GlobalAveragePool", []*graph.Value{x})})
			y = b.bn(b.gemm(y, 4, 4, b.constant(4)), 4)
			y.Producer().SetAttr(whole)
			return y
		}, map[string]int{"GlobalAveragePool": 1, "Flatten": 1, "Gemm": 1}, ""},
		"a_number_per_pixel": {7, func(b *builder, x *graph.Value) *graph.Value {
			y := b.conv(x, square())
			in := []*graph.Value{y, b.constant(4, 3, 3), b.constant(4, 3, 3), b.constant(4, 3, 3), b.g.NewInitializer("v", tensor.Of([]int64{4, 3, 3}, make32(36, 1)...))}
			return b.node("BatchNormalization", in, whole)
		}, kept("BatchNormalization"), "unsupported: scale"},
		"scale_and_shift": {13, func(b *builder, x *graph.Value) *graph.Value {
			y := b.mul(b.constant(1, 4, 1, 1), b.conv(x, point()))
			return b.add(b.mul(b.add(y, b.constant(4, 1, 1)), b.constant()), b.constant(1))
		}, conv, ""},
		"caffe2": {9, func(b *builder, x *graph.Value) *graph.Value {
			row := func() *graph.Value {
				return b.node("Unsqueeze", []*graph.Value{b.constant(4)}, graph.IntsAttr("axes", 1, 2))
			}
			return b.add(b.mul(b.bn(b.conv(x, square()), 4), row()), row())
		}, conv, ""},
		"old_scale_on_axis_1":       {6, arithmetic("Mul", []int64{4}, on, axis(1)), conv, ""},
		"old_scale_on_axis_minus_3": {6, arithmetic("Mul", []int64{4}, on, axis(-3)), conv, ""},
		"old_shift_with_axes":       {6, arithmetic("Add", []int64{4, 1, 1}, on), conv, ""},
		"old_scalar":                {6, arithmetic("Div", []int64{1}, on), conv, ""},
		"old_last_axis":             {6, arithmetic("Add", []int64{4}, on), kept("Add"), "not_channel: constant"},
		"old_axis_2":                {6, arithmetic("Add", []int64{4}, on, axis(2)), kept("Add"), "not_channel: constant"},
		"old_axis_outside":          {6, arithmetic("Add", []int64{4}, on, axis(4)), kept("Add"), "unsupported: axis 4"},
		"old_without_broadcast":     {6, arithmetic("Add", []int64{2, 4, 4, 4}), kept("Add"), "not_channel: broadcast is not set"},
		"old_constant_first": {6, func(b *builder, x *graph.Value) *graph.Value {
			return b.node("Sub", []*graph.Value{b.constant(2, 4, 4, 4), b.conv(x, square())}, on)
		}, kept("Sub"), "unsupported: before opset 7"},
	} {
		t.Run(name, func(t *testing.T) {
			sizes := [][]int64{{2, 4, 4, 4}, {1, 4, 1, 2}}
			switch name {
			case "old_axis_outside", "opset_6_training", "per_activation", "spatial_at_opset_9":
				sizes = nil // the reference does not run it
			case "old_without_broadcast", "old_constant_first", "old_last_axis", "old_axis_2":
				sizes = sizes[:1]
			case "a_number_per_pixel":
				sizes = [][]int64{{2, 4, 3, 3}}
			}
			linearCase{[]int64{-1, 4, -1, -1}, sizes, c.block, c.want, c.reason}.run(t, opset(c.opset))
		})
	}
}

func TestFoldBatchNormPatterns(t *testing.T) {
	patterns("fold_batchnorm", &passes.FoldBatchNorm{},
		onImage("after a convolution", 1, "", func(b *builder, x *graph.Value) *graph.Value { return b.bn(b.conv(x, square()), 4) }),
		onImage("before a convolution", 1, "", func(b *builder, x *graph.Value) *graph.Value { return b.conv(b.bn(x, 4), point()) }),
		onImage("after a matrix", 1, "", func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("Flatten", []*graph.Value{b.node("GlobalAveragePool", []*graph.Value{x})})
			return b.bn(b.gemm(y, 4, 3, b.constant(3)), 3)
		}),
		onImage("before padding", 0, passes.PaddingMode, func(b *builder, x *graph.Value) *graph.Value { return b.conv(b.bn(x, 4), square()) }),
		onImage("alone", 0, passes.NoConvolution, func(b *builder, x *graph.Value) *graph.Value { return b.bn(b.node("Relu", []*graph.Value{x}), 4) }),
	).Run(t)
}
