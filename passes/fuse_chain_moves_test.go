package passes_test

import (
	"maps"
	"math/rand/v2"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/passes/passtest"
	"github.com/acdeploy/acdeploy/tensor"
)

// every is every step-th element from an offset on, along each spatial axis, as one Slice.
func (b *builder) every(x *graph.Value, offset, step []int64) *graph.Value {
	ends, axes := make([]int64, len(step)), make([]int64, len(step))
	for i := range step {
		ends[i], axes[i] = 1<<40, int64(i+2)
	}
	return b.node("Slice", []*graph.Value{x, b.ints(offset...), b.ints(ends...), b.ints(axes...), b.ints(step...)})
}

func (b *builder) concat(values ...*graph.Value) *graph.Value {
	return b.node("Concat", values, graph.IntAttr("axis", 1))
}

// gathered takes channels.
func (b *builder) gathered(x *graph.Value, channels ...int64) *graph.Value {
	return b.node("Gather", []*graph.Value{x, b.ints(channels...)}, graph.IntAttr("axis", 1))
}

// split takes the channels apart.
func (b *builder) split(x *graph.Value, sizes ...int64) []*graph.Value {
	n := b.node("Split", []*graph.Value{x, b.ints(sizes...)}, graph.IntAttr("axis", 1)).Producer()
	for range sizes[1:] {
		if err := n.AddOutput(b.g.NewValue("part")); err != nil {
			panic(err)
		}
	}
	var parts []*graph.Value
	for i := range sizes {
		parts = append(parts, n.Output(i))
	}
	return parts
}

// focus is the start of YOLOv5: the four pixels of each square become channels.
func (b *builder) focus(x *graph.Value, each func(x *graph.Value) *graph.Value) *graph.Value {
	var parts []*graph.Value
	for _, offset := range [][]int64{{0, 0}, {1, 0}, {0, 1}, {1, 1}} {
		parts = append(parts, each(b.every(x, offset, []int64{2, 2})))
	}
	return b.concat(parts...)
}

func itself(x *graph.Value) *graph.Value { return x }

