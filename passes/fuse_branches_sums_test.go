package passes_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/passes/passtest"
	"github.com/acdeploy/acdeploy/pipeline"
)

// line is a depthwise convolution that keeps the size of the image; pads are begin and end per axis.
func line(channels int64, kernel []int64, pads ...int64) convShape {
	return convShape{in: channels, out: channels, group: channels, kernel: kernel, pads: pads}
}

// below crops the first rows, so that a convolution after it that pads as many at the end keeps the size.
func (b *builder) below(x *graph.Value, rows int64) *graph.Value {
	return b.node("Slice", []*graph.Value{x, b.ints(rows), b.ints(1 << 40), b.ints(2)})
}

// placed is a depthwise convolution of the size of the image whose first tap is so far before each element.
func (b *builder) placed(x *graph.Value, kernel, before [2]int64) *graph.Value {
	c := line(4, kernel[:], before[0], before[1], max(kernel[0]-1-before[0], 0), max(kernel[1]-1-before[1], 0))
	for i := range kernel {
		if drop := before[i] - (kernel[i] - 1); drop > 0 {
			x = b.node("Slice", []*graph.Value{x, b.ints(0), b.ints(-drop), b.ints(int64(2 + i))})
		}
	}
	return b.conv(x, c)
}

// TestPartitions has sums whose cheapest partition is neither everything in one, nor pairs in order.
func TestPartitions(t *testing.T) {
	corners := line(4, []int64{2, 2}, 1, 1, 1, 1)
	corners.dilations = []int64{2, 2}
	distant := func(b *builder, x *graph.Value) *graph.Value {
		return b.conv(b.below(x, 3), line(4, []int64{1, 7}, 0, 3, 3, 3))
	}
	for name, c := range map[string]struct {
		channels int64
		terms    func(b *builder, x *graph.Value) []*graph.Value
		want     int
		cropped  bool
	}{
		// The corners pay only together with both lines and the image, and nothing pays with what is far off.
		"four_and_a_distant_line": {4, func(b *builder, x *graph.Value) []*graph.Value {
			return []*graph.Value{b.conv(x, depthwise(1, 3)), b.conv(x, depthwise(3, 1)), b.bn(x, 4), b.conv(x, corners), distant(b, x)}
		}, 2, true},
		"fewer_would_cost_more": {4, func(b *builder, x *graph.Value) []*graph.Value {
			return []*graph.Value{
				b.placed(x, [2]int64{1, 3}, [2]int64{0, 3}), b.placed(x, [2]int64{3, 3}, [2]int64{3, 3}), b.placed(x, [2]int64{1, 3}, [2]int64{0, 2}),
				b.placed(x, [2]int64{3, 2}, [2]int64{0, 0}), b.placed(x, [2]int64{3, 1}, [2]int64{0, 2}),
			}
		}, 4, true},
		"fewest_of_the_same_cost": {4, func(b *builder, x *graph.Value) []*graph.Value {
			return []*graph.Value{
				b.placed(x, [2]int64{3, 1}, [2]int64{2, 2}), b.placed(x, [2]int64{1, 3}, [2]int64{0, 1}),
				b.placed(x, [2]int64{3, 3}, [2]int64{1, 2}), b.placed(x, [2]int64{1, 3}, [2]int64{1, 3}),
			}
		}, 2, true},
		// Inside, 1×2 and 2×1 merge for the same cost; with the longer lines outside each pays better.
		"inner_pair_pays_better_outside": {4, func(b *builder, x *graph.Value) []*graph.Value {
			pair := b.add(b.conv(x, line(4, []int64{1, 2}, 0, 0, 0, 1)), b.conv(x, line(4, []int64{2, 1}, 0, 0, 1, 0)))
			long := b.add(b.conv(x, line(4, []int64{1, 6}, 0, 0, 0, 5)), b.conv(x, line(4, []int64{6, 1}, 0, 0, 5, 0)))
			return []*graph.Value{pair, long}
		}, 2, false},
		// As above, where the pair reads a crop: what most branches read comes first.
		"pair_over_a_crop_pays_better_over_the_image": {4, func(b *builder, x *graph.Value) []*graph.Value {
			y := b.below(x, 1)
			pair := []*graph.Value{b.conv(y, line(4, []int64{1, 2}, 0, 0, 1, 1)), b.conv(y, line(4, []int64{2, 1}, 0, 0, 2, 0))}
			return append(pair, b.placed(x, [2]int64{2, 6}, [2]int64{0, 0}), b.placed(x, [2]int64{6, 1}, [2]int64{0, 0}))
		}, 2, true},
		// Images cost one multiply-add a channel each: they cannot be one convolution by themselves.
		"two_images_and_a_pair": {4, func(b *builder, x *graph.Value) []*graph.Value {
			y := b.node("Slice", []*graph.Value{x, b.ints(2), b.ints(1 << 40), b.ints(3)})
			return []*graph.Value{b.conv(y, line(4, []int64{1, 2}, 0, 0, 0, 3)), x, b.bn(x, 4)}
		}, 1, true},
		// More than are weighed in every partition.
		"many_that_lose_one": {1, func(b *builder, x *graph.Value) []*graph.Value {
			return repeated(6, func() []*graph.Value {
				return []*graph.Value{b.conv(x, line(1, []int64{1, 3}, 0, 1, 0, 1)), b.conv(x, line(1, []int64{2, 1}, 0, 0, 1, 0))}
			})
		}, 2, false},
		"many_that_lose_nothing": {4, func(b *builder, x *graph.Value) []*graph.Value {
			return append(repeated(6, func() []*graph.Value {
				return []*graph.Value{b.conv(x, line(4, []int64{1, 2}, 0, 0, 0, 1)), b.conv(x, line(4, []int64{2, 1}, 0, 0, 1, 0))}
			}), distant(b, x))
		}, 2, true},
	} {
		t.Run(name, func(t *testing.T) {
			sizes := small(c.channels)
			if c.cropped {
				sizes = sizes[2:]
			}
			after, result := passtest.Run(t, func() *graph.Model {
				b := newBuilder(62)
				return b.output(b.node("Sum", c.terms(b, b.input("x", -1, c.channels, -1, -1))))
			}, defaults(), sizes...)
			if got := ops(after); got["Conv"] != c.want || got["Add"]+got["Sum"] > c.want-1 {
				t.Errorf("operators %v, want %d convolutions; refusals %q", got, c.want, refusals(result))
			}
		})
	}
}

