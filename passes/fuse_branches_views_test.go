package passes_test

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/tensor"
)

func (b *builder) unsqueeze(x *graph.Value, axis int64) *graph.Value {
	return b.node("Unsqueeze", []*graph.Value{x, b.ints(axis)})
}

func (b *builder) squeeze(x *graph.Value, axis int64) *graph.Value {
	return b.node("Squeeze", []*graph.Value{x, b.ints(axis)})
}

// TestBranchesBetweenMovesOfAxes merges branches that transpose, or borrow an axis, before their convolution and undo it
// after.
func TestBranchesBetweenMovesOfAxes(t *testing.T) {
	swap := func(b *builder, x *graph.Value) *graph.Value { return b.transpose(x, 0, 1, 3, 2) }
	first := func(b *builder, x *graph.Value) *graph.Value { return b.transpose(x, 0, 3, 1, 2) }
	last := func(b *builder, x *graph.Value) *graph.Value { return b.transpose(x, 0, 2, 3, 1) }
	wide := convShape{in: 4, out: 4, kernel: []int64{1, 3}, pads: []int64{0, 1, 0, 1}}
	one, framed := map[string]int{"Conv": 1}, map[string]int{"Conv": 1, "Transpose": 2}
	unknown, anySize := []int64{-1, 4, -1, -1}, [][]int64{{1, 4, 1, 1}, {2, 4, 4, 4}, {1, 4, 3, 7}}
	channelsLast, lastSizes := []int64{-1, -1, -1, 4}, [][]int64{{2, 1, 1, 4}, {1, 4, 4, 4}, {1, 3, 5, 4}}
	for name, c := range map[string]linearCase{
		"swapped_rows_and_columns": {unknown, anySize, func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.conv(x, square()), b.bn(swap(b, b.conv(swap(b, x), wide)), 4))
		}, one, ""},
		"swapped_and_scaled_inside": {unknown, anySize, func(b *builder, x *graph.Value) *graph.Value {
			y := b.mul(b.bn(b.conv(swap(b, x), wide), 4), b.constant(4, 1, 1))
			return b.add(b.conv(x, wide), b.add(swap(b, y), b.conv(x, square())))
		}, one, ""},
		"channels_last": {channelsLast, lastSizes, func(b *builder, x *graph.Value) *graph.Value {
			return b.add(last(b, b.conv(first(b, x), square())), last(b, b.bn(b.conv(first(b, x), wide), 4)))
		}, framed, ""},
		"channels_last_with_a_shortcut": {channelsLast, lastSizes, func(b *builder, x *graph.Value) *graph.Value {
			return b.add(x, last(b, b.conv(first(b, x), square())))
		}, framed, ""},
		"channels_last_with_a_scaled_shortcut": {channelsLast, lastSizes, func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.mul(x, b.constant(4)), b.sub(last(b, b.conv(first(b, x), square())), b.constant(4)))
		}, framed, ""},
		"residual_outside": {[]int64{-1, -1, 4}, [][]int64{{1, 1, 4}, {2, 9, 4}}, func(b *builder, x *graph.Value) *graph.Value {
			c := convShape{in: 4, out: 4, group: 4, kernel: []int64{5}, pads: []int64{2, 2}}
			return b.add(x, b.transpose(b.conv(b.transpose(x, 0, 2, 1), c), 0, 2, 1))
		}, framed, ""},
		"lines_as_planes": {[]int64{-1, 4, -1}, [][]int64{{1, 4, 1}, {2, 4, 7}}, func(b *builder, x *graph.Value) *graph.Value {
			point := convShape{in: 4, out: 4, kernel: []int64{1, 1}}
			y := b.bn(b.squeeze(b.conv(b.unsqueeze(x, 2), wide), 2), 4)
			return b.add(y, b.add(b.bn(b.squeeze(b.conv(b.unsqueeze(x, -2), point), -2), 4), b.bn(x, 4)))
		}, one, ""},
		"lines_as_planes_with_channels_last": {[]int64{-1, -1, 4}, [][]int64{{1, 1, 4}, {2, 7, 4}}, func(b *builder, x *graph.Value) *graph.Value {
			branch := func() *graph.Value {
				y := b.unsqueeze(b.transpose(x, 0, 2, 1), 2)
				return b.transpose(b.squeeze(b.conv(y, wide), 2), 0, 2, 1)
			}
			return b.add(branch(), b.add(x, branch()))
		}, framed, ""},
		// What must stay.
		"constant_of_the_width": {channelsLast, lastSizes[1:2], func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.mul(x, b.constant(4, 1)), last(b, b.conv(first(b, x), square())))
		}, map[string]int{"Conv": 1, "Transpose": 2, "Mul": 1, "Add": 1}, passes.NotChannel},
		"padded_on_the_borrowed_axis": {[]int64{-1, 4, -1}, [][]int64{{1, 4, 1}, {2, 4, 7}}, func(b *builder, x *graph.Value) *graph.Value {
			y := b.squeeze(b.conv(b.unsqueeze(x, 2), square()), 2)
			return b.add(y, b.squeeze(b.conv(b.unsqueeze(x, 2), wide), 2))
		}, map[string]int{"Conv": 2, "Unsqueeze": 1, "Squeeze": 2, "Add": 1}, ""},
		"norm_of_rows": {[]int64{-1, 4, -1, 4}, [][]int64{{1, 4, 4, 4}, {2, 4, 3, 4}}, func(b *builder, x *graph.Value) *graph.Value {
			return b.add(x, b.bn(last(b, b.conv(first(b, x), square())), 4))
		}, map[string]int{"Conv": 1, "Transpose": 2, "BatchNormalization": 1, "Add": 1}, ""},
		"axis_that_stays": {[]int64{-1, 4, -1}, [][]int64{{1, 4, 1}, {2, 4, 7}}, func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.unsqueeze(x, 2), b.conv(b.unsqueeze(x, 2), wide))
		}, map[string]int{"Conv": 1, "Unsqueeze": 1}, ""}, // the two views are one, and the block is over it
		"not_undone": {[]int64{-1, 4, 6, 6}, [][]int64{{2, 4, 6, 6}}, func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.conv(x, square()), b.conv(swap(b, x), wide))
		}, map[string]int{"Conv": 2, "Transpose": 1, "Add": 1}, ""},
	} {
		t.Run(name, func(t *testing.T) { c.run(t, nil) })
	}
}