// TestConvolutionsReadThroughMoves composes a convolution with what only moves the numbers that it reads.
func TestConvolutionsReadThroughMoves(t *testing.T) {
	one := map[string]int{"Conv": 1}
	from := func(in int64, kernel, pad int64) convShape {
		return convShape{in: in, out: 4, kernel: []int64{kernel, kernel}, pads: []int64{pad, pad, pad, pad}, bias: true}
	}
	known, unknown := []int64{-1, 4, 6, 8}, []int64{-1, 4, -1, -1}
	sizes := [][]int64{{2, 4, 6, 8}}
	anySize := [][]int64{{1, 4, 2, 2}, {1, 4, 4, 6}, {2, 4, 8, 2}}
	for name, c := range map[string]linearCase{
		"focus": {known, sizes, func(b *builder, x *graph.Value) *graph.Value {
			return b.conv(b.focus(x, itself), from(16, 3, 1))
		}, one, ""},
		"focus_of_any_size": {unknown, anySize, func(b *builder, x *graph.Value) *graph.Value {
			return b.conv(b.focus(x, itself), from(16, 3, 1))
		}, one, ""},
		"focus_with_a_norm_for_each_part": {unknown, anySize, func(b *builder, x *graph.Value) *graph.Value {
			return b.conv(b.focus(x, func(x *graph.Value) *graph.Value { return b.bn(x, 4) }), from(16, 1, 0))
		}, one, ""},
		"focus_with_a_scale_for_each_part": {unknown, anySize, func(b *builder, x *graph.Value) *graph.Value {
			return b.conv(b.focus(x, func(x *graph.Value) *graph.Value { return b.mul(x, b.constant(4, 1, 1)) }), from(16, 3, 1))
		}, one, ""},
		"focus_axis_by_axis": {unknown, anySize, func(b *builder, x *graph.Value) *graph.Value {
			half := func(x *graph.Value, axis, at int64) *graph.Value {
				return b.node("Slice", []*graph.Value{x, b.ints(at), b.ints(1 << 40), b.ints(axis), b.ints(2)})
			}
			top, bottom := half(x, 2, 0), half(x, 2, 1)
			y := b.concat(half(top, 3, 0), half(bottom, 3, 0), half(top, 3, 1), half(bottom, 3, 1))
			return b.conv(y, from(16, 3, 1))
		}, one, ""},
		"focus_to_a_size_that_is_known": {known, sizes, func(b *builder, x *graph.Value) *graph.Value {
			var parts []*graph.Value
			for _, at := range [][]int64{{0, 0}, {1, 0}, {0, 1}, {1, 1}} {
				parts = append(parts, b.node("Slice", []*graph.Value{x, b.ints(at...), b.ints(6, 8), b.ints(2, 3), b.ints(2, 2)}))
			}
			return b.conv(b.concat(parts...), from(16, 3, 1))
		}, one, ""},
		"space_to_depth": {unknown, anySize, func(b *builder, x *graph.Value) *graph.Value {
			return b.conv(b.node("SpaceToDepth", []*graph.Value{x}, graph.IntAttr("blocksize", 2)), from(16, 3, 1))
		}, one, ""},
		"pixel_unshuffle": {known, sizes, func(b *builder, x *graph.Value) *graph.Value {
			y := b.transpose(b.reshape(x, -1, 4, 3, 2, 4, 2), 0, 1, 3, 5, 2, 4)
			return b.conv(b.reshape(y, -1, 16, 3, 4), from(16, 3, 1))
		}, one, ""},
		"pixel_unshuffle_of_any_size": {unknown, anySize, func(b *builder, x *graph.Value) *graph.Value {
			return b.conv(b.unshuffled(x, 4, false), from(16, 3, 1))
		}, one, ""},
		"channel_shuffle": {known, sizes, func(b *builder, x *graph.Value) *graph.Value {
			y := b.transpose(b.reshape(x, -1, 2, 2, 6, 8), 0, 2, 1, 3, 4)
			return b.conv(b.reshape(y, -1, 4, 6, 8), from(4, 3, 1))
		}, one, ""},
		"bgr_to_rgb": {unknown, anySize, func(b *builder, x *graph.Value) *graph.Value {
			return b.conv(b.gathered(x, 2, 1, 0, -1), from(4, 3, 1))
		}, one, ""},
		"halves_swapped": {unknown, anySize, func(b *builder, x *graph.Value) *graph.Value {
			parts := b.split(x, 1, 3)
			return b.conv(b.concat(parts[1], parts[0]), from(4, 3, 1))
		}, one, ""},
		"tiled": {unknown, anySize, func(b *builder, x *graph.Value) *graph.Value {
			return b.conv(b.node("Tile", []*graph.Value{x, b.ints(1, 2, 1, 1)}), from(8, 3, 1))
		}, one, ""},
		"joined_with_itself": {unknown, anySize, func(b *builder, x *graph.Value) *graph.Value {
			return b.conv(b.concat(x, x, x), from(12, 3, 1))
		}, one, ""},
		"channels_chosen_behind": {unknown, anySize, func(b *builder, x *graph.Value) *graph.Value {
			return b.gathered(b.bn(b.conv(x, square()), 4), 3, 1, 0)
		}, one, ""},
		"channels_cut_out_behind": {unknown, anySize, func(b *builder, x *graph.Value) *graph.Value {
			return b.node("Slice", []*graph.Value{b.conv(x, square()), b.ints(1), b.ints(3), b.ints(1)})
		}, one, ""},
		"channels_shuffled_behind": {known, sizes, func(b *builder, x *graph.Value) *graph.Value {
			y := b.transpose(b.reshape(b.conv(x, square()), -1, 2, 2, 6, 8), 0, 2, 1, 3, 4)
			return b.reshape(y, -1, 4, 6, 8)
		}, one, ""},
		// What must stay.
		"tiled_behind": {unknown, anySize, func(b *builder, x *graph.Value) *graph.Value {
			return b.node("Tile", []*graph.Value{b.conv(x, square()), b.ints(1, 2, 1, 1)})
		}, map[string]int{"Conv": 1, "Tile": 1}, ""},
		"repeated_behind": {unknown, anySize, func(b *builder, x *graph.Value) *graph.Value {
			return b.gathered(b.conv(x, square()), 0, 1, 2, 3, 0)
		}, map[string]int{"Conv": 1, "Gather": 1}, ""},
		"used_elsewhere": {unknown, anySize, func(b *builder, x *graph.Value) *graph.Value {
			y := b.focus(x, itself)
			return b.add(b.conv(y, convShape{in: 16, out: 16, kernel: []int64{1, 1}}), b.node("Relu", []*graph.Value{y}))
		}, map[string]int{"Conv": 1, "Slice": 4, "Concat": 1, "Relu": 1, "Add": 1}, ""},
		"two_corners_of_a_square": {unknown, anySize, func(b *builder, x *graph.Value) *graph.Value {
			y := b.concat(b.every(x, []int64{0, 0}, []int64{2, 2}), b.every(x, []int64{1, 1}, []int64{2, 2}))
			return b.conv(y, from(8, 3, 1))
		}, map[string]int{"Conv": 1, "Slice": 2, "Concat": 1}, passes.Costlier},
		"constant_at_the_border": {unknown, anySize, func(b *builder, x *graph.Value) *graph.Value {
			return b.conv(b.focus(x, func(x *graph.Value) *graph.Value { return b.add(x, b.constant(4, 1, 1)) }), from(16, 3, 1))
		}, map[string]int{"Conv": 1, "Slice": 4, "Concat": 1, "Add": 4}, passes.Border},
		"indices_that_are_computed": {unknown, anySize, func(b *builder, x *graph.Value) *graph.Value {
			at := b.node("Slice", []*graph.Value{b.node("Shape", []*graph.Value{x}), b.ints(1), b.ints(2), b.ints(0)})
			at = b.node("Sub", []*graph.Value{at, b.ints(1)})
			y := b.node("Gather", []*graph.Value{x, b.node("Mod", []*graph.Value{at, b.ints(2)})}, graph.IntAttr("axis", 1))
			return b.conv(y, from(1, 3, 1))
		}, nil, ""},
		"unshuffle_of_a_size_that_is_not_known": {unknown, [][]int64{{1, 4, 2, 4}, {2, 4, 2, 6}}, func(b *builder, x *graph.Value) *graph.Value {
			y := b.transpose(b.reshape(x, 0, 4, 1, 2, -1, 2), 0, 1, 3, 5, 2, 4)
			return b.conv(b.reshape(y, 0, 16, 1, -1), from(16, 1, 0))
		}, map[string]int{"Conv": 1, "Reshape": 2, "Transpose": 1}, ""},
		"pixels_that_change_places": {known, sizes, func(b *builder, x *graph.Value) *graph.Value {
			y := b.transpose(b.reshape(x, -1, 4, 2, 3, 8), 0, 1, 3, 2, 4)
			return b.conv(b.reshape(y, -1, 4, 6, 8), from(4, 1, 0))
		}, map[string]int{"Conv": 1, "Reshape": 2, "Transpose": 1}, ""},
		"parts_of_other_values": {unknown, anySize, func(b *builder, x *graph.Value) *graph.Value {
			return b.conv(b.concat(x, b.node("Relu", []*graph.Value{x})), from(8, 1, 0))
		}, map[string]int{"Conv": 1, "Concat": 1, "Relu": 1}, ""},
		"depthwise_after_a_shuffle": {unknown, anySize, func(b *builder, x *graph.Value) *graph.Value {
			return b.conv(b.gathered(x, 2, 1, 0, 3), depthwise(3, 3))
		}, map[string]int{"Conv": 1, "Gather": 1}, passes.Costlier},
	} {
		t.Run(name, func(t *testing.T) {
			if c.want == nil {
				after, _ := passtest.Run(t, func() *graph.Model {
					b := newBuilder(31)
					return b.output(c.block(b, b.input("x", c.dims...)))
				}, defaults(), [][]int64{c.sizes[0]})
				if ops(after)["Gather"] != 1 {
					t.Errorf("operators %v", ops(after))
				}
				return
			}
			c.run(t, nil)
		})
	}
}

