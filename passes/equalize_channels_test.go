package passes_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/passes/passtest"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
)

func equalize() []pipeline.Step {
	return []pipeline.Step{{Name: "equalize_channels", Pass: &passes.EqualizeChannels{}}}
}

// uneven is a convolution whose output channels are of very different sizes.
func (b *builder) uneven(x *graph.Value, c convShape) *graph.Value {
	y := b.conv(x, c)
	w := y.Producer().Input(1)
	values := w.Constant().Float64s()
	each := len(values) / int(c.out)
	scaled := make([]float32, len(values))
	factor := 1.0
	for i, v := range values {
		if i%each == 0 {
			factor = math.Exp(3 * b.r.NormFloat64())
		}
		scaled[i] = float32(v * factor)
	}
	w.SetData(tensor.Of(w.Constant().Shape(), scaled...))
	return y
}

// equalizable builds networks of layers and of what scales pass, and of some things that they do not.
type equalizable struct {
	*builder
	axes     int
	channels int64
}

func (e *equalizable) layer(x *graph.Value) *graph.Value {
	group := int64(1)
	out := 1 + e.r.Int64N(6)
	if e.r.IntN(3) == 0 {
		group, out = e.channels, e.channels
	}
	kernel, pads := make([]int64, e.axes), make([]int64, 2*e.axes)
	for i := range kernel {
		kernel[i] = 1 + 2*e.r.Int64N(2)
		pads[i], pads[e.axes+i] = kernel[i]/2, kernel[i]/2
	}
	y := e.uneven(x, convShape{in: e.channels, out: out, group: group, kernel: kernel, pads: pads, bias: e.r.IntN(2) == 0})
	e.channels = out
	return y
}

// same is a branch that ends with as many channels as it began with.
func (e *equalizable) same(x *graph.Value) *graph.Value {
	kernel := slices.Repeat([]int64{1}, e.axes)
	return e.uneven(x, convShape{in: e.channels, out: e.channels, kernel: kernel, bias: true})
}

func (e *equalizable) between(x *graph.Value) *graph.Value {
	ones := slices.Repeat([]int64{1}, 2*e.axes)
	switch e.r.IntN(16) {
	case 0:
		return e.node("LeakyRelu", []*graph.Value{x}, graph.FloatAttr("alpha", 0.1))
	case 1:
		slope := append([]int64{e.channels}, ones[:e.axes]...)
		return e.node("PRelu", []*graph.Value{x, e.constant(slope...)})
	case 2:
		return e.node("MaxPool", []*graph.Value{x}, graph.IntsAttr("kernel_shape", slices.Repeat([]int64{3}, e.axes)...), graph.IntsAttr("pads", ones...))
	case 3:
		return e.node("AveragePool", []*graph.Value{x}, graph.IntsAttr("kernel_shape", slices.Repeat([]int64{3}, e.axes)...), graph.IntsAttr("pads", ones...),
			graph.IntAttr("count_include_pad", e.r.Int64N(2)))
	case 4:
		return e.node("Add", []*graph.Value{x, e.same(e.node("Relu", []*graph.Value{x}))})
	case 5:
		y := e.same(x)
		e.channels *= 2
		return e.node("Concat", []*graph.Value{y, x}, graph.IntAttr("axis", 1))
	case 6:
		pads := append(slices.Concat([]int64{0, 0}, ones[:e.axes]), slices.Concat([]int64{0, 0}, ones[:e.axes])...)
		return e.node("Pad", []*graph.Value{x, e.ints(pads...)}, graph.StringAttr("mode", pick(e.r, "constant", "edge")))
	case 7:
		gate := e.node("Sigmoid", []*graph.Value{e.same(e.node("GlobalAveragePool", []*graph.Value{x}))})
		return e.node("Mul", []*graph.Value{x, gate})
	case 8:
		low, high := e.g.NewInitializer("low", tensor.Of[float32](nil, 0)), e.g.NewInitializer("high", tensor.Of[float32](nil, 6))
		return e.node("Clip", []*graph.Value{x, low, high})
	case 9:
		perm := make([]int64, e.axes+2)
		for i := range perm {
			perm[i] = int64(i)
		}
		slices.Reverse(perm)
		moved := e.node("Relu", []*graph.Value{e.node("Transpose", []*graph.Value{x}, graph.IntsAttr("perm", perm...))})
		return e.node("Transpose", []*graph.Value{moved}, graph.IntsAttr("perm", perm...))
	case 10:
		return e.node("Tanh", []*graph.Value{x})
	}
	return e.node("Relu", []*graph.Value{x})
}

