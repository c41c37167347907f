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

// convTranspose is a transposed convolution; more is its output_padding, nil for none.
func (b *builder) convTranspose(x *graph.Value, c convShape, more []int64, attrs ...*graph.Attr) *graph.Value {
	group := max(c.group, 1)
	in := []*graph.Value{x, b.constant(append([]int64{c.in, c.out / group}, c.kernel...)...)}
	if c.bias {
		in = append(in, b.constant(c.out))
	}
	if group > 1 {
		attrs = append(attrs, graph.IntAttr("group", group))
	}
	for i, list := range [][]int64{c.strides, c.dilations, c.pads, more} {
		if list != nil {
			attrs = append(attrs, graph.IntsAttr([]string{"strides", "dilations", "pads", "output_padding"}[i], list...))
		}
	}
	return b.node("ConvTranspose", in, attrs...)
}

// TestParallelTransposedConvolutions merges transposed convolutions of one value whose results have one size.
func TestParallelTransposedConvolutions(t *testing.T) {
	twice := []int64{2, 2}
	wide := convShape{in: 4, out: 6, kernel: []int64{4, 4}, strides: twice, pads: []int64{1, 1, 1, 1}}
	small := convShape{in: 4, out: 6, kernel: []int64{2, 2}, strides: twice, bias: true}
	odd := convShape{in: 4, out: 6, kernel: []int64{3, 3}, strides: twice, pads: []int64{1, 1, 1, 1}}
	dims, sizes := []int64{-1, 4, -1, -1}, [][]int64{{1, 4, 1, 1}, {2, 4, 2, 3}, {1, 4, 5, 4}}
	one, two := map[string]int{"ConvTranspose": 1}, map[string]int{"ConvTranspose": 2, "Add": 1}
	for name, c := range map[string]linearCase{
		"two_with_norms": {dims, sizes, func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.bn(b.convTranspose(x, wide, nil), 6), b.bn(b.convTranspose(x, small, nil), 6))
		}, one, ""},
		"output_padding": {dims, sizes, func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.convTranspose(x, odd, []int64{1, 1}), b.convTranspose(x, small, nil))
		}, one, ""},
		"same": {dims, sizes, func(b *builder, x *graph.Value) *graph.Value {
			auto := wide
			auto.pads = nil
			return b.add(b.convTranspose(x, small, nil), b.convTranspose(x, auto, nil, graph.StringAttr("auto_pad", "SAME_UPPER")))
		}, one, ""},
		"output_shape": {[]int64{-1, 4, 3, 5}, [][]int64{{2, 4, 3, 5}}, func(b *builder, x *graph.Value) *graph.Value {
			auto := wide
			auto.pads = nil
			return b.add(b.convTranspose(x, small, nil), b.convTranspose(x, auto, nil, graph.IntsAttr("output_shape", 6, 10)))
		}, one, ""},
		"groups": {dims, sizes, func(b *builder, x *graph.Value) *graph.Value {
			grouped := wide
			grouped.group = 2
			return b.sub(b.convTranspose(x, wide, nil), b.mul(b.convTranspose(x, grouped, nil), b.constant(6, 1, 1)))
		}, one, ""},
		// What must stay.
		"another_size": {dims, sizes, func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("Pad", []*graph.Value{b.convTranspose(x, odd, nil), b.ints(0, 0, 0, 0, 0, 0, 1, 1)})
			return b.add(b.convTranspose(x, small, nil), y)
		}, map[string]int{"ConvTranspose": 2, "Pad": 1, "Add": 1}, ""},
		"an_odd_number_of_pads": {dims, sizes, func(b *builder, x *graph.Value) *graph.Value {
			auto := odd
			auto.pads = nil
			return b.add(b.convTranspose(x, small, nil), b.convTranspose(x, auto, nil, graph.StringAttr("auto_pad", "SAME_UPPER")))
		}, two, passes.PaddingMode},
		"output_shape_of_an_open_size": {dims, [][]int64{{1, 4, 3, 3}}, func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.convTranspose(x, small, nil), b.convTranspose(x, small, nil, graph.IntsAttr("output_shape", 6, 6)))
		}, two, passes.PaddingMode},
		"a_convolution_after_one": {dims, sizes, func(b *builder, x *graph.Value) *graph.Value {
			y := b.conv(b.convTranspose(x, small, nil), convShape{in: 6, out: 6, kernel: []int64{1, 1}})
			return b.add(b.convTranspose(x, wide, nil), y)
		}, map[string]int{"ConvTranspose": 2, "Conv": 1, "Add": 1}, passes.Unsupported},
		"far_apart": {dims, sizes, func(b *builder, x *graph.Value) *graph.Value {
			rows, columns := odd, odd
			rows.kernel, rows.pads = []int64{2, 8}, []int64{0, 3, 0, 3}
			columns.kernel, columns.pads = []int64{8, 2}, []int64{3, 0, 3, 0}
			return b.add(b.convTranspose(x, rows, nil), b.convTranspose(x, columns, nil))
		}, two, passes.Costlier},
	} {
		t.Run(name, func(t *testing.T) { c.run(t, nil) })
	}
}