// mover makes random graphs of a convolution behind random moves.
type mover struct {
	*builder
	size []int64 // of each axis, −1 where it is not declared
}

// move is a random move of x and how many channels it has then.
func (m *mover) move(x *graph.Value, channels int64) (*graph.Value, int64) {
	axes := len(m.size)
	switch kind := m.r.IntN(10); {
	case kind < 4: // slices, joined in any order, all of them or some
		step, places := make([]int64, axes), int64(1)
		for i := range step {
			step[i] = []int64{1, 2, 2, 3}[m.r.IntN(4)]
			places *= step[i]
		}
		count := int(places)
		if m.r.IntN(6) == 0 {
			count = 1 + m.r.IntN(count)
		}
		var parts []*graph.Value
		for _, place := range m.r.Perm(int(places))[:count] {
			offset := make([]int64, axes)
			for i := range offset {
				offset[i], place = int64(place)%step[i], place/int(step[i])
			}
			if m.r.IntN(12) == 0 {
				offset[0]++
			}
			parts = append(parts, m.mapped(m.every(x, offset, step), channels))
		}
		m.shrink(step)
		return m.concat(parts...), channels * int64(count)
	case kind == 4 && axes == 2:
		m.shrink([]int64{2, 2})
		return m.node("SpaceToDepth", []*graph.Value{x}, graph.IntAttr("blocksize", 2)), channels * 4
	case kind == 5 && axes == 2 && m.r.IntN(2) == 0:
		m.shrink([]int64{2, 2})
		return m.unshuffled(x, channels, m.r.IntN(4) == 0), channels * 4
	case kind == 5 && axes == 2 && m.size[0] > 0 && m.size[0]%2 == 0 && m.size[1] > 0 && m.size[1]%2 == 0:
		h, w := m.size[0]/2, m.size[1]/2
		m.size = []int64{h, w}
		y := m.reshape(x, -1, channels, h, 2, w, 2)
		perm := [][]int64{{0, 1, 3, 5, 2, 4}, {0, 3, 5, 1, 2, 4}, {0, 5, 1, 3, 2, 4}}[m.r.IntN(3)]
		return m.reshape(m.transpose(y, perm...), -1, channels*4, h, w), channels * 4
	case kind == 6 && channels%2 == 0 && axes == 2 && min(m.size[0], m.size[1]) > 0:
		y := m.transpose(m.reshape(x, -1, 2, channels/2, m.size[0], m.size[1]), 0, 2, 1, 3, 4)
		return m.reshape(y, -1, channels, m.size[0], m.size[1]), channels
	case kind == 7 && channels > 1:
		parts := m.split(x, 1, channels-1)
		return m.concat(m.mapped(parts[1], channels-1), parts[0]), channels
	case kind == 8:
		if m.r.IntN(2) == 0 {
			return m.concat(x, m.mapped(x, channels)), channels * 2
		}
		times := append([]int64{1, 2}, make([]int64, axes)...)
		for i := range axes {
			times[2+i] = 1
		}
		return m.node("Tile", []*graph.Value{x, m.ints(times...)}), channels * 2
	}
	chosen := make([]int64, 1+m.r.IntN(int(channels)+1))
	for i := range chosen {
		chosen[i] = m.r.Int64N(channels) - m.r.Int64N(2)*channels
	}
	return m.gathered(x, chosen...), int64(len(chosen))
}

