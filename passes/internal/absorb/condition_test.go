package absorb

import (
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
	"github.com/acdeploy/acdeploy/tensor"
)

// TestConditions: which maps pass an operator, and with which map on the other side.
func TestConditions(t *testing.T) {
	scale, negative := stencil.Affine{Scale: []float64{2, 3}}, stencil.Affine{Scale: []float64{2, -1}}
	shift := stencil.Affine{Shift: []float64{0, 1}}
	pads, kernel := graph.IntsAttr("pads", 1, 1), graph.IntsAttr("kernel_shape", 2)
	one, included := graph.IntsAttr("kernel_shape", 1), graph.IntAttr("count_include_pad", 1)
	for name, c := range map[string]struct {
		op     string
		attrs  []*graph.Attr
		a      stencil.Affine
		back   bool
		reason string
		want   [2]float64 // what the second map becomes
	}{
		"max_scale":         {"MaxPool", []*graph.Attr{kernel, pads}, scale, false, "", [2]float64{3, 0}},
		"max_negative":      {"MaxPool", []*graph.Attr{kernel}, negative, false, refusal.Unsupported, [2]float64{}},
		"max_shift":         {"MaxPool", []*graph.Attr{kernel, pads}, shift, false, "", [2]float64{1, 1}},
		"max_of_padding":    {"MaxPool", []*graph.Attr{one, pads}, shift, false, refusal.PaddingMode, [2]float64{}},
		"max_dilated":       {"MaxPool", []*graph.Attr{kernel, pads, graph.IntsAttr("dilations", 2)}, shift, false, refusal.PaddingMode, [2]float64{}},
		"mean_negative":     {"AveragePool", []*graph.Attr{kernel, pads, included}, negative, false, "", [2]float64{-1, 0}},
		"mean_shift":        {"AveragePool", []*graph.Attr{kernel, pads}, shift, false, "", [2]float64{1, 1}},
		"mean_with_padding": {"AveragePool", []*graph.Attr{kernel, pads, included}, shift, false, refusal.PaddingMode, [2]float64{}},
		"mean_unpadded":     {"AveragePool", []*graph.Attr{kernel, included}, shift, false, "", [2]float64{1, 1}},
		"mean_of_padding":   {"AveragePool", []*graph.Attr{one, pads}, shift, false, refusal.PaddingMode, [2]float64{}},
		"relu_scale":        {"Relu", nil, scale, true, "", [2]float64{3, 0}},
		"relu_negative":     {"Relu", nil, negative, true, refusal.NoConvolution, [2]float64{}},
		"relu_shift":        {"Relu", nil, shift, true, refusal.NoConvolution, [2]float64{}},
		"abs_negative":      {"Abs", nil, negative, false, "", [2]float64{1, 0}},
		"abs_back":          {"Abs", nil, negative, true, refusal.NoConvolution, [2]float64{}},
		"sum_shift":         {"ReduceSum", []*graph.Attr{graph.IntsAttr("axes", 2)}, shift, false, "", [2]float64{1, 5}},
		"sum_back":          {"ReduceSum", []*graph.Attr{graph.IntsAttr("axes", 2)}, shift, true, "", [2]float64{1, 0.2}},
		"clip_scales":       {"Clip", nil, scale, true, refusal.NoConvolution, [2]float64{}},
		"two_maps":          {"Transpose", []*graph.Attr{graph.IntsAttr("perm", 0, 2, 1)}, negative, true, "", [2]float64{-1, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			b := graphtest.New(12)
			v := b.Node(c.op, []*graph.Value{b.Input("x", 1, 2, 5)}, c.attrs...)
			b.Graph.AddOutput(v)
			m := mapped{grid([]int{1, 2, 1}, 0, 1), c.a}
			way := readCrossing(v.Producer(), shapes.Of(b.Graph))
			var why *refusal.Refusal
			if way.lets != nil {
				m, _, why = way.lets(m, c.back)
			}
			refused(t, why, c.reason)
			if scale, offset := m.of(1); why == nil && (scale != c.want[0] || offset != c.want[1]) {
				t.Errorf("it becomes %g·x+%g, want %v", scale, offset, c.want)
			}
		})
	}
}