// asksForItsSize takes the pads from a ConvTranspose of an image of a size, and lets it ask for what they made: mostly where they are even.
func (b *builder) asksForItsSize(n *graph.Node, size int64) {
	pads, strides := n.Ints("pads"), n.Ints("strides")
	axes := len(strides)
	to, same, odd := make([]int64, axes), true, false
	for i, k := range n.Input(1).Data().Shape()[2:] {
		total := pads[i] + pads[axes+i]
		to[i] = (size-1)*strides[i] + n.Ints("dilations")[i]*(k-1) + 1 + n.Ints("output_padding")[i] - total
		same, odd = same && to[i] == size*strides[i], odd || total%2 != 0
	}
	switch {
	case odd && b.r.IntN(8) > 0:
	case same && size > 0:
		n.RemoveAttr("pads")
		n.SetAttr(graph.StringAttr("auto_pad", []string{"SAME_UPPER", "SAME_LOWER"}[b.r.IntN(2)]))
	case size > 0:
		n.RemoveAttr("pads")
		n.SetAttr(graph.IntsAttr("output_shape", to...))
	}
}

func transposedGraph(seed uint64) *graph.Model {
	b := newBuilder(seed)
	b.r = rand.New(rand.NewPCG(seed, 21))
	axes := 1 + b.r.IntN(2)
	in, out := []int64{1, 2, 4}[b.r.IntN(3)], []int64{1, 2, 4}[b.r.IntN(3)]
	size := []int64{-1, 3, 5}[b.r.IntN(3)]
	x := b.input("x", append([]int64{-1, in}, slices.Repeat([]int64{size}, axes)...)...)
	strides, growth := make([]int64, axes), make([]int64, axes)
	for i := range axes {
		strides[i], growth[i] = 1+b.r.Int64N(3), b.r.Int64N(3)-1
	}
	var y *graph.Value
	for range 2 + b.r.IntN(2) {
		c := convShape{in: in, out: out, strides: strides, bias: b.r.IntN(2) == 0}
		if b.r.IntN(3) == 0 && in%2 == 0 && out%2 == 0 {
			c.group = 2
		}
		more, ends := make([]int64, axes), make([]int64, axes)
		for i := range axes {
			kernel, dilation := 1+b.r.Int64N(4), 1+b.r.Int64N(2)
			more[i] = b.r.Int64N(strides[i])
			pads := growth[i] + more[i] + dilation*(kernel-1)
			if pads < 0 { // a kernel of another size
				kernel, dilation, pads, more[i] = 2-growth[i], 1, 1, 0
			}
			begin := b.r.Int64N(pads + 1)
			ends[i] = pads - begin
			c.kernel, c.dilations, c.pads = append(c.kernel, kernel), append(c.dilations, dilation), append(c.pads, begin)
		}
		c.pads = append(c.pads, ends...)
		branch := b.convTranspose(x, c, more)
		if n := branch.Producer(); b.r.IntN(2) == 0 {
			b.asksForItsSize(n, size)
		}
		if b.r.IntN(2) == 0 {
			branch = b.bn(branch, int(out))
		}
		switch {
		case y == nil:
			y = branch
		case b.r.IntN(4) == 0:
			y = b.sub(branch, y)
		default:
			y = b.add(y, branch)
		}
	}
	return inOpset(seed, b.output(y))
}

// TestRandomTransposedConvolutions merges random ones, and compares the answers.
func TestRandomTransposedConvolutions(t *testing.T) {
	d := draw(t, "transposed convolutions side by side", 2000, fromSeven())
	graphs, ran, fused := d.Graphs, 0, 0
	for seed := range d.seeds() {
		after, runs := fusedAlike(t, d, seed, func() *graph.Model { return transposedGraph(seed) }, func(declared []tensor.Dim) (shapes [][]int64) {
			for _, size := range []int64{1, 2, 4} {
				dims := []int64{2}
				for _, d := range declared[1:] {
					if d.Size < 0 {
						d.Size = size
					}
					dims = append(dims, d.Size)
				}
				shapes = append(shapes, dims)
			}
			return shapes
		})
		ran += runs
		if maps.Equal(ops(after), map[string]int{"ConvTranspose": 1}) {
			fused++
		}
	}
	t.Logf("%d of %d graphs became one transposed convolution, %d runs", fused, graphs, ran)
	if ran < graphs || fused < graphs/3 {
		t.Errorf("only %d of %d graphs became one transposed convolution, %d runs", fused, graphs, ran)
	}
}