// viewer makes random blocks whose value has its axes in some order: each branch goes to an image and back in its own way.
type viewer struct {
	*builder
	frame    []int64 // of which axis of the image each axis of the value is
	channels int64
	stride   int64
}

// back is the inverse of an order of axes.
func back(perm []int64) []int64 {
	out := make([]int64, len(perm))
	for i, p := range perm {
		out[p] = int64(i)
	}
	return out
}

// branch is a convolution of x.
func (v *viewer) branch(x *graph.Value) *graph.Value {
	framed := !slices.IsSorted(v.frame)
	if framed {
		x = v.transpose(x, back(v.frame)...)
	}
	axes := len(v.frame) - 2
	kernel, pads := make([]int64, axes), make([]int64, 2*axes)
	strides := slices.Repeat([]int64{v.stride}, axes)
	for i := range axes {
		kernel[i] = []int64{1, 3}[v.r.IntN(2)]
		pads[i], pads[i+axes] = kernel[i]/2, kernel[i]/2
	}
	c := convShape{in: v.channels, out: v.channels, kernel: kernel, pads: pads, strides: strides, bias: v.r.IntN(3) == 0}
	if v.r.IntN(3) == 0 {
		c.group = v.channels
	}
	swapped, borrowed := axes == 2 && v.r.IntN(2) == 0, v.r.IntN(3) == 0
	if swapped {
		x = v.transpose(x, 0, 1, 3, 2)
	}
	at := int64(2 + v.r.IntN(axes+1))
	if borrowed {
		x = v.unsqueeze(x, at)
		i := int(at) - 2
		c.kernel, c.strides = slices.Insert(c.kernel, i, 1), slices.Insert(c.strides, i, int64(1+v.r.IntN(2)))
		c.pads = slices.Insert(slices.Insert(c.pads, axes+i, 0), i, 0)
	}
	y := v.conv(x, c)
	if v.r.IntN(3) == 0 {
		y = v.bn(y, int(v.channels))
	}
	if borrowed {
		y = v.squeeze(y, at)
	}
	if swapped {
		y = v.transpose(y, 0, 1, 3, 2)
	}
	if v.r.IntN(3) == 0 {
		y = v.bn(y, int(v.channels))
	}
	if framed {
		y = v.transpose(y, v.frame...)
	}
	return v.scaled(y)
}

