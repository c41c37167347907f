package absorb

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// at is the axis of the channels with so many axes before it and after it.
func at(front, back, channels int) algebra.Axis {
	return algebra.Axis{Front: front, Back: back, Channels: channels}
}

// flat is an axis whose value is read with all axes from it on made one.
func flat(front, back, channels int) algebra.Axis {
	return algebra.Axis{Front: front, Back: back, Channels: channels, Flattened: true}
}

// TestChannelsFollowed gives where the channels are in the operand and in the result of a node; one direction
// may know what the other does not.
func TestChannelsFollowed(t *testing.T) {
	attrs := func(all ...*graph.Attr) []*graph.Attr { return all }
	kernel := graph.IntsAttr("kernel_shape", 1, 1)
	image := []int64{1, 6, 4, 5}
	var lost algebra.Axis
	for name, c := range map[string]struct {
		op          string
		attrs       []*graph.Attr
		dims, shape []int64 // of the operand, and what a Reshape makes of it
		in, out     algebra.Axis
		after       algebra.Axis // of the result, from in
		before      algebra.Axis // of the operand, from out
	}{
		"transpose": {
			op: "Transpose", attrs: attrs(graph.IntsAttr("perm", 0, 2, 3, 1)), dims: image,
			in: at(1, 2, 6), after: at(3, 0, 6),
			out: at(1, 2, 4), before: at(2, 1, 4),
		},
		"transpose_from_the_end": {
			op: "Transpose", attrs: attrs(graph.IntsAttr("perm", 0, 2, 3, 1)), dims: image,
			in: at(-1, 0, 5), after: at(2, 1, 5),
			out: at(-1, 0, 6), before: at(1, 2, 6),
		},
		"transpose_unwritten": {
			op: "Transpose", dims: image,
			in: at(1, 2, 6), after: lost, out: at(1, 2, 4), before: lost,
		},
		"reshape_last": {
			op: "Reshape", dims: []int64{2, 4, 3}, shape: []int64{8, 3},
			in: at(2, 0, 3), after: at(1, 0, 3),
			out: at(1, 0, 3), before: at(2, 0, 3),
		},
		"reshape_second": {
			op: "Reshape", dims: image, shape: []int64{1, 6, 20},
			in: at(1, 2, 6), after: at(1, 1, 6),
			out: at(1, 1, 6), before: lost,
		},
		"reshape_split": {
			op: "Reshape", dims: image, shape: []int64{1, 3, 2, 20},
			in: at(1, 2, 6), after: lost, out: at(1, 2, 3), before: lost,
		},
		"flatten": {
			op: "Flatten", attrs: attrs(graph.IntAttr("axis", 1)), dims: image,
			in: at(1, 2, 6), after: lost,
			out: at(1, 0, 120), before: flat(1, 2, 120),
		},
		"flatten_of_ones": {
			op: "Flatten", attrs: attrs(graph.IntAttr("axis", 1)), dims: []int64{1, 6, 1, 1},
			in: at(1, 2, 6), after: at(1, 0, 6),
			out: at(1, 0, 6), before: at(1, 2, 6),
		},
		"reshape_flattens": {
			op: "Reshape", dims: image, shape: []int64{1, 120},
			in: at(1, 2, 6), after: lost,
			out: at(1, 0, 120), before: flat(1, 2, 120),
		},
		"mean": {
			op: "ReduceMean", attrs: attrs(graph.IntsAttr("axes", 2, 3), graph.IntAttr("keepdims", 0)), dims: image,
			in: at(1, 2, 6), after: at(1, 0, 6),
			out: at(1, 0, 6), before: at(1, 2, 6),
		},
		"mean_before_the_channel": {
			op: "ReduceMean", attrs: attrs(graph.IntsAttr("axes", 1, 2), graph.IntAttr("keepdims", 0)), dims: image,
			in: at(3, 0, 5), after: at(1, 0, 5),
			out: at(1, 0, 5), before: at(3, 0, 5),
		},
		"mean_keeps": {
			op: "ReduceMean", attrs: attrs(graph.IntsAttr("axes", 2, 3)), dims: image,
			in: at(1, 2, 6), after: at(1, 2, 6),
			out: at(1, 2, 6), before: at(1, 2, 6),
		},
		"mean_of_the_channels": {
			op: "ReduceMean", attrs: attrs(graph.IntsAttr("axes", 1)), dims: image,
			in: at(1, 2, 6), after: lost, out: at(1, 2, 6), before: lost,
		},
		"pool": {
			op: "AveragePool", attrs: attrs(kernel), dims: image,
			in: at(1, 2, 6), after: at(1, 2, 6),
			out: at(1, 2, 6), before: at(1, 2, 6),
		},
		"global_pool": {
			op: "GlobalAveragePool", dims: image,
			in: at(1, 2, 6), after: at(1, 2, 6),
			out: at(1, 2, 6), before: at(1, 2, 6),
		},
		"pool_over_channels": {
			op: "MaxPool", attrs: attrs(kernel), dims: image,
			in: at(3, 0, 5), after: lost, out: at(3, 0, 5), before: lost,
		},
		"flattened": {
			op: "Transpose", attrs: attrs(graph.IntsAttr("perm", 0, 2, 3, 1)), dims: image,
			in: flat(1, 2, 120), after: lost, out: flat(1, 2, 120), before: lost,
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := graphtest.New(17)
			in := []*graph.Value{b.Input("x", c.dims...)}
			if c.shape != nil {
				in = append(in, b.Ints(c.shape...))
			}
			v := b.Node(c.op, in, c.attrs...)
			b.Graph.AddOutput(v)
			after, why := axisAfter(v.Producer(), c.in, shapes.Of(b.Graph))
			if after != c.after || (why != nil) != (c.after == lost) {
				t.Errorf("the result has %+v, want %+v (%v)", after, c.after, why)
			}
			before, why := axisBefore(v.Producer(), c.out, shapes.Of(b.Graph))
			if before != c.before || (why != nil) != (c.before == lost) {
				t.Errorf("the operand has %+v, want %+v (%v)", before, c.before, why)
			}
			if why != nil {
				refused(t, why, refusal.NotChannel)
			}
		})
	}
}

