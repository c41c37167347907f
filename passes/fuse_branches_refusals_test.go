package passes_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/passes/passtest"
	"github.com/acdeploy/acdeploy/tensor"
)

// TestBranchesThatStay has a block of a 3×3 and a 1×1 branch for every thing that forbids to merge them.
// The second branch is what forbids it; both stay as they are, and the refusal says what to change.
func TestBranchesThatStay(t *testing.T) {
	square := convShape{in: 4, out: 4, kernel: []int64{3, 3}, pads: []int64{1, 1, 1, 1}}
	point := convShape{in: 4, out: 4, kernel: []int64{1, 1}}
	for name, c := range map[string]struct {
		reason, detail string
		branch         func(b *builder, x *graph.Value) *graph.Value
	}{
		"activation_before_the_sum": {passes.NotAffine, "not a scale and shift per channel", func(b *builder, x *graph.Value) *graph.Value {
			return b.node("Relu", []*graph.Value{b.conv(x, point)})
		}},
		"activation_before_the_scale": {passes.NotAffine, "(Sigmoid)", func(b *builder, x *graph.Value) *graph.Value {
			return b.node("Mul", []*graph.Value{b.node("Sigmoid", []*graph.Value{b.conv(x, point)}), b.constant(4, 1, 1)})
		}},
		"gate_of_the_image": {passes.NotAffine, "(Mul)", func(b *builder, x *graph.Value) *graph.Value {
			gate := b.node("Sigmoid", []*graph.Value{b.node("GlobalAveragePool", []*graph.Value{x})})
			return b.node("Mul", []*graph.Value{b.conv(x, point), gate})
		}},
		"squeezed_branch": {passes.Misaligned, "one pixel", func(b *builder, x *graph.Value) *graph.Value {
			return b.conv(b.node("GlobalAveragePool", []*graph.Value{x}), point)
		}},
		"border_written_in_place": {passes.Border, "padding in the first convolution", func(b *builder, x *graph.Value) *graph.Value {
			row := b.g.NewInitializer("row", tensor.Of([]int64{1, 1}, int64(0)))
			edge := b.g.NewInitializer("edge", tensor.Of([]int64{1, 4, 9, 9}, make([]float32, 4*9*9)...))
			return b.conv(b.node("ScatterND", []*graph.Value{b.conv(x, point), row, edge}), square)
		}},
		"padded_crop": {passes.Misaligned, "sees zeros where the input has data; pad before the crop", func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("Slice", []*graph.Value{x, b.ints(1, 1), b.ints(-1, -1), b.ints(2, 3)})
			return b.conv(y, convShape{in: 4, out: 4, kernel: []int64{3, 3}, pads: []int64{2, 2, 2, 2}})
		}},
		"quantized_branch": {passes.Quantized, "before it is quantized", func(b *builder, x *graph.Value) *graph.Value {
			scale := b.g.NewInitializer("scale", tensor.Of(nil, float32(0.125)))
			q := b.node("QuantizeLinear", []*graph.Value{b.conv(x, point), scale})
			return b.node("DequantizeLinear", []*graph.Value{q, scale})
		}},
		"cast_branch": {passes.ElementType, "changes the element type", func(b *builder, x *graph.Value) *graph.Value {
			half := b.node("Cast", []*graph.Value{b.conv(x, point)}, graph.IntAttr("to", int64(tensor.Float16)))
			return b.node("Cast", []*graph.Value{half}, graph.IntAttr("to", int64(tensor.Float32)))
		}},
		"training_branch": {passes.TrainingMode, "evaluation mode", func(b *builder, x *graph.Value) *graph.Value {
			y := b.bn(x, 4)
			y.Producer().SetAttr(graph.IntAttr("training_mode", 1))
			return y
		}},
		"one_channel_for_all": {passes.Misaligned, "4 and 1 output channels", func(b *builder, x *graph.Value) *graph.Value {
			return b.conv(x, convShape{in: 4, out: 1, kernel: []int64{1, 1}})
		}},
		"one_channel_less_all": {passes.Misaligned, "4 and 1 output channels", func(b *builder, x *graph.Value) *graph.Value {
			return b.sub(b.conv(x, convShape{in: 4, out: 1, kernel: []int64{1, 1}}), b.conv(x, point)) // only the other two merge
		}},
		"strided_identity": {passes.Misaligned, "strides", func(b *builder, x *graph.Value) *graph.Value {
			return b.conv(x, convShape{in: 4, out: 4, kernel: []int64{1, 1}, strides: []int64{2, 2}})
		}},
		"constant_along_the_width": {passes.NotChannel, "one number per channel", func(b *builder, x *graph.Value) *graph.Value {
			return b.node("Mul", []*graph.Value{x, b.constant(1, 1, 1, 4)})
		}},
		"weights_of_another_type": {passes.ElementType, "double", func(b *builder, x *graph.Value) *graph.Value {
			w := b.g.NewInitializer("wide", tensor.Of([]int64{4, 4, 1, 1}, make([]float64, 16)...))
			return b.node("Conv", []*graph.Value{x, w})
		}},
		"weight_without_a_value": {passes.GraphInput, "export the model with its parameters", func(b *builder, x *graph.Value) *graph.Value {
			return b.node("Conv", []*graph.Value{x, b.input("w", 4, 4, 1, 1)})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			build := func() *graph.Model {
				b := newBuilder(21)
				x := b.input("x", -1, 4, -1, -1)
				return b.output(b.add(b.conv(x, square), c.branch(b, x)))
			}
			var sizes [][][]int64
			if !slices.Contains([]string{"constant_along_the_width", "border_written_in_place", "strided_identity", "quantized_branch", "training_branch", "weight_without_a_value"}, name) {
				sizes = small(4) // the others are refused by the reference executor, have a second input or one size
			}
			after, result := passtest.Run(t, build, defaults(), sizes...)
			sayWhatToDo(t, result)
			merged := 0
			if name == "one_channel_less_all" {
				merged = 1
			}
			if ops(after)["Conv"] != ops(build())["Conv"]-merged {
				t.Errorf("merged: %v", ops(after))
			}
			for _, p := range result.Passes {
				for _, f := range p.Refusals {
					if p.Name == "fuse_branches" && f.Reason == c.reason && strings.Contains(f.Detail, c.detail) && len(f.Branches) == 2 {
						return
					}
				}
			}
			t.Errorf("want %s (%s), got %q", c.reason, c.detail, refusals(result))
		})
	}
}
