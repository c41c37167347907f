package passes_test

import (
	"maps"
	"os"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/passes/passtest"
	"github.com/acdeploy/acdeploy/tensor"
)

func TestCatalog(t *testing.T) {
	if err := passes.Catalog().Validate(); err != nil {
		t.Error(err)
	}
}

// small are sizes at which the border is most of the image.
func small(channels int64) [][][]int64 {
	var out [][][]int64
	for _, s := range [][2]int64{{1, 1}, {2, 3}, {5, 4}, {7, 9}} {
		out = append(out, [][]int64{{2, channels, s[0], s[1]}})
	}
	return out
}

// TestRewrites runs the default pipeline over blocks as networks have them and compares the operators
// that are left.
func TestRewrites(t *testing.T) {
	conv3 := convShape{in: 4, out: 4, kernel: []int64{3, 3}, pads: []int64{1, 1, 1, 1}}
	conv1 := convShape{in: 4, out: 4, kernel: []int64{1, 1}, bias: true}
	conv0 := convShape{in: 4, out: 4, kernel: []int64{3, 3}}
	scalar := func(b *builder, v float32) *graph.Value { return b.g.NewInitializer("s", tensor.Of(nil, v)) }
	for name, c := range map[string]struct {
		block func(b *builder, x *graph.Value) *graph.Value
		want  map[string]int
	}{
		"conv_bn":       {func(b *builder, x *graph.Value) *graph.Value { return b.bn(b.conv(x, conv3), 4) }, map[string]int{"Conv": 1}},
		"conv_bias_bn":  {func(b *builder, x *graph.Value) *graph.Value { return b.bn(b.conv(x, conv1), 4) }, map[string]int{"Conv": 1}},
		"conv_bn_bn":    {func(b *builder, x *graph.Value) *graph.Value { return b.bn(b.bn(b.conv(x, conv3), 4), 4) }, map[string]int{"Conv": 1}},
		"bn_conv_valid": {func(b *builder, x *graph.Value) *graph.Value { return b.conv(b.bn(x, 4), conv1) }, map[string]int{"Conv": 1}},
		"bn_conv_padded": {
			func(b *builder, x *graph.Value) *graph.Value { return b.conv(b.bn(x, 4), conv3) },
			map[string]int{"BatchNormalization": 1, "Conv": 1},
		},
		"acb":         {func(b *builder, x *graph.Value) *graph.Value { return acb(b, x, 4, 8, 1, nil) }, map[string]int{"Conv": 1}},
		"acb_strided": {func(b *builder, x *graph.Value) *graph.Value { return acb(b, x, 4, 4, 1, []int64{2, 2}) }, map[string]int{"Conv": 1}},
		"acb_grouped": {func(b *builder, x *graph.Value) *graph.Value { return acb(b, x, 4, 8, 2, nil) }, map[string]int{"Conv": 1}},
		"acb_depthwise": {
			func(b *builder, x *graph.Value) *graph.Value { return acb(b, x, 4, 4, 4, []int64{2, 1}) },
			map[string]int{"Conv": 1},
		},
		"acb_last_bn": {func(b *builder, x *graph.Value) *graph.Value { return b.bn(acb(b, x, 4, 8, 1, nil), 8) }, map[string]int{"Conv": 1}},
		"acb_residual": {func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("Relu", []*graph.Value{acb(b, x, 4, 4, 1, nil)})
			return b.add(acb(b, y, 4, 4, 1, nil), x)
		}, map[string]int{"Conv": 2, "Relu": 1, "Add": 1}},
		"repvgg": {func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.add(b.bn(x, 4), b.bn(b.conv(x, conv1), 4)), b.bn(b.conv(x, conv3), 4))
		}, map[string]int{"Conv": 1}},
		"qarepvgg": {func(b *builder, x *graph.Value) *graph.Value {
			return b.bn(b.add(b.add(b.bn(b.conv(x, conv3), 4), b.conv(x, conv1)), x), 4)
		}, map[string]int{"Conv": 1}},
		"repmixer": {func(b *builder, x *graph.Value) *graph.Value {
			dw := convShape{in: 4, out: 4, group: 4, kernel: []int64{3, 3}, pads: []int64{1, 1, 1, 1}, bias: true}
			inner := b.node("Sub", []*graph.Value{b.conv(x, dw), b.bn(x, 4)})
			return b.add(x, b.node("Mul", []*graph.Value{b.constant(4, 1, 1), inner}))
		}, map[string]int{"Conv": 1}},
		"sum_of_all": {func(b *builder, x *graph.Value) *graph.Value {
			return b.node("Sum", []*graph.Value{b.conv(x, conv3), x, b.conv(x, conv1), b.node("Mul", []*graph.Value{x, scalar(b, -0.5)})})
		}, map[string]int{"Conv": 1}},
		"negative_branches": {func(b *builder, x *graph.Value) *graph.Value {
			left := b.node("Sub", []*graph.Value{x, b.conv(x, conv3)})
			return b.node("Sub", []*graph.Value{left, b.conv(x, conv1)})
		}, map[string]int{"Conv": 1}},
		"dilated_into_large": {func(b *builder, x *graph.Value) *graph.Value {
			large := convShape{in: 4, out: 4, group: 4, kernel: []int64{5, 5}, pads: []int64{2, 2, 2, 2}}
			dilated := convShape{in: 4, out: 4, group: 4, kernel: []int64{3, 3}, dilations: []int64{2, 2}, pads: []int64{2, 2, 2, 2}}
			return b.add(b.conv(x, large), b.conv(x, dilated))
		}, map[string]int{"Conv": 1}},
		"cropped": {func(b *builder, x *graph.Value) *graph.Value {
			crop := func(axis int64) *graph.Value {
				return b.node("Slice", []*graph.Value{x, b.ints(1), b.ints(-1), b.ints(axis)})
			}
			vertical := b.conv(crop(3), convShape{in: 4, out: 4, kernel: []int64{3, 1}})
			horizontal := b.conv(crop(2), convShape{in: 4, out: 4, kernel: []int64{1, 3}})
			return b.add(b.add(b.conv(x, conv0), vertical), horizontal)
		}, map[string]int{"Conv": 1}},
		"one_crop_for_all": {func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("Slice", []*graph.Value{x, b.ints(1, 1), b.ints(-1, -1), b.ints(2, 3)})
			return b.add(b.conv(y, conv1), b.conv(y, conv3))
		}, map[string]int{"Slice": 1, "Conv": 1}},
		"pad": {func(b *builder, x *graph.Value) *graph.Value {
			return b.conv(b.node("Pad", []*graph.Value{x, b.ints(0, 0, 1, 2, 0, 0, 0, 1)}), conv3)
		}, map[string]int{"Conv": 1}},
		"affine": {func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("Mul", []*graph.Value{b.conv(x, conv3), b.constant(4, 1, 1)})
			y = b.node("Sub", []*graph.Value{b.constant(1, 4, 1, 1), y})
			y = b.node("Div", []*graph.Value{y, b.constant(1)})
			return b.node("Neg", []*graph.Value{b.add(y, b.constant(4, 1, 1))})
		}, map[string]int{"Conv": 1}},
		"affine_before": {func(b *builder, x *graph.Value) *graph.Value {
			return b.conv(b.node("Mul", []*graph.Value{x, b.constant(4, 1, 1)}), conv3)
		}, map[string]int{"Conv": 1}},
		"same_upper": {func(b *builder, x *graph.Value) *graph.Value {
			even := convShape{in: 4, out: 4, kernel: []int64{2, 4}, autoPad: "SAME_UPPER"}
			return b.add(b.conv(x, even), b.conv(x, conv1))
		}, map[string]int{"Conv": 1}},
		"identity": {func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("Identity", []*graph.Value{b.node("Dropout", []*graph.Value{x})})
			return b.node("Relu", []*graph.Value{b.node("Pad", []*graph.Value{y, b.ints(0, 0, 0, 0, 0, 0, 0, 0)})})
		}, map[string]int{"Relu": 1}},
		"shared_statistics": {func(b *builder, x *graph.Value) *graph.Value {
			y := b.bn(b.conv(x, conv3), 4)
			n := y.Producer()
			shared := b.node("Identity", []*graph.Value{n.Input(1)})
			z := b.node("BatchNormalization", []*graph.Value{b.conv(x, conv1), shared, n.Input(2), n.Input(3), n.Input(4)})
			return b.node("Relu", []*graph.Value{b.node("Max", []*graph.Value{y, z})})
		}, map[string]int{"Conv": 2, "Max": 1, "Relu": 1}},
		"shared_weight": {func(b *builder, x *graph.Value) *graph.Value {
			y := b.conv(x, conv3)
			z := b.node("Conv", []*graph.Value{x, y.Producer().Input(1)}, graph.IntsAttr("pads", 1, 1, 1, 1))
			return b.node("Max", []*graph.Value{b.bn(y, 4), z})
		}, map[string]int{"Conv": 2, "Max": 1}},
		"one_bad_branch": {func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("Slice", []*graph.Value{x, b.ints(0), b.ints(-1), b.ints(3)})
			late := convShape{in: 4, out: 4, kernel: []int64{1, 1}, pads: []int64{0, 0, 0, 1}}
			return b.add(b.add(b.conv(y, late), b.conv(x, conv3)), b.conv(x, conv1))
		}, map[string]int{"Slice": 1, "Conv": 2, "Add": 1}},
		"negated_input": {func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.conv(x, conv3), b.node("Neg", []*graph.Value{x}))
		}, map[string]int{"Conv": 1}},
		"cast_there_and_back": {func(b *builder, x *graph.Value) *graph.Value {
			half := b.node("Cast", []*graph.Value{b.constant(4, 4, 1, 1)}, graph.IntAttr("to", int64(tensor.Float16)))
			w := b.node("Cast", []*graph.Value{half}, graph.IntAttr("to", int64(tensor.Float32)))
			return b.bn(b.node("Conv", []*graph.Value{x, w}), 4)
		}, map[string]int{"Cast": 2, "Conv": 1, "BatchNormalization": 1}},
		// What follows has to stay.
		"relu_between": {func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.node("Relu", []*graph.Value{b.conv(x, conv3)}), b.conv(x, conv1))
		}, map[string]int{"Conv": 2, "Relu": 1, "Add": 1}},
		"wide_cross": {func(b *builder, x *graph.Value) *graph.Value {
			h := convShape{in: 4, out: 4, kernel: []int64{1, 7}, pads: []int64{0, 3, 0, 3}}
			v := convShape{in: 4, out: 4, kernel: []int64{7, 1}, pads: []int64{3, 0, 3, 0}}
			return b.add(b.conv(x, h), b.conv(x, v))
		}, map[string]int{"Conv": 2, "Add": 1}},
		"empty_slice": {func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("Slice", []*graph.Value{x, b.ints(-9), b.ints(0), b.ints(2)})
			return b.node("Concat", []*graph.Value{b.conv(x, conv1), b.add(b.conv(y, conv1), y)}, graph.IntAttr("axis", 2))
		}, map[string]int{"Slice": 1, "Conv": 2, "Concat": 1}},
		"crop_then_pad": {func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("Slice", []*graph.Value{x, b.ints(0), b.ints(-1), b.ints(3)})
			late := convShape{in: 4, out: 4, kernel: []int64{1, 1}, pads: []int64{0, 0, 0, 1}}
			return b.add(b.conv(y, late), b.conv(x, conv3))
		}, map[string]int{"Slice": 1, "Conv": 2, "Add": 1}},
	} {
		t.Run(name, func(t *testing.T) {
			build := func() *graph.Model {
				b := newBuilder(11)
				return b.output(c.block(b, b.input("x", -1, 4, -1, -1)))
			}
			sizes := small(4)
			switch {
			case name == "empty_slice":
				sizes = nil // no engine runs it
			case strings.Contains(name, "crop"), name == "one_bad_branch":
				sizes = sizes[2:] // a crop leaves nothing of the smaller images
			}
			after, result := passtest.Run(t, build, defaults(), sizes...)
			if got := ops(after); !maps.Equal(got, c.want) {
				t.Errorf("operators %v, want %v; refusals %v", got, c.want, refusals(result))
			}
		})
	}
}

