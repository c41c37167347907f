package passes_test

import (
	"math"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/passes/passtest"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
)

// cropped slices rows and columns of x from start to its size less drop, which the graph computes.
func (b *builder) cropped(x *graph.Value, start, drop int64) *graph.Value {
	for axis := int64(2); axis < 4; axis++ {
		size := b.node("Gather", []*graph.Value{b.node("Shape", []*graph.Value{x}), b.g.NewInitializer("i", tensor.Of(nil, axis))})
		end := b.node("Sub", []*graph.Value{size, b.g.NewInitializer("n", tensor.Of(nil, drop))})
		end = b.node("Unsqueeze", []*graph.Value{end, b.ints(0)})
		x = b.node("Slice", []*graph.Value{x, b.ints(start), end, b.ints(axis), b.ints(1)})
	}
	return x
}

// TestComputedCrops merges crops whose ends are computed from the size of the image, and keeps those that keep
// something else of a small one.
func TestComputedCrops(t *testing.T) {
	for name, c := range map[string]struct {
		size, start, drop int64 // size −1 for any
		crop              func(b *builder, x *graph.Value) *graph.Value
		convs, slices     int
	}{
		"any_size":         {size: -1, start: 1, drop: 1, convs: 1},
		"known_size":       {size: 6, start: 1, drop: 1, convs: 1},
		"two":              {size: -1, start: 2, drop: 2, convs: 1},
		"nothing":          {size: -1, start: 0, drop: 0, convs: 1},
		"small_images":     {size: -1, start: 0, drop: 3, convs: 2, slices: 2},
		"known_and_small":  {size: 6, start: 0, drop: 2, convs: 1},
		"constant":         {size: 6, convs: 1, crop: slicedTo(1, 5)},
		"constant_any":     {size: -1, convs: 2, slices: 1, crop: slicedTo(1, 5)},
		"negative_start":   {size: 6, convs: 1, crop: slicedTo(-5, -1)},
		"from_there_on":    {size: 6, convs: 1, crop: slicedTo(-4, math.MaxInt64)},
		"past_the_end":     {size: 6, convs: 1, crop: slicedTo(2, 9)},
		"before_the_start": {size: 6, convs: 1, crop: slicedTo(-9, 4)},
	} {
		t.Run(name, func(t *testing.T) {
			build := func() *graph.Model {
				b := newBuilder(5)
				x := b.input("x", -1, 3, c.size, c.size)
				crop := c.crop
				if crop == nil {
					crop = func(b *builder, x *graph.Value) *graph.Value { return b.cropped(x, c.start, c.drop) }
				}
				// The sum has to have one size: the other branch takes away as much by its kernel.
				y := b.node("Conv", []*graph.Value{crop(b, x), b.constant(4, 3, 1, 1)})
				k := c.start + c.drop + 1
				if c.crop != nil {
					k = 3
				}
				z := b.node("Conv", []*graph.Value{x, b.constant(4, 3, k, k)})
				return b.output(b.node("Add", []*graph.Value{y, z}))
			}
			after, result := passtest.Run(t, build, defaults(), [][]int64{{2, 3, 6, 6}})
			if got := ops(after); got["Conv"] != c.convs || got["Slice"] != c.slices {
				t.Errorf("operators %v; refusals %q", got, refusals(result))
			}
		})
	}
}

// TestCropsOfSmallImages compares what is kept of images that are smaller than what is dropped.
func TestCropsOfSmallImages(t *testing.T) {
	for start := range int64(4) {
		for drop := range int64(6) {
			var sizes [][][]int64
			for size := range int64(8) {
				sizes = append(sizes, [][]int64{{1, 1, size, 9}})
			}
			after, _ := passtest.Run(t, func() *graph.Model {
				b := newBuilder(5)
				// What is empty is padded, so that there is something to compare.
				y := b.cropped(b.input("x", -1, 1, -1, -1), start, drop)
				return b.output(b.node("Pad", []*graph.Value{y, b.ints(0, 0, 0, 0, 0, 0, 1, 1)}))
			}, defaults(), sizes...)
			if computed := ops(after)["Sub"] > 0; computed != (start < drop-2) {
				t.Errorf("from %d to the size less %d: operators %v", start, drop, ops(after))
			}
		}
	}
}

// TestOperandsThatStay changes no operand that says the same already: others may share it.
func TestOperandsThatStay(t *testing.T) {
	for name, c := range map[string]struct{ end, want, rewrites int64 }{
		"an_end":                {end: 5, want: -1, rewrites: 1},
		"from_the_end":          {end: -1, want: -1},
		"past_every_image":      {end: 1 << 40, want: 1 << 40},
		"past_every_image_most": {end: math.MaxInt64, want: math.MaxInt64},
	} {
		t.Run(name, func(t *testing.T) {
			after, result := passtest.Run(t, func() *graph.Model {
				b := newBuilder(5)
				crop := slicedTo(1, c.end)(b, b.input("x", -1, 3, 6, 6))
				return b.output(b.node("Conv", []*graph.Value{crop, b.constant(4, 3, 1, 1)}))
			}, []pipeline.Step{{Name: "resolve_slice", Pass: &passes.ResolveSlice{}}}, [][]int64{{2, 3, 6, 6}})
			if got := int64(result.Rewrites()); got != c.rewrites {
				t.Errorf("%d rewrites, want %d", got, c.rewrites)
			}
			for n := range after.Graph.Nodes() {
				if !n.Is("Slice") {
					continue
				}
				ends, _ := n.Input(2).Constant().Int64s()
				if n.Input(1).Name() != "i" || ends[0] != c.want || ends[1] != c.want {
					t.Errorf("starts %s, ends %d", n.Input(1).Name(), ends)
				}
			}
		})
	}
}

// slicedTo keeps rows and columns from start to end.
func slicedTo(start, end int64) func(b *builder, x *graph.Value) *graph.Value {
	return func(b *builder, x *graph.Value) *graph.Value {
		return b.node("Slice", []*graph.Value{x, b.ints(start, start), b.ints(end, end), b.ints(2, 3)})
	}
}