func randomEqualizable(seed uint64) (*graph.Model, []int64) {
	e := &equalizable{builder: newBuilder(seed), channels: 3}
	e.axes = 1 + e.r.IntN(2)
	shape := []int64{1, 3}
	open := slices.Clone(shape)
	for range e.axes {
		shape, open = append(shape, 1+e.r.Int64N(6)), append(open, -1)
	}
	x := e.input("x", open...)
	for range 2 + e.r.IntN(4) {
		x = e.layer(x)
		for range 1 + e.r.IntN(2) {
			x = e.between(x)
		}
	}
	return e.output(e.layer(x)), shape
}

// Answers stay, bit by bit: a power of two changes no digit, and the reference computes in the same order.
func TestRandomNetworksEqualized(t *testing.T) {
	d, changed := draw(t, "channels that are equalized", 1000, []int64{17}), 0
	count := d.Graphs
	for seed := range d.seeds() {
		build := func() *graph.Model { m, _ := randomEqualizable(seed); return m }
		before, shape := randomEqualizable(seed)
		after, result, err := passtest.Check(build, equalize(), [][]int64{shape})
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		d.count(before.Opsets[0].Version, result.Rewrites() > 0)
		if result.Rewrites() > 0 {
			changed++
		}
		off, err := passtest.Difference(before, after, passtest.Inputs(before, [][]int64{shape}, seed))
		if err != nil || off != 0 {
			t.Fatalf("seed %d: the answers are %g apart, %v", seed, off, err)
		}
	}
	if changed < count/2 {
		t.Errorf("%d of %d networks were changed", changed, count)
	}
	t.Logf("%d of %d networks were changed", changed, count)
}

// spread is how many times as large the largest number is as the smallest one of the largest magnitudes of the output channels.
func spread(n *graph.Node) float64 {
	w := n.Input(1).Constant()
	out := int(w.Shape()[0])
	values := w.Float64s()
	low, high := math.Inf(1), 0.0
	for c := range out {
		most := 0.0
		for _, v := range values[c*len(values)/out : (c+1)*len(values)/out] {
			most = max(most, math.Abs(v))
		}
		low, high = min(low, most), max(high, most)
	}
	return high / low
}

func TestEqualizeChannelsBringsRangesTogether(t *testing.T) {
	build := func() *graph.Model {
		b := newBuilder(11)
		x := b.input("x", 1, 4, 5, 6)
		x = b.node("Relu", []*graph.Value{b.uneven(x, convShape{in: 4, out: 16, kernel: []int64{3, 3}})})
		return b.output(b.uneven(x, convShape{in: 16, out: 4, kernel: []int64{1, 1}}))
	}
	first := func(m *graph.Model) *graph.Node {
		return m.Graph.Outputs()[0].Producer().Input(0).Producer().Input(0).Producer()
	}
	after, _ := passtest.Run(t, build, equalize(), [][]int64{{1, 4, 5, 6}})
	if was, is := spread(first(build())), spread(first(after)); is*is > 4*was {
		t.Errorf("the channels are %.1f times apart, and were %.1f times before", is, was)
	}
	power := true
	any := []pipeline.Step{{Name: "equalize_channels", Pass: &passes.EqualizeChannels{AnyScale: true}}}
	after, _ = passtest.Run(t, build, any, [][]int64{{1, 4, 5, 6}})
	was, is := first(build()).Input(1).Constant().Float64s(), first(after).Input(1).Constant().Float64s()
	for i, v := range was {
		fraction, _ := math.Frexp(is[i] / v)
		power = power && fraction == 0.5
	}
	if power {
		t.Error("any_scale gives powers of two alone")
	}
}

