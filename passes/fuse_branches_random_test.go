package passes_test

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes/passtest"
)

// linear makes random graphs of nothing but linear nodes: chains of convolutions, pools, samples, crops, borders,
// pads and constants, summed in every way, some values used twice.
type linear struct {
	*builder
	pool []made // what was made so far
	same bool   // whether every node without a stride keeps the size
}

// made is a value with its channels and how much it was strided.
type made struct {
	value    *graph.Value
	channels int64
	stride   int
}

func (l *linear) step(x made) made {
	y := made{channels: x.channels, stride: x.stride}
	kernel := []int64{[]int64{1, 1, 2, 3}[l.r.IntN(4)], []int64{1, 1, 2, 3}[l.r.IntN(4)]}
	strides := []int64{1, 1}
	if x.stride == 1 && l.r.IntN(4) == 0 {
		strides, y.stride = []int64{2, 2}, 2
	}
	pads := []int64{l.r.Int64N(2), l.r.Int64N(2), l.r.Int64N(2), l.r.Int64N(2)}
	if l.same || l.r.IntN(2) == 0 { // as large as the kernel asks for
		pads = []int64{(kernel[0] - 1) / 2, (kernel[1] - 1) / 2, kernel[0] / 2, kernel[1] / 2}
	}
	window := []*graph.Attr{graph.IntsAttr("kernel_shape", kernel...), graph.IntsAttr("strides", strides...), graph.IntsAttr("pads", pads...)}
	kind := l.r.IntN(13)
	if l.same && (kind == 3 || kind == 4) {
		kind = 5
	}
	switch kind {
	case 0:
		include := int64(l.r.IntN(4))
		y.value = l.node("AveragePool", []*graph.Value{x.value}, append(window, graph.IntAttr("count_include_pad", min(include, 1)))...)
	case 1:
		y.value = l.node("MaxPool", []*graph.Value{x.value}, graph.IntsAttr("kernel_shape", 1, 1), graph.IntsAttr("strides", strides...))
	case 2:
		y.value = l.node("Slice", []*graph.Value{x.value, l.ints(0, 0), l.ints(1<<40, 1<<40), l.ints(2, 3), l.ints(strides...)})
	case 3:
		y.stride, y.value = x.stride, l.node("Pad", []*graph.Value{x.value, l.ints(append([]int64{0, 0, pads[0], pads[1], 0, 0}, pads[2:]...)...)})
	case 4:
		y.stride = x.stride
		y.value = l.node("Slice", []*graph.Value{x.value, l.ints(pads[0]), l.ints([]int64{1 << 40, -1}[l.r.IntN(2)]), l.ints(2)})
	case 5:
		y.stride, y.value = x.stride, l.bn(x.value, int(x.channels))
	case 6:
		y.stride, y.value = x.stride, l.mul(x.value, l.constant([][]int64{{}, {1}, {x.channels, 1, 1}}[l.r.IntN(3)]...))
	case 7:
		y.stride, y.channels, y.value = x.stride, l.channels(x), nil
		switch first := l.r.Int64N(2); {
		case y.channels > x.channels:
			y.value = l.node("Pad", []*graph.Value{x.value, l.ints(0, first, 0, 0, 0, y.channels-x.channels-first, 0, 0)})
		case l.r.IntN(2) == 0 && y.channels*2 == x.channels:
			y.value = l.node("Slice", []*graph.Value{x.value, l.ints(first), l.ints(1 << 40), l.ints(-3), l.ints(2)})
		default:
			y.value = l.node("Slice", []*graph.Value{x.value, l.ints(-y.channels), l.ints(1 << 40), l.ints(1)})
		}
	default:
		c := convShape{in: x.channels, out: []int64{1, 2, 4}[l.r.IntN(3)], kernel: kernel, strides: strides, pads: pads, bias: l.r.IntN(3) == 0}
		if c.out%c.in == 0 && l.r.IntN(3) == 0 {
			c.group = c.in
		}
		y.channels, y.value = c.out, l.conv(x.value, c)
		if !l.same && l.r.IntN(3) == 0 {
			y.value = l.frame(y.value)
		}
	}
	return y
}

// channels is another number of channels than x has.
func (l *linear) channels(x made) int64 {
	if n := []int64{1, 2, 4}[l.r.IntN(3)]; n != x.channels {
		return n
	}
	return x.channels%4 + x.channels/4 + 1
}

