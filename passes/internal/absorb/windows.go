package absorb

import (
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
)

// readWindows reads pools and Resize: what they average or compare lies along the spatial axes, and has one label.
func readWindows(c *crossing, r reading) bool {
	switch r.OpType {
	case "GlobalAveragePool":
	case "AveragePool":
		if !averagesImage(r.Node) {
			c.lets = noConstantPadded(r.Node)
		}
	case "GlobalMaxPool":
		c.lets = maximum(r.Node, true)
	case "MaxPool":
		meets := windowsMeetImage(r.Node)
		c.lets, c.homogeneous = maximum(r.Node, meets), meets // what no number is in has no scale
	case "Resize", "Upsample":
		return r.resize(c)
	default:
		return false
	}
	in, out := r.axes(r.Input(0)), r.axes(r.Output(0))
	if len(in) == len(out) && len(in) > 2 {
		c.parts = only(mixed(in, out, run(2, len(in)-2))...)
	}
	return true
}

// mixed mixes along several axes.
func mixed(in, out []extent, axes []int) []move {
	moves, now := []move{}, in
	for _, axis := range axes {
		next := slices.Clone(now)
		next[axis] = out[axis]
		moves, now = append(moves, mix{axis, now, next}), next
	}
	return moves
}

// resize reads a Resize: what it computes are averages, whose weights have the sum 1 in every mode but one.
func (r reading) resize(c *crossing) bool {
	says, err := op.Of(r.Node)
	if err != nil || says.Str("coordinate_transformation_mode") == "tf_crop_and_resize" {
		return false
	}
	in, out := r.axes(r.Input(0)), r.axes(r.Output(0))
	if in == nil || len(in) != len(out) {
		return true
	}
	axes, err := op.Axes(says.Ints("axes"), len(in))
	if err != nil {
		return false
	}
	if !says.Has("axes") {
		axes = run(0, len(in))
	}
	var factors []float64
	if scales := says.Input("scales").Constant(); scales != nil {
		factors = scales.Float64s()
	}
	for _, f := range says.Floats("scales") {
		factors = append(factors, float64(f))
	}
	stretched := !says.Has("keep_aspect_ratio_policy") || says.Str("keep_aspect_ratio_policy") == "stretch"
	bySize := says.Input("sizes") != nil && stretched
	var changed []int
	for i, axis := range axes {
		if len(factors) == len(axes) && factors[i] == 1 || bySize && in[axis].equals(out[axis]) {
			continue
		}
		changed = append(changed, axis)
	}
	c.parts = only(mixed(in, out, changed)...)
	return true
}

// averagesImage reports whether every window of an AveragePool averages elements of the image only, at least one.
func averagesImage(n *graph.Node) bool {
	p, err := op.ReadPool(n)
	if err != nil || p.CountIncludePad && (pads(p.Window) || p.CeilMode) {
		return false
	}
	return meetsImage(p.Window)
}

// windowsMeetImage reports whether every window of a pool has an element of the image in it.
func windowsMeetImage(n *graph.Node) bool {
	p, err := op.ReadPool(n)
	return err == nil && meetsImage(p.Window)
}

// pads reports whether a window may pad.
func pads(w op.Window) bool {
	some := func(p int) bool { return p != 0 }
	return w.Same() || slices.ContainsFunc(w.Begin, some) || slices.ContainsFunc(w.End, some)
}

// meetsImage reports whether no pad is as wide as the kernel, and no gap of a dilated kernel can hold the image.
func meetsImage(w op.Window) bool {
	if !pads(w) {
		return true
	}
	for i, k := range w.Kernel {
		if min(w.Begin[i], w.End[i]) < 0 || max(w.Begin[i], w.End[i]) >= k || w.Dilations[i] != 1 {
			return false
		}
	}
	return true
}

// readReduction reads ReduceMean, ReduceSum, ReduceMax and ReduceMin.
func readReduction(c *crossing, r reading) bool {
	switch r.OpType {
	case "ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin":
	default:
		return false
	}
	in, out := r.axes(r.Input(0)), r.axes(r.Output(0))
	says, err := op.ReadReduce(r.Node, len(in), r.ints)
	if in == nil || out == nil || err != nil {
		return true
	}
	count := 1
	for _, axis := range says.Axes {
		count = times(count, in[axis].number())
	}
	switch r.OpType {
	case "ReduceSum":
		c.lets = sumOf(r.Node, count)
	case "ReduceMax", "ReduceMin":
		c.lets = extremeOf(r.Node, count)
	}
	kept := slices.Clone(in)
	for _, axis := range says.Axes {
		kept[axis] = fixed(1)
	}
	moves := mixed(in, kept, says.Axes)
	if !says.KeepDims {
		var from []int
		for axis := range in {
			if !slices.Contains(says.Axes, axis) {
				from = append(from, axis)
			}
		}
		if len(from) != len(out) {
			return true
		}
		moves = append(moves, arrange{from, kept, out})
	}
	c.parts = only(moves...)
	return true
}