// TestBoundsMove: the bounds of a Clip, and what a Pad pads with, go with the map; as attributes only where they are numbers
// of float32 then.
func TestBoundsMove(t *testing.T) {
	for name, c := range map[string]struct {
		opset  int64
		op     string
		back   bool
		scale  float64
		reason string
	}{
		"clip":          {17, "Clip", false, 0.1, ""},
		"clip_back":     {17, "Clip", true, 0.5, ""},
		"old_clip":      {9, "Clip", true, 0.5, ""},
		"inexact_clip":  {9, "Clip", true, 0.1, refusal.NoConvolution},
		"negative_clip": {17, "Clip", true, -1, refusal.NoConvolution},
		"pad":           {17, "Pad", false, 0.5, ""},
		"old_pad_back":  {9, "Pad", true, 0.5, ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := graphtest.New(c.opset)
			x := b.Input("x", 1, 2, 5)
			var v *graph.Value
			switch {
			case c.op == "Pad" && c.opset > 10:
				v = b.Node("Pad", []*graph.Value{x, b.Ints(0, 0, 1, 0, 0, 1), b.Floats(nil, 4)})
			case c.op == "Pad":
				v = b.Node("Pad", []*graph.Value{x}, graph.IntsAttr("pads", 0, 0, 1, 0, 0, 1), graph.FloatAttr("value", 4))
			case c.opset > 10:
				v = b.Node("Clip", []*graph.Value{x, nil, b.Floats(nil, 6)})
			default:
				v = b.Node("Clip", []*graph.Value{x}, graph.FloatAttr("max", 6))
			}
			b.Graph.AddOutput(v)
			n := v.Producer()
			_, edit, why := readCrossing(n, shapes.Of(b.Graph)).lets(mapped{grid([]int{1, 1, 1}, 0), stencil.Affine{Scale: []float64{c.scale}, Shift: []float64{1}}}, c.back)
			refused(t, why, c.reason)
			if why != nil {
				return
			}
			edit()
			got := float64(n.Float("max", n.Float("value", 0)))
			if c.opset > 10 {
				got = n.Input(2).Constant().Float64s()[0]
			}
			want := map[bool]float64{true: 6*c.scale + 1, false: 5 / c.scale}[c.back]
			if c.op == "Pad" {
				want = map[bool]float64{true: 4*c.scale + 1, false: 3 / c.scale}[c.back]
			}
			if got != want {
				t.Errorf("it is %g, want %g", got, want)
			}
		})
	}
}

// TestConstantOf gives a constant another element for each map.
func TestConstantOf(t *testing.T) {
	m := mapped{labels{[]extent{{}, fixed(2), fixed(3)}, []int{1, 2, 1}, []int{0, 1}, closed}, stencil.Affine{Scale: []float64{2, 3}}}
	double := func(x, scale, _ float64) float64 { return x * scale }
	for _, c := range []struct {
		shape, want []int64
		numbers     []float64
	}{
		{nil, []int64{2, 1}, []float64{20, 30}},
		{[]int64{3}, []int64{2, 3}, []float64{20, 22, 24, 30, 33, 36}},
		{[]int64{1, 2, 1}, []int64{1, 2, 1}, []float64{20, 33}},
	} {
		count, _ := tensor.Count(c.shape)
		data := []float32{10, 11, 12}[:count]
		got, why := constantOf(tensor.Of(c.shape, data...), m, double)
		if why != nil {
			t.Fatal(why.Detail)
		}
		if !slices.Equal(got.Shape(), c.want) || !slices.Equal(got.Float64s(), c.numbers) {
			t.Errorf("a constant of shape %v becomes %v of %v", c.shape, got.Float64s(), got.Shape())
		}
	}
}

// TestMaximumOfNothing: a scale of zero passes a maximum of some numbers, and none of what may be no numbers at all: that is infinite.
func TestMaximumOfNothing(t *testing.T) {
	for name, c := range map[string]struct {
		size   int64
		scale  float64
		reason string
	}{
		"five":                     {5, 0, ""},
		"none":                     {0, 0, refusal.Unsupported},
		"unknown":                  {-1, 0, refusal.Unsupported},
		"none_times_two":           {0, 2, ""},
		"unknown_times_two":        {-1, 2, ""},
		"unknown_times_minus_two":  {-1, -2, refusal.Unsupported},
		"several_times_a_negative": {5, -2, refusal.Unsupported},
	} {
		for _, op := range []string{"ReduceMax", "ReduceMin"} {
			t.Run(op+"_of_"+name, func(t *testing.T) {
				b := graphtest.New(12)
				v := b.Node(op, []*graph.Value{b.Input("x", 1, 2, c.size)}, graph.IntsAttr("axes", 2))
				b.Graph.AddOutput(v)
				m := mapped{grid([]int{1, 2, 1}, 0, 1), stencil.Affine{Scale: []float64{1, c.scale}}}
				_, _, why := readCrossing(v.Producer(), shapes.Of(b.Graph)).lets(m, true)
				refused(t, why, c.reason)
			})
		}
	}
}

// TestWidestBounds: the bounds that a Clip has by default are none in float32, where no number lies beyond them. In double they are.
func TestWidestBounds(t *testing.T) {
	for elem, reason := range map[tensor.Type]string{tensor.Float32: "", tensor.Float16: "", tensor.Float64: refusal.NoConvolution} {
		t.Run(elem.String(), func(t *testing.T) {
			b := graphtest.New(10)
			x, err := b.Graph.AddInput("x", graph.Type{Elem: elem, Ranked: true, Shape: []tensor.Dim{tensor.Fixed(1), tensor.Fixed(2)}})
			if err != nil {
				t.Fatal(err)
			}
			v := b.Node("Clip", []*graph.Value{x}, graph.FloatAttr("min", 0))
			b.Graph.AddOutput(v)
			m := mapped{grid([]int{1, 1}, 0), stencil.Affine{Scale: []float64{2}}}
			_, _, why := readCrossing(v.Producer(), shapes.Of(b.Graph)).lets(m, true)
			refused(t, why, reason)
		})
	}
}