// frame writes a border around a convolution: mostly its constant, on mostly all sides that it pads.
func (l *linear) frame(y *graph.Value) *graph.Value {
	edge := make([]float32, y.Producer().Input(1).Data().Shape()[0])
	if bias := y.Producer().Input(2); bias != nil {
		for i, v := range bias.Data().Float64s() {
			edge[i] = float32(v)
		}
	}
	if l.r.IntN(8) == 0 {
		edge[l.r.IntN(len(edge))]++
	}
	width := [4]int64{l.r.Int64N(3), l.r.Int64N(2), l.r.Int64N(2), l.r.Int64N(3)} // top, left, bottom, right
	y = l.node("Pad", []*graph.Value{y, l.ints(append([]int64{0, 0, width[0], width[1], 0, 0}, width[2:]...)...)})
	for i, n := range width {
		if n == 0 || l.r.IntN(12) == 0 {
			continue
		}
		at := upTo(n)
		for j := range at {
			if i > 1 {
				at[j] -= n
			}
		}
		y = l.written(y, margin{int64(2 + i%2), at, edge})
	}
	return y
}

// add sums values up whose channels and strides are those of the first. Their sizes need not be.
func (l *linear) add(x made) made {
	values := []*graph.Value{x.value}
	for _, y := range l.pool {
		if y.channels == x.channels && y.stride == x.stride && len(values) < 4 && l.r.IntN(2) == 0 {
			values = append(values, y.value)
		}
	}
	switch {
	case len(values) == 1:
	case l.r.IntN(5) == 0:
		x.value = l.stacked(0, values...)
	case l.r.IntN(5) == 0:
		x.value = l.node("Mean", values)
	case l.r.IntN(3) == 0:
		x.value = l.node("Sum", values)
	default:
		for _, v := range values[1:] {
			x.value = l.node([]string{"Add", "Add", "Sub"}[l.r.IntN(3)], []*graph.Value{x.value, v})
		}
	}
	return x
}

func linearGraph(seed uint64) *graph.Model {
	l := &linear{builder: newBuilder(seed)}
	l.r = rand.New(rand.NewPCG(seed, 9))
	l.same = l.r.IntN(4) > 0
	channels := []int64{1, 2, 4}[l.r.IntN(3)]
	size := []int64{-1, int64(4 + l.r.IntN(6))}[l.r.IntN(2)]
	start := made{l.input("x", -1, channels, size, size), channels, 1}
	l.pool = []made{start}
	for range 2 + l.r.IntN(7) {
		x := l.pool[l.r.IntN(len(l.pool))]
		for range 1 + l.r.IntN(3) {
			x = l.step(x)
		}
		l.pool = append(l.pool, l.add(x))
	}
	last := l.pool[len(l.pool)-1].value
	if l.r.IntN(4) == 0 {
		if other := l.pool[len(l.pool)-2].value; other != last && other != start.value {
			l.g.AddOutput(other)
		}
	}
	return inOpset(seed, l.output(last))
}

// TestRandomLinearGraphs fuses graphs of nothing but linear nodes: with chains in sums in chains, shared
// values, and strides at sizes that are known or not.
func TestRandomLinearGraphs(t *testing.T) {
	d := draw(t, "linear graphs: chains in sums in chains", 4000, fromSeven())
	graphs, ran, chains, branches, frames := d.Graphs, 0, 0, 0, 0
	for seed := range d.seeds() {
		build := func() *graph.Model { return linearGraph(seed) }
		before := build()
		after, result, err := passtest.Check(build, defaults())
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		d.count(before.Opsets[0].Version, result.Rewrites() > 0)
		shape := before.Graph.Inputs()[0].Type().Shape
		fits := false
		for _, size := range [][]int64{{7, 8}, {9, 6}, {4, 5}} {
			if shape[2].Size > 0 {
				size = []int64{shape[2].Size, shape[3].Size}
			}
			in := passtest.Inputs(before, [][]int64{{1, shape[1].Size, size[0], size[1]}}, seed)
			err := passtest.Equal(before, after, in)
			if errors.Is(err, passtest.ErrBefore) {
				continue
			}
			if err != nil {
				t.Fatalf("seed %d, size %v: %v\nbefore\n%s\nafter\n%s", seed, size, err, passtest.Text(before), passtest.Text(after))
			}
			fits = true
		}
		if !fits {
			continue
		}
		ran++
		if ops(before)["ScatterND"] > ops(after)["ScatterND"] {
			frames++
		}
		for _, p := range result.Passes {
			switch p.Name {
			case "fuse_chain":
				chains += len(p.Rewrites)
			case "fuse_branches":
				branches += len(p.Rewrites)
			}
		}
	}
	t.Logf("%d of %d graphs ran, %d chains and %d sums were fused, borders in %d", ran, graphs, chains, branches, frames)
	if ran < graphs/4 || chains < graphs/4 || branches < graphs/8 || frames < graphs/100 {
		t.Errorf("only %d of %d graphs ran, %d chains and %d sums were fused, borders in %d", ran, graphs, chains, branches, frames)
	}
}