// scaled multiplies the channels, or the numbers along another axis, or nothing.
func (v *viewer) scaled(y *graph.Value) *graph.Value {
	shape := slices.Repeat([]int64{1}, len(v.frame))
	switch v.r.IntN(8) {
	case 0, 1:
		shape[slices.Index(v.frame, 1)] = v.channels
	case 2:
		shape[v.r.IntN(len(shape))] = v.channels // right only where it is the channels, or has as many elements
	default:
		return y
	}
	return v.mul(y, v.constant(shape...))
}

func viewerGraph(seed uint64) *graph.Model {
	v := &viewer{builder: newBuilder(seed), stride: 1}
	v.r = rand.New(rand.NewPCG(seed, 20))
	v.channels = 2 + v.r.Int64N(2)
	axes := 1 + v.r.IntN(2)
	for i := range axes + 2 {
		v.frame = append(v.frame, int64(i))
	}
	if v.r.IntN(2) == 0 {
		v.r.Shuffle(len(v.frame), func(i, j int) { v.frame[i], v.frame[j] = v.frame[j], v.frame[i] })
	}
	if v.r.IntN(5) == 0 {
		v.stride = 2
	}
	dims := slices.Repeat([]int64{-1}, len(v.frame))
	dims[slices.Index(v.frame, 1)] = v.channels
	x := v.input("x", dims...)
	values := []*graph.Value{}
	for range 2 + v.r.IntN(2) {
		if v.stride == 1 && len(values) > 0 && v.r.IntN(3) == 0 {
			values = append(values, v.scaled(x))
			continue
		}
		values = append(values, v.branch(x))
	}
	v.r.Shuffle(len(values), func(i, j int) { values[i], values[j] = values[j], values[i] })
	y := values[0]
	for _, z := range values[1:] {
		y = v.add(y, z)
	}
	return inOpset(seed, v.output(y))
}

// TestRandomViews merges branches that move axes at random, and compares the answers.
func TestRandomViews(t *testing.T) {
	d := draw(t, "branches that move axes", 3000, fromSeven())
	graphs, ran, fused := d.Graphs, 0, 0
	for seed := range d.seeds() {
		after, runs := fusedAlike(t, d, seed, func() *graph.Model { return viewerGraph(seed) }, func(declared []tensor.Dim) (shapes [][]int64) {
			for _, size := range []int64{1, 2, 3, 5} {
				var dims []int64
				for i, d := range declared {
					if d.Size < 0 {
						d.Size = 1 + (size+int64(i))%5
					}
					dims = append(dims, d.Size)
				}
				shapes = append(shapes, dims)
			}
			return shapes
		})
		ran += runs
		if got := ops(after); maps.Equal(got, map[string]int{"Conv": 1}) || maps.Equal(got, map[string]int{"Conv": 1, "Transpose": 2}) {
			fused++
		}
	}
	t.Logf("%d of %d graphs were fused, %d runs", fused, graphs, ran)
	if ran < graphs || fused < graphs/3 {
		t.Errorf("only %d of %d graphs were fused, %d runs", fused, graphs, ran)
	}
}