// allCropped is a cross of branches that each read a crop of x.
func allCropped(b *builder, x *graph.Value) *graph.Value {
	crop := func(axis int64) *graph.Value {
		return b.node("Slice", []*graph.Value{x, b.ints(1), b.ints(-1), b.ints(axis)})
	}
	horizontal := b.conv(crop(2), convShape{in: 4, out: 4, kernel: []int64{1, 3}})
	return b.add(horizontal, b.conv(crop(3), convShape{in: 4, out: 4, kernel: []int64{3, 1}}))
}

// TestAllowCostlier merges where the rule of costs would not.
func TestAllowCostlier(t *testing.T) {
	steps := defaults()
	for _, s := range steps {
		if p, ok := s.Pass.(*passes.FuseBranches); ok {
			p.AllowCostlier = true
		}
	}
	after, _ := passtest.Run(t, func() *graph.Model {
		b := newBuilder(8)
		return b.output(allCropped(b, b.input("x", -1, 4, -1, -1)))
	}, steps, small(4)[2:]...)
	if got := ops(after); !maps.Equal(got, map[string]int{"Conv": 1}) {
		t.Errorf("operators %v", got)
	}
}

// TestPassesHavePatterns finds the golden file of each pass, which passtest writes: what becomes of its patterns in every
// surrounding.
func TestPassesHavePatterns(t *testing.T) {
	for _, e := range passes.Catalog() {
		if _, err := os.Stat("testdata/passtest/" + e.Name + ".golden"); err != nil {
			t.Errorf("%v; give the pass a passtest.Table", err)
		}
	}
}
