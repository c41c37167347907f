package passes_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/passes/passtest"
)

// TestChosenChannels merges branches that read a part of the channels, or have channels of zeros added.
func TestChosenChannels(t *testing.T) {
	slice := func(b *builder, x *graph.Value, from, to, step int64) *graph.Value {
		return b.node("Slice", []*graph.Value{x, b.ints(from), b.ints(to), b.ints(1), b.ints(step)})
	}
	pad := func(b *builder, x *graph.Value, before, after int64) *graph.Value {
		return b.node("Pad", []*graph.Value{x, b.ints(0, before, 0, 0, 0, after, 0, 0)})
	}
	from := func(in, out int64, kernel int64) convShape {
		return convShape{in: in, out: out, kernel: []int64{kernel, kernel}, pads: []int64{kernel / 2, kernel / 2, kernel / 2, kernel / 2}}
	}
	one := map[string]int{"Conv": 1}
	for name, c := range map[string]linearCase{
		"a_part": {want: one, block: func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.conv(x, square()), b.conv(slice(b, x, 1, 3, 1), from(2, 4, 1)))
		}},
		"counted_from_the_end": {want: one, block: func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.conv(x, square()), b.conv(slice(b, x, -3, -1, 1), from(2, 4, 3)))
		}},
		"every_other_one": {want: one, block: func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.conv(x, square()), b.conv(slice(b, x, 1, 1<<40, 2), from(2, 4, 3)))
		}},
		"every_other_one_from_the_first": {want: one, block: func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.conv(x, square()), b.conv(slice(b, x, 0, 1<<40, 2), from(2, 4, 3)))
		}},
		"from_before_the_first_one": {want: one, block: func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.conv(x, square()), b.conv(slice(b, x, -9, 2, 1), from(2, 4, 3)))
		}},
		"to_after_the_last_one": {want: one, block: func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.conv(x, square()), b.conv(slice(b, x, 2, 9, 1), from(2, 4, 3)))
		}},
		"of_a_crop": {want: one, block: func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("Slice", []*graph.Value{x, b.ints(1, 1), b.ints(3, -1), b.ints(1, 3)})
			whole := b.conv(x, convShape{in: 4, out: 4, kernel: []int64{3, 3}, pads: []int64{1, 0, 1, 0}})
			return b.add(whole, b.conv(y, convShape{in: 2, out: 4, kernel: []int64{3, 1}, pads: []int64{1, 0, 1, 0}}))
		}},
		"of_the_results": {want: one, block: func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.conv(x, from(4, 3, 3)), slice(b, b.conv(x, square()), 0, 3, 1))
		}},
		"zeros_added": {want: one, block: func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.conv(x, from(4, 6, 3)), pad(b, x, 1, 1))
		}},
		"zeros_added_and_taken": {want: one, block: func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.conv(x, from(4, 4, 3)), pad(b, x, -1, 1))
		}},
		"zeros_added_in_front": {want: one, block: func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.conv(x, from(4, 5, 3)), pad(b, x, 1, 0))
		}},
		"the_last_one_taken": {want: one, block: func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.conv(x, from(4, 3, 3)), pad(b, x, 0, -1))
		}},
		"zeros_added_and_the_last_two_taken": {want: one, block: func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.conv(x, from(4, 3, 3)), pad(b, x, 1, -2))
		}},
		"zeros_added_to_the_results": {want: one, block: func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.conv(x, square()), pad(b, b.bn(b.conv(x, from(4, 3, 1)), 3), 0, 1))
		}},
		"strided_shortcut": {want: one, block: func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("Slice", []*graph.Value{x, b.ints(0, 0), b.ints(1<<40, 1<<40), b.ints(2, 3), b.ints(2, 2)})
			return b.add(b.conv(x, convShape{in: 4, out: 8, kernel: []int64{3, 3}, strides: []int64{2, 2}, pads: []int64{1, 1, 1, 1}}), pad(b, y, 2, 2))
		}},
		// One kernel for both would multiply with twice as many zeros.
		"halves_apart": {
			block: func(b *builder, x *graph.Value) *graph.Value {
				return b.add(b.conv(slice(b, x, 0, 2, 1), from(2, 4, 3)), b.conv(slice(b, x, 2, 4, 1), from(2, 4, 1)))
			},
			want: map[string]int{"Conv": 2, "Slice": 2, "Add": 1}, reason: passes.Costlier,
		},
		"halves_alike": {want: one, block: func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.conv(slice(b, x, 0, 2, 1), from(2, 4, 3)), b.conv(slice(b, x, 2, 4, 1), from(2, 4, 3)))
		}},
		"one_channel_is_spread": {
			block: func(b *builder, x *graph.Value) *graph.Value {
				return b.add(b.conv(x, square()), slice(b, x, 0, 1, 1))
			},
			want: map[string]int{"Conv": 1, "Slice": 1, "Add": 1}, reason: passes.Misaligned,
		},
	} {
		t.Run(name, func(t *testing.T) {
			c.dims, c.sizes = []int64{-1, 4, -1, -1}, [][]int64{{1, 4, 3, 3}, {2, 4, 5, 4}, {1, 4, 6, 7}}
			c.run(t, nil)
		})
	}
}