// unshuffled gives each place of a block of 2×2 pixels channels of its own, by the sizes that x has when the model runs. The batch may
// be whatever is left.
func (b *builder) unshuffled(x *graph.Value, channels int64, left bool) *graph.Value {
	shape := b.node("Shape", []*graph.Value{x})
	size := func(axis int64) *graph.Value { return b.node("Gather", []*graph.Value{shape, b.ints(axis)}) }
	half := func(axis int64) *graph.Value { return b.node("Div", []*graph.Value{size(axis), b.ints(2)}) }
	to := func(x *graph.Value, sizes ...*graph.Value) *graph.Value {
		return b.node("Reshape", []*graph.Value{x, b.node("Concat", sizes, graph.IntAttr("axis", 0))})
	}
	batch := size(0)
	if left {
		batch = b.ints(-1)
	}
	y := to(x, batch, b.ints(channels), half(2), b.ints(2), half(3), b.ints(2))
	perm := [][]int64{{0, 1, 3, 5, 2, 4}, {0, 3, 5, 1, 2, 4}, {0, 5, 1, 3, 2, 4}}[b.r.IntN(3)]
	return to(b.transpose(y, perm...), batch, b.ints(channels*4), half(2), half(3))
}

// shrink divides the sizes; those that leave a rest are no longer told.
func (m *mover) shrink(by []int64) {
	for i, n := range by {
		if m.size[i]%n != 0 {
			m.size[i] = -1
		} else {
			m.size[i] /= n
		}
	}
}

