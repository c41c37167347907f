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

// TestSlicesLeftAsTheyAre counts no Slice from the end that would keep something else then, or that no layer
// can read.
func TestSlicesLeftAsTheyAre(t *testing.T) {
	i := func(list ...int64) []int64 { return list }
	steps := []pipeline.Step{{Name: "resolve_slice", Pass: &passes.ResolveSlice{}}}
	for name, c := range map[string]struct {
		opset    int64
		dims     []int64
		slice    operands
		rewrites int
	}{
		"plain":               {17, i(1, 4, 6, 6), operands{i(1), i(5), i(2), i(1)}, 1},
		"plain_in_opset_10":   {10, i(1, 4, 6, 6), operands{i(1), i(5), i(2), i(1)}, 1},
		"of_an_axis_from_end": {17, i(1, 4, 6, 6), operands{i(1), i(5), i(-1), i(1)}, 1},
		"every_other":         {17, i(1, 4, 6, 6), operands{i(1), i(5), i(2), i(2)}, 1},
		"backwards":           {17, i(1, 4, 6, 6), operands{i(-9), i(-20), i(2), i(-1)}, 0},
		"without_moving":      {17, i(1, 4, 6, 6), operands{i(-9), i(5), i(2), i(0)}, 0},
		"unknown_steps":       {17, i(1, 4, 6, 6), operands{i(-9), i(5), i(2), nil}, 0},
		"unknown_axes":        {17, i(1, 4, 6, 6), operands{i(1), i(5), nil, i(1)}, 0},
		"unknown_ends":        {17, i(1, 4, 6, 6), operands{i(1), nil, i(2), i(1)}, 0},
		"unknown_starts":      {17, i(1, 4, 6, 6), operands{nil, i(5), i(2), i(1)}, 0},
		"of_channels":         {17, i(1, 4, 6, 6), operands{i(0), i(3), i(1), i(1)}, 0},
		"of_later_channels":   {17, i(1, 4, 6, 6), operands{i(1), i(4), i(1), i(1)}, 0},
		"fewer_ends":          {17, i(1, 4, 6, 6), operands{i(1, 1), i(5), i(2, 3), i(1, 1)}, 0},
		"fewer_axes":          {17, i(1, 4, 6, 6), operands{i(1, 1), i(5, 5), i(2), i(1, 1)}, 0},
		"unknown_size":        {17, i(1, 4, -1, 6), operands{i(1), i(5), i(2), i(1)}, 0},
		"start_of_no_number":  {17, i(1, 4, -1, 6), operands{i(-5), i(-1), i(2), i(1)}, 0},
		"already":             {17, i(1, 4, 6, 6), operands{i(1), i(-1), i(2), i(1)}, 0},
		"past_the_image":      {17, i(1, 4, 6, 6), operands{i(1), i(6), i(2), i(1)}, 1},
		"end_before_start":    {17, i(1, 4, 6, 6), operands{i(4), i(2), i(2), i(1)}, 1},
		"before_the_image":    {17, i(1, 4, 6, 6), operands{i(1), i(0), i(2), i(1)}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			_, result := passtest.Run(t, func() *graph.Model {
				b := newBuilder(66)
				b.m.Opsets[0].Version = c.opset
				return b.output(b.conv(b.sliced(b.input("x", c.dims...), c.slice), point()))
			}, steps)
			if got := result.Rewrites(); got != c.rewrites {
				t.Errorf("%d rewrites, want %d", got, c.rewrites)
			}
		})
	}
}

// TestResolvedSlices keeps what a Slice says by the size at both ends, and the type of its operands.
func TestResolvedSlices(t *testing.T) {
	steps := []pipeline.Step{{Name: "resolve_slice", Pass: &passes.ResolveSlice{}}}
	short := func(b *builder, list ...int32) *graph.Value {
		return b.g.NewInitializer("short", tensor.Of([]int64{int64(len(list))}, list...))
	}
	fromEnd := func(b *builder, x *graph.Value, drop int64) *graph.Value {
		size := b.node("Shape", []*graph.Value{x}, graph.IntAttr("start", 2), graph.IntAttr("end", 3))
		return b.sub(size, b.ints(drop))
	}
	for name, c := range map[string]struct {
		size     int64
		slice    func(b *builder, x *graph.Value) []*graph.Value
		rewrites int
	}{
		"short": {6, func(b *builder, _ *graph.Value) []*graph.Value {
			return []*graph.Value{short(b, 1), short(b, 5), short(b, 2)}
		}, 1},
		"short_and_past_the_image": {6, func(b *builder, _ *graph.Value) []*graph.Value {
			return []*graph.Value{short(b, -5), short(b, math.MaxInt32), short(b, 2)}
		}, 1},
		"start_by_the_size": {-1, func(b *builder, x *graph.Value) []*graph.Value {
			return []*graph.Value{fromEnd(b, x, 5), b.ints(-1), b.ints(2)}
		}, 0},
		"both_by_the_size": {-1, func(b *builder, x *graph.Value) []*graph.Value {
			return []*graph.Value{fromEnd(b, x, 5), fromEnd(b, x, 1), b.ints(2)}
		}, 0},
		"start_by_another_size": {-1, func(b *builder, x *graph.Value) []*graph.Value {
			batch := b.node("Shape", []*graph.Value{x}, graph.IntAttr("start", 0), graph.IntAttr("end", 1))
			return []*graph.Value{batch, b.ints(-1), b.ints(2)}
		}, 0},
		"last_alone": {6, func(b *builder, _ *graph.Value) []*graph.Value {
			return []*graph.Value{b.ints(-1), b.ints(math.MaxInt64), b.ints(2)}
		}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			after, result := passtest.Run(t, func() *graph.Model {
				b := newBuilder(67)
				x := b.input("x", c.size, 4, c.size, 6)
				return b.output(b.bn(b.node("Slice", append([]*graph.Value{x}, c.slice(b, x)...)), 4))
			}, steps, [][]int64{{max(c.size, 1), 4, 6, 6}})
			if got := result.Rewrites(); got != c.rewrites {
				t.Errorf("%d rewrites, want %d", got, c.rewrites)
			}
			for n := range after.Graph.Nodes() {
				for i := 2; n.Is("Slice") && i < n.NumInputs() && n.Input(i).Constant() != nil; i++ {
					if first, other := n.Input(1).Constant(), n.Input(i).Constant(); first != nil && first.Type() != other.Type() {
						t.Errorf("operands of types %s and %s", first.Type(), other.Type())
					}
				}
			}
		})
	}
}

func TestResolveSlicePatterns(t *testing.T) {
	patterns("resolve_slice", &passes.ResolveSlice{},
		onImage("computed ends", 2, "", func(b *builder, x *graph.Value) *graph.Value {
			return b.node("Relu", []*graph.Value{b.cropped(x, 1, 1)})
		}),
		onImage("ends past the image", 0, "", func(b *builder, x *graph.Value) *graph.Value { return slicedTo(2, 9)(b, x) }),
	).Run(t)
}