// TestChannelsThatAreNotKnown leaves branches that read parts of an image whose channels nobody counts.
func TestChannelsThatAreNotKnown(t *testing.T) {
	linearCase{
		dims: []int64{-1, -1, -1, -1}, sizes: [][]int64{{1, 4, 3, 3}, {1, 7, 3, 3}},
		block: func(b *builder, x *graph.Value) *graph.Value {
			part := func(from, to int64) *graph.Value {
				y := b.node("Slice", []*graph.Value{x, b.ints(from), b.ints(to), b.ints(1)})
				return b.conv(y, convShape{in: 2, out: 4, kernel: []int64{3, 3}, pads: []int64{1, 1, 1, 1}})
			}
			return b.add(part(0, 2), part(-2, 1<<40))
		},
		want: map[string]int{"Conv": 2, "Slice": 2, "Add": 1}, reason: passes.NotChannel,
	}.run(t, nil)
}

// TestChannelsThatStay counts the channels of an image by a convolution of it whose pads and crops leave them
// as they are.
func TestChannelsThatStay(t *testing.T) {
	for name, move := range map[string]func(b *builder, x *graph.Value) *graph.Value{
		"pad": func(b *builder, x *graph.Value) *graph.Value {
			return b.node("Pad", []*graph.Value{x, b.ints(0, 0, 1, 1, 0, 0, 1, 1)})
		},
		"slice_of_rows": func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("Pad", []*graph.Value{x, b.ints(0, 0, 2, 1, 0, 0, 1, 1)})
			return b.node("Slice", []*graph.Value{y, b.ints(1), b.ints(1 << 40), b.ints(2)})
		},
		"slice_of_all": func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("Pad", []*graph.Value{x, b.ints(0, 0, 2, 1, 0, 0, 1, 1)})
			return b.node("Slice", []*graph.Value{y, b.ints(0, 1), b.ints(1<<40, 1<<40), b.ints(1, 2), b.ints(1, 1)})
		},
	} {
		t.Run(name, func(t *testing.T) {
			linearCase{
				dims: []int64{-1, -1, -1, -1}, sizes: [][]int64{{1, 4, 3, 3}, {2, 4, 4, 5}}, want: map[string]int{"Conv": 1},
				block: func(b *builder, x *graph.Value) *graph.Value {
					branch := func() *graph.Value { return b.conv(move(b, x), convShape{in: 4, out: 4, kernel: []int64{3, 3}}) }
					return b.add(branch(), branch())
				},
			}.run(t, nil)
		})
	}
}

// TestNoChannel leaves a branch that reads no channel at all.
func TestNoChannel(t *testing.T) {
	for name, part := range map[string]func(b *builder, x *graph.Value) *graph.Value{
		"slice": func(b *builder, x *graph.Value) *graph.Value {
			return b.node("Slice", []*graph.Value{x, b.ints(2), b.ints(2), b.ints(1)})
		},
		"pad": func(b *builder, x *graph.Value) *graph.Value {
			return b.node("Pad", []*graph.Value{x, b.ints(0, -9, 0, 0, 0, -9, 0, 0)})
		},
	} {
		build := func() *graph.Model {
			b := newBuilder(31)
			x := b.input("x", -1, 4, -1, -1)
			return b.output(b.add(b.conv(x, square()), part(b, x)))
		}
		if m, result := passtest.Run(t, build, defaults()); ops(m)["Add"] != 1 {
			t.Errorf("%s: operators %v; refusals %q", name, ops(m), refusals(result))
		}
	}
}