func TestPropagates(t *testing.T) {
	b := graphtest.New(17)
	x := b.Input("x", 1, 2, 5)
	custom := swap(b, x)
	custom.Producer().Domain = "custom"
	relu, used, unused := b.Node("Relu", []*graph.Value{x}), swap(b, x), swap(b, x)
	for _, v := range []*graph.Value{custom, relu, used} {
		b.Graph.AddOutput(v)
	}
	for name, c := range map[string]struct {
		v    *graph.Value
		want bool
	}{"used": {used, true}, "unused": {unused, false}, "relu": {relu, false}, "other_domain": {custom, false}} {
		if got := propagates(c.v.Producer()); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestMayCross: a maximum takes a positive scale, and a mean a constant only where no padding is averaged in.
func TestMayCross(t *testing.T) {
	scale, negative := stencil.Affine{Scale: []float64{2, 3}}, stencil.Affine{Scale: []float64{2, -1}}
	shift := stencil.Affine{Shift: []float64{0, 1}}
	pads, kernel := graph.IntsAttr("pads", 1, 1), graph.IntsAttr("kernel_shape", 2)
	one, included := graph.IntsAttr("kernel_shape", 1), graph.IntAttr("count_include_pad", 1)
	for name, c := range map[string]struct {
		op     string
		attrs  []*graph.Attr
		a      stencil.Affine
		reason string
	}{
		"max_scale":         {"MaxPool", []*graph.Attr{kernel, pads}, scale, ""},
		"max_negative":      {"MaxPool", []*graph.Attr{kernel}, negative, refusal.Unsupported},
		"max_shift":         {"MaxPool", []*graph.Attr{kernel, pads}, shift, ""},
		"max_of_padding":    {"MaxPool", []*graph.Attr{one, pads}, shift, refusal.PaddingMode},
		"max_dilated":       {"MaxPool", []*graph.Attr{kernel, pads, graph.IntsAttr("dilations", 2)}, shift, refusal.PaddingMode},
		"mean_negative":     {"AveragePool", []*graph.Attr{kernel, pads, included}, negative, ""},
		"mean_shift":        {"AveragePool", []*graph.Attr{kernel, pads}, shift, ""},
		"mean_with_padding": {"AveragePool", []*graph.Attr{kernel, pads, included}, shift, refusal.PaddingMode},
		"mean_unpadded":     {"AveragePool", []*graph.Attr{kernel, included}, shift, ""},
		"mean_of_padding":   {"AveragePool", []*graph.Attr{one, pads}, shift, refusal.PaddingMode},
		"transpose":         {"Transpose", nil, negative, ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := graphtest.New(19)
			v := b.Node(c.op, []*graph.Value{b.Input("x", 1, 2, 5)}, c.attrs...)
			refused(t, mayCross(v.Producer(), c.a, 2), c.reason)
		})
	}
}