// TestSumsOfOneTree has sums in which only one thing decides what merges.
func TestSumsOfOneTree(t *testing.T) {
	relu := func(b *builder, x *graph.Value) *graph.Value { return b.node("Relu", []*graph.Value{x}) }
	wide := func(c convShape, by int64) convShape {
		c.dilations = []int64{by, 1}
		return c
	}
	runWhatever(t, map[string]cornerCase{
		// A sum that stays does not keep others from merging.
		"residual_before_a_block": {block: func(b *builder, x *graph.Value) *graph.Value {
			y := b.add(relu(b, x), x)
			return relu(b, b.add(b.conv(y, square()), b.conv(y, point())))
		}, image: []int64{2, 4, 3, 4}, want: map[string]int{"Add": 1, "Relu": 2, "Conv": 1}},
		// A convolution that another node needs stays, so twice its result is cheaper added than computed.
		"kept_and_added_twice": {block: func(b *builder, x *graph.Value) *graph.Value {
			y := b.conv(x, square())
			return b.node("Max", []*graph.Value{b.add(y, y), y})
		}, image: []int64{2, 4, 3, 4}, want: map[string]int{"Conv": 1, "Add": 1, "Max": 1}},
		"kernel_of_too_many_taps": {block: func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.conv(x, wide(line(4, []int64{2, 1}, 1<<17, 0, 0, 0), 1<<17)), b.conv(x, line(4, []int64{2, 1}, 1, 0, 0, 0)))
		}, want: map[string]int{"Conv": 2, "Add": 1}, reason: passes.Unsupported},
		"convolutions_on_other_axes": {block: func(b *builder, x *graph.Value) *graph.Value {
			volume := b.conv(x, convShape{in: 4, out: 4, kernel: []int64{1, 1, 1}})
			return b.add(b.conv(x, square()), volume)
		}, want: map[string]int{"Conv": 2, "Add": 1}},
		// Each pass goes over the whole graph in one round.
		"more_layers_than_rounds": {block: func(b *builder, x *graph.Value) *graph.Value {
			for range 12 {
				x = relu(b, b.mul(b.bn(b.conv(x, square()), 4), b.constant(4, 1, 1)))
			}
			return x
		}, image: []int64{1, 4, 2, 3}, want: map[string]int{"Conv": 12, "Relu": 12}},
		"more_blocks_than_rounds": {block: func(b *builder, x *graph.Value) *graph.Value {
			for range 12 {
				x = relu(b, b.add(b.bn(b.conv(x, square()), 4), b.mul(b.conv(x, point()), b.constant(4, 1, 1))))
			}
			return x
		}, image: []int64{1, 4, 2, 3}, want: map[string]int{"Conv": 12, "Relu": 12}},
	})
}

// TestBudget stops after every number of rewrites, with the same answers.
func TestBudget(t *testing.T) {
	point2 := dense(2, 2, []int64{1, 1}, nil)
	build := func() *graph.Model {
		b := newBuilder(64)
		x := b.input("x", -1, 4, 6, 6)
		var ends []*graph.Value
		for range 2 {
			y := b.node("Identity", []*graph.Value{b.node("Pad", []*graph.Value{x, b.ints(0, 0, 1, 1, 0, 0, 1, 1)})})
			y = b.bn(b.conv(y, dense(4, 4, []int64{3, 3}, nil)), 4)
			y = b.mul(b.add(b.add(y, b.conv(x, convShape{in: 4, out: 4, kernel: []int64{3, 3}, autoPad: "SAME_UPPER"})), b.conv(x, point())), b.constant(4, 1, 1))
			y = b.conv(y, convShape{in: 4, out: 2, kernel: []int64{3, 3}, strides: []int64{2, 2}, autoPad: "SAME_LOWER"})
			y = b.conv(y, dense(2, 2, []int64{1, 1}, nil))
			y = b.node("Slice", []*graph.Value{y, b.ints(1), b.ints(3), b.ints(2)})
			ends = append(ends, b.node("Relu", []*graph.Value{b.conv(y, point2)}))
		}
		return b.output(b.node("Concat", ends, graph.IntAttr("axis", 1)))
	}
	all, err := pipeline.Run(t.Context(), build().Graph, defaults(), pipeline.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= all.Rewrites(); n++ {
		m := build()
		result, err := pipeline.Run(t.Context(), m.Graph, defaults(), pipeline.Options{MaxRewrites: n})
		if err != nil {
			t.Fatal(err)
		}
		if result.Rewrites() != n {
			t.Errorf("%d rewrites of %d", result.Rewrites(), n)
		}
		before := build()
		if err := passtest.Equal(before, m, passtest.Inputs(before, [][]int64{{1, 4, 6, 6}}, 1)); err != nil {
			t.Errorf("after %d rewrites: %v", n, err)
		}
	}
}
