package passes_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes/passtest"
)

// randomBlock is a sum of random branches over one input: convolutions of many geometries, behind
// crops and pads, with batch normalisations and constants around them, in sums of any nesting. Most
// can merge, some must not; either way the answers have to stay.
func randomBlock(seed uint64) *graph.Model {
	b := newBuilder(seed)
	in := []int64{1, 2, 4}[b.r.IntN(3)]
	out := in * int64(1+b.r.IntN(2))
	stride := []int64{int64(1 + b.r.IntN(2)), int64(1 + b.r.IntN(2))}
	growth := []int64{int64(b.r.IntN(4)) - 2, int64(b.r.IntN(4)) - 2}
	if b.r.IntN(2) == 0 {
		out, stride, growth = in, []int64{1, 1}, []int64{0, 0}
	}
	x := b.input("x", -1, in, -1, -1)
	y := b.decorate(b.branch(x, in, out, stride, growth), out)
	for range 1 + b.r.IntN(3) {
		next := b.decorate(b.branch(x, in, out, stride, growth), out)
		switch b.r.IntN(4) {
		case 0:
			y = b.node("Sub", []*graph.Value{next, y})
		case 1:
			y = b.node("Sum", []*graph.Value{y, next})
		default:
			y = b.add(y, next)
		}
	}
	return b.output(b.decorate(y, out))
}

// branch has the given strides and growth: a convolution, or x itself where that fits.
func (b *builder) branch(x *graph.Value, in, out int64, stride, growth []int64) *graph.Value {
	if in == out && stride[0]*stride[1] == 1 && growth[0] == 0 && growth[1] == 0 && b.r.IntN(4) == 0 {
		return x
	}
	c := convShape{
		in: in, out: out, group: []int64{1, in}[b.r.IntN(2)], strides: stride, bias: b.r.IntN(2) == 0,
		kernel: make([]int64, 2), dilations: make([]int64, 2), pads: make([]int64, 4),
	}
	starts, ends, pads := make([]int64, 2), make([]int64, 2), make([]int64, 8)
	for i := range 2 {
		c.kernel[i], c.dilations[i] = int64(1+b.r.IntN(3)), int64(1+b.r.IntN(2))
		slack := growth[i] + c.dilations[i]*(c.kernel[i]-1)
		left := slack/2 + int64(b.r.IntN(3)-1)*int64(b.r.IntN(2))
		b.side(left, &c.pads[i], &starts[i], &pads[2+i])
		b.side(slack-left, &c.pads[2+i], &ends[i], &pads[6+i])
	}
	if starts[0]+starts[1]+ends[0]+ends[1] > 0 {
		for i, e := range ends {
			if ends[i] = -e; e == 0 {
				ends[i] = 1 << 40
			}
		}
		x = b.node("Slice", []*graph.Value{x, b.ints(starts...), b.ints(ends...), b.ints(2, 3)})
	}
	for _, p := range pads {
		if p != 0 {
			x = b.node("Pad", []*graph.Value{x, b.ints(pads...)})
			break
		}
	}
	return b.conv(x, c)
}

// side puts an amount into the convolution's pads, a Pad before it, or a Slice where it is negative.
func (b *builder) side(amount int64, conv, slice, pad *int64) {
	switch {
	case amount < 0:
		*slice = -amount
	case b.r.IntN(4) == 0:
		*pad = amount
	default:
		*conv = amount
	}
}

// decorate puts what training and exporters leave round a branch.
func (b *builder) decorate(y *graph.Value, channels int64) *graph.Value {
	for range b.r.IntN(3) {
		switch b.r.IntN(6) {
		case 0:
			y = b.node("Mul", []*graph.Value{b.constant(channels, 1, 1), y})
		case 1:
			y = b.node("Sub", []*graph.Value{b.constant(1), y})
		case 2:
			y = b.node("Identity", []*graph.Value{y})
		case 3:
			y = b.add(y, b.constant(1, channels, 1, 1))
		default:
			y = b.bn(y, int(channels))
		}
	}
	return y
}

func TestRandomBlocks(t *testing.T) {
	blocks, single := uint64(3000), 0
	if testing.Short() {
		blocks = 300
	}
	for seed := range blocks {
		build := func() *graph.Model { return randomBlock(seed) }
		channels := build().Graph.Inputs()[0].Type.Shape[1].Size
		after, _ := passtest.Run(reporting{t, seed}, build, defaults(),
			[][]int64{{1, channels, 7, 8}}, [][]int64{{2, channels, 9, 6}})
		if after.Graph.Len() == 1 {
			single++
		}
	}
	t.Logf("%d of %d blocks became one node", single, blocks)
	if single < int(blocks)/8 {
		t.Errorf("only %d of %d blocks became one node", single, blocks)
	}
}

// reporting names the seed of a failure.
type reporting struct {
	*testing.T
	seed uint64
}

func (r reporting) Fatalf(format string, args ...any) {
	r.Helper()
	r.T.Fatalf("seed %d: "+format, append([]any{r.seed}, args...)...)
}