// What no scale passes keeps the channels before it, and is named.
func TestEqualizeChannelsRefuses(t *testing.T) {
	relu := func(b *builder, x *graph.Value) *graph.Value { return b.node("Relu", []*graph.Value{x}) }
	for name, c := range map[string]struct {
		between func(b *builder, x *graph.Value) *graph.Value
		reason  string
		detail  string
	}{
		"clip": {func(b *builder, x *graph.Value) *graph.Value {
			return b.node("Clip", []*graph.Value{x, b.g.NewInitializer("low", tensor.Of[float32](nil, 0)), b.g.NewInitializer("high", tensor.Of[float32](nil, 6))})
		}, passes.NoConvolution, "Clip"},
		"sigmoid": {func(b *builder, x *graph.Value) *graph.Value { return b.node("Sigmoid", []*graph.Value{x}) }, passes.NoConvolution, "Sigmoid"},
		"output": {func(b *builder, x *graph.Value) *graph.Value {
			y := relu(b, x)
			b.g.AddOutput(y)
			return y
		}, passes.SharedOutput, "output"},
		"pad_of_ones": {func(b *builder, x *graph.Value) *graph.Value {
			return b.node("Pad", []*graph.Value{x, b.ints(0, 0, 1, 1, 0, 0, 1, 1), b.g.NewInitializer("one", tensor.Of[float32](nil, 1))})
		}, passes.NoConvolution, "Pad"},
		"pool_of_padding": {func(b *builder, x *graph.Value) *graph.Value {
			return b.node("MaxPool", []*graph.Value{x}, graph.IntsAttr("kernel_shape", 1, 1), graph.IntsAttr("pads", 1, 1, 1, 1))
		}, passes.NoConvolution, "MaxPool"},
		"subnormal": {func(b *builder, x *graph.Value) *graph.Value {
			for _, v := range []*graph.Value{x.Producer().Input(1)} {
				tiny := make([]float32, v.Constant().Len())
				for i := range tiny {
					tiny[i] = 0x1p-125
				}
				tiny[0] = 0x1p+120
				v.SetData(tensor.Of(v.Constant().Shape(), tiny...))
			}
			return relu(b, x)
		}, passes.Overflow, "too small or too large for float"},
	} {
		t.Run(name, func(t *testing.T) {
			build := func() *graph.Model {
				b := newBuilder(5)
				x := b.input("x", 1, 4, 5, 6)
				x = c.between(b, b.uneven(x, square()))
				return b.output(b.uneven(x, square()))
			}
			m := build()
			result, err := pipeline.Run(t.Context(), m.Graph, equalize(), pipeline.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if text := strings.Join(refusals(result), "\n"); !strings.Contains(text, " "+c.reason+": ") || !strings.Contains(text, c.detail) {
				t.Errorf("%d rewrites, refused as %q", result.Rewrites(), text)
			}
			if name != "subnormal" && result.Rewrites() != 0 {
				t.Errorf("%d rewrites", result.Rewrites())
			}
		})
	}
}

// A channel without weights keeps its scale, and a weight that two layers share stays one.
func TestEqualizeChannelsLeavesAlone(t *testing.T) {
	b := newBuilder(3)
	x := b.input("x", 1, 4, 5, 6)
	first := b.uneven(x, square())
	w := first.Producer().Input(1)
	values := make([]float32, w.Constant().Len())
	for i, v := range w.Constant().Float64s() {
		if i >= len(values)/4 { // the first output channel has no weights
			values[i] = float32(v)
		}
	}
	w.SetData(tensor.Of(w.Constant().Shape(), values...))
	second := b.uneven(b.node("Relu", []*graph.Value{first}), square())
	third := b.conv(b.node("Relu", []*graph.Value{second}), square())
	fourth := b.conv(b.node("Relu", []*graph.Value{third}), square())
	third.Producer().SetInput(1, second.Producer().Input(1)) // shared
	_ = fourth
	m := b.output(fourth)
	shared := second.Producer().Input(1)
	was := slices.Clone(shared.Constant().Float64s())
	if _, err := pipeline.Run(t.Context(), m.Graph, equalize(), pipeline.Options{}); err != nil {
		t.Fatal(err)
	}
	if got := first.Producer().Input(1).Constant().Float64s()[:len(values)/4]; slices.ContainsFunc(got, func(v float64) bool { return v != 0 }) {
		t.Errorf("the channel without weights became %v", got)
	}
	if shared != second.Producer().Input(1) || shared != third.Producer().Input(1) || !slices.Equal(was, shared.Constant().Float64s()) {
		t.Error("the shared weight changed")
	}
}

func TestEqualizeChannelsPatterns(t *testing.T) {
	between := func(name string, rewrites int, reason string, f func(b *builder, x *graph.Value) *graph.Value) passtest.Case {
		return onImage(name, rewrites, reason, func(b *builder, x *graph.Value) *graph.Value {
			return b.uneven(f(b, b.uneven(x, square())), square())
		})
	}
	patterns("equalize_channels", &passes.EqualizeChannels{},
		between("relu", 1, "", func(b *builder, x *graph.Value) *graph.Value { return b.node("Relu", []*graph.Value{x}) }),
		between("residual", 2, "", func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("Relu", []*graph.Value{b.uneven(x, square())})
			return b.node("Add", []*graph.Value{x, b.uneven(y, square())})
		}),
		between("sigmoid", 0, passes.NoConvolution, func(b *builder, x *graph.Value) *graph.Value { return b.node("Sigmoid", []*graph.Value{x}) }),
	).Run(t)
}
