package passes_test

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/passes/passtest"
)

// TestBranchesThatMoveChannels merges branches that choose, repeat or join channels of the input.
func TestBranchesThatMoveChannels(t *testing.T) {
	one := map[string]int{"Conv": 1}
	from := func(in, out, kernel int64) convShape {
		return convShape{in: in, out: out, kernel: []int64{kernel, kernel}, pads: []int64{kernel / 2, kernel / 2, kernel / 2, kernel / 2}}
	}
	unknown, sizes := []int64{-1, 4, -1, -1}, [][]int64{{1, 4, 1, 1}, {2, 4, 2, 3}, {1, 4, 5, 7}}
	single := []int64{-1, 1, -1, -1}
	for name, c := range map[string]linearCase{
		"input_four_times": {unknown, sizes, func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.conv(x, from(4, 16, 3)), b.concat(x, x, x, x))
		}, one, ""},
		"input_tiled": {unknown, sizes, func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.node("Tile", []*graph.Value{x, b.ints(1, 3, 1, 1)}), b.conv(x, from(4, 12, 3)))
		}, one, ""},
		"input_expanded": {single, [][]int64{{1, 1, 1, 1}, {2, 1, 3, 4}}, func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.node("Expand", []*graph.Value{x, b.ints(1, 4, 1, 1)}), b.conv(x, from(1, 4, 3)))
		}, one, ""},
		"channels_in_another_order": {unknown, sizes, func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.bn(b.gathered(x, 3, 1, -2, 0), 4), b.conv(x, square()))
		}, one, ""},
		"parts_added_up": {unknown, sizes, func(b *builder, x *graph.Value) *graph.Value {
			parts := b.split(x, 1, 3)
			return b.add(b.conv(parts[0], from(1, 5, 3)), b.bn(b.conv(parts[1], from(3, 5, 3)), 5))
		}, one, ""},
		"joined_parts": {unknown, sizes, func(b *builder, x *graph.Value) *graph.Value {
			y := b.concat(b.conv(x, from(4, 2, 3)), b.conv(x, from(4, 2, 3)))
			return b.add(b.conv(x, square()), y)
		}, one, ""},
		// What must stay.
		"parts_with_kernels_of_two_sizes": {unknown, sizes, func(b *builder, x *graph.Value) *graph.Value {
			parts := b.split(x, 2, 2)
			return b.add(b.conv(parts[0], from(2, 5, 3)), b.conv(parts[1], from(2, 5, 1)))
		}, map[string]int{"Conv": 2, "Split": 1, "Add": 1}, passes.Costlier},
		"joined_with_another_value": {unknown, sizes, func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("Relu", []*graph.Value{x})
			return b.add(b.conv(x, from(4, 8, 3)), b.concat(x, y))
		}, map[string]int{"Conv": 1, "Relu": 1, "Concat": 1, "Add": 1}, ""},
	} {
		t.Run(name, func(t *testing.T) { c.run(t, nil) })
	}
}

// TestRandomMovedBranches adds branches up that move channels at random.
func TestRandomMovedBranches(t *testing.T) {
	d := draw(t, "branches that choose, repeat or join channels", 2000, fromSeven())
	graphs, ran, fused := d.Graphs, 0, 0
	for seed := range d.seeds() {
		build := func() *graph.Model {
			m := &mover{builder: newBuilder(seed), size: []int64{-1, -1}}
			m.r = rand.New(rand.NewPCG(seed, 22))
			channels, out := 1+m.r.Int64N(4), 1+m.r.Int64N(4)
			x := m.input("x", -1, channels, -1, -1)
			var y *graph.Value
			for range 2 + m.r.IntN(2) {
				v, c := x, channels
				for range m.r.IntN(3) {
					v, c = m.chosen(v, c)
				}
				if c != out || m.r.IntN(3) > 0 {
					v = m.conv(v, convShape{in: c, out: out, kernel: []int64{3, 1}, pads: []int64{1, 0, 1, 0}})
				}
				if v = m.mapped(v, out); y != nil {
					v = m.add(y, v)
				}
				y = v
			}
			return inOpset(seed, m.output(m.node("Relu", []*graph.Value{y})))
		}
		before := build()
		after, result, err := passtest.Check(build, defaults())
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		d.count(before.Opsets[0].Version, result.Rewrites() > 0)
		for _, size := range [][]int64{{1, 1}, {4, 3}} {
			dims := []int64{2, before.Graph.Inputs()[0].Type().Shape[1].Size, size[0], size[1]}
			err := passtest.Equal(before, after, passtest.Inputs(before, [][]int64{dims}, seed))
			if errors.Is(err, passtest.ErrBefore) {
				continue
			}
			if err != nil {
				t.Fatalf("seed %d, size %v: %v\nbefore\n%s\nafter\n%s", seed, dims, err, passtest.Text(before), passtest.Text(after))
			}
			ran++
		}
		if result.Rewrites() > 0 && ops(after)["Add"] == 0 {
			fused++
		}
	}
	t.Logf("%d of %d graphs became one convolution, %d runs", fused, graphs, ran)
	if ran < graphs || fused < graphs/4 {
		t.Errorf("only %d of %d graphs became one convolution, %d runs", fused, graphs, ran)
	}
}

// chosen is a random choice among the channels of x.
func (m *mover) chosen(x *graph.Value, channels int64) (*graph.Value, int64) {
	switch m.r.IntN(4) {
	case 0:
		return m.concat(x, m.mapped(x, channels)), 2 * channels
	case 1:
		return m.node("Tile", []*graph.Value{x, m.ints(1, 2, 1, 1)}), 2 * channels
	case 2:
		if channels > 1 {
			parts := m.split(x, 1, channels-1)
			return m.concat(parts[1], parts[0]), channels
		}
	}
	list := make([]int64, 1+m.r.IntN(int(channels)))
	for i := range list {
		list[i] = m.r.Int64N(channels)
	}
	return m.gathered(x, list...), int64(len(list))
}