// mapped is x, or a scale or a batch normalisation of it.
func (m *mover) mapped(x *graph.Value, channels int64) *graph.Value {
	switch m.r.IntN(6) {
	case 0:
		return m.bn(x, int(channels))
	case 1:
		shape := []int64{channels}
		for range m.size {
			shape = append(shape, 1)
		}
		return m.mul(x, m.constant(shape...))
	}
	return x
}

func moverGraph(seed uint64) *graph.Model {
	m := &mover{builder: newBuilder(seed)}
	m.r = rand.New(rand.NewPCG(seed, 19))
	axes := 1 + m.r.IntN(2)
	declared := m.r.IntN(3) > 0
	for range axes {
		size := int64(1 + m.r.IntN(9))
		if m.r.IntN(2) == 0 {
			size = []int64{2, 4, 6, 8}[m.r.IntN(4)]
		}
		if !declared {
			size = -1
		}
		m.size = append(m.size, size)
	}
	channels := int64(1 + m.r.IntN(3))
	y := m.input("x", append([]int64{-1, channels}, m.size...)...)
	for range 1 + m.r.IntN(2) {
		y, channels = m.move(y, channels)
	}
	c := convShape{in: channels, out: int64(1 + m.r.IntN(3)), bias: m.r.IntN(2) == 0}
	for range axes {
		c.kernel = append(c.kernel, int64(1+m.r.IntN(3)))
		c.strides = append(c.strides, []int64{1, 1, 2}[m.r.IntN(3)])
		c.dilations = append(c.dilations, []int64{1, 1, 1, 2}[m.r.IntN(4)])
	}
	if m.r.IntN(3) > 0 {
		for range 2 * axes {
			c.pads = append(c.pads, m.r.Int64N(3))
		}
	}
	if m.r.IntN(6) == 0 {
		c.group, c.out = channels, channels*int64(1+m.r.IntN(2))
	}
	return inOpset(seed, m.output(m.conv(y, c)))
}

// TestRandomMoves composes convolutions with random moves before them, and compares the answers at all borders.
func TestRandomMoves(t *testing.T) {
	d := draw(t, "convolutions that read through moves", 3500, fromSeven())
	graphs, ran, fused := d.Graphs, 0, 0
	for seed := range d.seeds() {
		after, runs := fusedAlike(t, d, seed, func() *graph.Model { return moverGraph(seed) }, func(declared []tensor.Dim) (shapes [][]int64) {
			for _, size := range [][]int64{{4, 6}, {2, 2}, {7, 9}, {6, 1}, {9, 3}} {
				dims := []int64{2, declared[1].Size}
				for i, d := range declared[2:] {
					if d.Size > 0 {
						size[i] = d.Size
					}
					dims = append(dims, size[i])
				}
				shapes = append(shapes, dims)
			}
			return shapes
		})
		if runs == 0 {
			continue
		}
		ran++
		if maps.Equal(ops(after), map[string]int{"Conv": 1}) {
			fused++
		}
	}
	t.Logf("%d of %d graphs ran, %d became one convolution", ran, graphs, fused)
	if ran < graphs/2 || fused < graphs/3 {
		t.Errorf("only %d of %d graphs ran, and %d became one convolution", ran, graphs, fused)
	}
}
