package passes_test

import (
	"maps"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/passes/passtest"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
)

// TestFuseAlone has blocks in which the two passes that fuse get no help from those that fold.
func TestFuseAlone(t *testing.T) {
	chain := []pipeline.Step{{Name: "fuse_chain", Pass: &passes.FuseChain{}}}
	branches := []pipeline.Step{{Name: "fuse_branches", Pass: &passes.FuseBranches{}}}
	one := map[string]int{"Conv": 1}
	valid := dense(4, 4, []int64{3, 3}, nil)
	four, ones := []int64{4, 1, 1}, []int64{1, 1}
	widened := func(b *builder, x *graph.Value) *graph.Value { return b.mul(x, b.constant(four...)) }
	// What is scaled is a sum of which no two branches pay: only in the sum outside all four do.
	lines := func(of func(b *builder, x *graph.Value) *graph.Value) func(b *builder, x *graph.Value) *graph.Value {
		return func(b *builder, x *graph.Value) *graph.Value {
			corners := line(4, []int64{2, 2}, 1, 1, 1, 1)
			corners.dilations = []int64{2, 2}
			y := b.mul(b.sub(b.conv(of(b, x), depthwise(1, 3)), b.conv(of(b, x), depthwise(3, 1))), b.scalar(2))
			return b.add(y, b.mul(b.add(b.conv(of(b, x), corners), b.conv(of(b, x), depthwise(1, 1))), b.constant(1)))
		}
	}
	gated := func(b *builder, x *graph.Value) *graph.Value {
		y := b.mul(b.sub(b.conv(widened(b, x), depthwise(3, 3)), x), b.scalar(2))
		return b.add(y, b.conv(widened(b, x), depthwise(1, 1)))
	}
	for name, c := range map[string]struct {
		steps []pipeline.Step
		image []int64 // as it is declared, with 5 for what is not known
		block func(b *builder, x *graph.Value) *graph.Value
		one   bool
	}{
		"norm_in_a_chain": {chain, []int64{-1, 4, -1, -1}, func(b *builder, x *graph.Value) *graph.Value {
			return b.conv(b.bn(b.conv(x, dense(4, 4, ones, nil)), 4), valid)
		}, true},
		"constant_in_a_chain": {chain, []int64{-1, 4, -1, -1}, func(b *builder, x *graph.Value) *graph.Value {
			return b.conv(b.add(b.conv(x, dense(4, 4, ones, nil)), b.constant(four...)), valid)
		}, true},
		"constant_in_front_of_the_operand": {chain, []int64{-1, 4, -1, -1}, func(b *builder, x *graph.Value) *graph.Value {
			return b.conv(b.sub(b.constant(four...), b.conv(x, dense(4, 4, ones, nil))), valid)
		}, true},
		"pad_in_a_chain": {chain, []int64{-1, 4, -1, -1}, func(b *builder, x *graph.Value) *graph.Value {
			return b.conv(b.node("Pad", []*graph.Value{b.conv(x, dense(4, 4, ones, nil)), b.ints(0, 0, 1, 1, 0, 0, 1, 1)}), valid)
		}, true},
		"pad_of_a_constant_in_a_chain": {chain, []int64{-1, 4, -1, -1}, func(b *builder, x *graph.Value) *graph.Value {
			return b.conv(b.node("Pad", []*graph.Value{b.conv(x, point()), b.ints(0, 0, 1, 1, 0, 0, 1, 1)}), valid)
		}, false},
		// The image has one channel, and the constant gives its samples four.
		"samples_that_a_constant_widens": {chain, []int64{-1, -1, -1, -1}, func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("MaxPool", []*graph.Value{x}, graph.IntsAttr("kernel_shape", 1, 1), graph.IntsAttr("strides", 2, 2))
			return b.conv(widened(b, y), dense(4, 1, ones, nil))
		}, false},
		"both_widened": {branches, []int64{-1, -1, -1, -1}, func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.conv(widened(b, x), square()), b.conv(widened(b, x), point()))
		}, false},
		"as_high_as_the_channels": {branches, []int64{-1, 1, 4, -1}, func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.conv(widened(b, x), square()), b.conv(widened(b, x), point()))
		}, false},
		"as_many_as_the_channels": {branches, []int64{4, 1, -1, -1}, func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.conv(widened(b, x), square()), b.conv(widened(b, x), point()))
		}, false},
		"widened_then_scaled": {branches, []int64{-1, -1, -1, -1}, func(b *builder, x *graph.Value) *graph.Value {
			y := b.mul(widened(b, x), b.scalar(2))
			return b.add(b.conv(y, square()), b.conv(b.mul(widened(b, x), b.scalar(3)), point()))
		}, false},
		"constant_times_image": {branches, []int64{-1, -1, -1, -1}, func(b *builder, x *graph.Value) *graph.Value {
			y := b.mul(b.constant(four...), x)
			return b.add(b.conv(y, square()), b.conv(b.mul(b.constant(four...), x), point()))
		}, false},
		"sums_of_what_is_widened":      {branches, []int64{-1, -1, -1, -1}, lines(widened), false},
		"sum_with_what_is_not_widened": {branches, []int64{-1, -1, -1, -1}, gated, false},
		"sums_with_what_is_not_widened": {branches, []int64{-1, -1, -1, -1}, func(b *builder, x *graph.Value) *graph.Value {
			y := b.mul(b.sub(b.conv(widened(b, x), depthwise(3, 3)), x), b.scalar(2))
			return b.add(y, b.mul(b.sub(b.conv(widened(b, x), depthwise(1, 1)), x), b.scalar(3)))
		}, false},
		"sum_with_an_image": {branches, []int64{-1, 4, -1, -1}, gated, true},
		// Ones on all axes give an image of three axes a fourth.
		"raised_rank": {branches, []int64{4, 5, 5}, func(b *builder, x *graph.Value) *graph.Value {
			raised := func() *graph.Value { return b.mul(x, b.constant(1, 1, 1, 1)) }
			return b.add(b.conv(raised(), square()), b.conv(raised(), point()))
		}, false},
		"constant_of_more_axes": {branches, []int64{-1, 4, -1, -1}, func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.conv(x, square()), b.mul(x, b.constant(1, 1, 4, 1, 1)))
		}, false},
		"scaled_by_one_number": {branches, []int64{-1, -1, -1, -1}, func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.conv(b.mul(x, b.constant(1)), square()), b.conv(b.mul(b.constant(1), x), point()))
		}, true},
		"as_wide_as_the_image_is": {branches, []int64{-1, 4, -1, -1}, func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.conv(widened(b, x), square()), b.conv(widened(b, x), point()))
		}, true},
		"a_branch_in_front_tells": {branches, []int64{-1, -1, -1, -1}, func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.conv(x, point()), b.conv(widened(b, x), square()))
		}, true},
		"a_sum_tells": {branches, []int64{-1, -1, -1, -1}, func(b *builder, x *graph.Value) *graph.Value {
			y := b.mul(b.sub(b.conv(widened(b, x), depthwise(1, 3)), b.conv(x, depthwise(3, 1))), b.constant(four...))
			return b.add(y, b.conv(widened(b, x), depthwise(3, 3)))
		}, true},
		"a_sum_tells_first": {branches, []int64{-1, -1, -1, -1}, func(b *builder, x *graph.Value) *graph.Value {
			y := b.mul(b.sub(b.conv(x, depthwise(1, 3)), b.conv(widened(b, x), depthwise(3, 1))), b.scalar(2))
			return b.add(y, b.conv(widened(b, x), depthwise(3, 3)))
		}, true},
		"sums_of_as_many_channels": {branches, []int64{-1, 4, -1, -1}, lines(widened), true},
		"sums_that_pay_together":   {branches, []int64{-1, -1, -1, -1}, lines(func(_ *builder, x *graph.Value) *graph.Value { return x }), true},
		"padded_image": {branches, []int64{-1, 4, -1, -1}, func(b *builder, x *graph.Value) *graph.Value {
			wide := square()
			wide.pads = []int64{2, 2, 2, 2}
			return b.add(b.node("Pad", []*graph.Value{x, b.ints(0, 0, 1, 1, 0, 0, 1, 1)}), b.conv(x, wide))
		}, true},
		// The convolution stays for who reads the first crop, so that the sum is no cheaper without it.
		"crop_of_a_crop_that_others_read": {branches, []int64{-1, 4, -1, -1}, func(b *builder, x *graph.Value) *graph.Value {
			crop := func(v *graph.Value, axis int64) *graph.Value {
				return b.node("Slice", []*graph.Value{v, b.ints(1), b.ints(-1), b.ints(axis)})
			}
			y := crop(b.conv(x, square()), 2)
			b.g.AddOutput(y)
			return b.add(crop(y, 3), b.conv(crop(crop(x, 2), 3), point()))
		}, false},
		"norm_of_too_few_channels": {branches, []int64{-1, 4, -1, -1}, func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.conv(x, square()), b.bn(x, 3))
		}, false},
		"constant_that_a_caller_may_replace": {branches, []int64{-1, 4, -1, -1}, func(b *builder, x *graph.Value) *graph.Value {
			b.input("k")
			k, err := b.g.AddInitializer("k", tensor.Of(nil, float32(2)))
			if err != nil {
				panic(err)
			}
			return b.add(b.conv(x, square()), b.mul(x, k))
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			channels := int64(4)
			if c.image[1] != 4 && !c.one && len(c.image) == 4 {
				channels = 1
			}
			shape := []int64{2, channels, 5, 5}
			for i, d := range c.image {
				if d > 0 {
					shape[i] = d
				}
			}
			sizes := [][][]int64{{shape[:len(c.image)]}}
			if name == "norm_of_too_few_channels" || name == "constant_that_a_caller_may_replace" {
				sizes = nil // no engine runs them as they are
			}
			build := func() *graph.Model {
				b := newBuilder(65)
				return b.output(c.block(b, b.input("x", c.image...)))
			}
			want := ops(build())
			if c.one {
				want = one
			}
			after, result := passtest.Run(t, build, c.steps, sizes...)
			if got := ops(after); !maps.Equal(got, want) {
				t.Errorf("operators %v, want %v; refusals %q", got, want, refusals(result))
			}
		})
	}
}
