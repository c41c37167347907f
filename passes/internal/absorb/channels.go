package absorb

import (
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// propagates reports whether channels can be followed over n: it moves elements, or takes means or
// maxima of elements of one channel.
func propagates(n *graph.Node) bool {
	if n.Input(0) == nil || n.Output(0) == nil || n.LiveOutputs() != 1 || !n.Output(0).Used() {
		return false
	}
	switch n.OpType {
	case "Transpose", "Reshape", "Flatten", "GlobalAveragePool", "AveragePool", "MaxPool", "ReduceMean":
		return n.Is(n.OpType)
	}
	return false
}

// axisAfter is where the channels are in the result of a node, from where they are in its operand.
func axisAfter(n *graph.Node, v algebra.Axis, known *shapes.Shapes) (algebra.Axis, *refusal.Refusal) {
	v = v.In(n.Input(0), known)
	switch {
	case n.Is("Transpose"):
		return transposed(n, v, func(perm []int, axis int) int { return slices.Index(perm, axis) })
	case n.Is("Reshape"), n.Is("Flatten"):
		return reshaped(n, v, known)
	case n.Is("ReduceMean"):
		return reduced(n, v)
	}
	return pooled(n, v)
}

// axisBefore is where the channels are in the operand of a node, from where they are in its result.
func axisBefore(n *graph.Node, v algebra.Axis, known *shapes.Shapes) (algebra.Axis, *refusal.Refusal) {
	v = v.In(n.Output(0), known)
	switch {
	case n.Is("Transpose"):
		return transposed(n, v, func(perm []int, axis int) int { return perm[axis] })
	case n.Is("Reshape"), n.Is("Flatten"):
		return unreshaped(n, v, known)
	case n.Is("ReduceMean"):
		return unreduced(n, v, known)
	}
	return pooled(n, v)
}

func lost(n *graph.Node) (algebra.Axis, *refusal.Refusal) {
	return algebra.Axis{}, refusal.New(refusal.NotChannel, "the channel axis cannot be followed through %s; export the model with its shapes, or with the constant next to the convolution", n.Label())
}

// transposed finds the channels on the other side of a Transpose, whose perm gives the rank.
func transposed(n *graph.Node, v algebra.Axis, find func(perm []int, axis int) int) (algebra.Axis, *refusal.Refusal) {
	perm, ok := op.WrittenPermutation(n)
	if !ok || v.Flattened {
		return lost(n)
	}
	axis := v.Front
	if axis < 0 {
		axis = len(perm) - 1 - v.Back
	}
	if axis < 0 || axis >= len(perm) || v.Ranked() && v.LeastRank() != len(perm) {
		return lost(n)
	}
	at := find(perm, axis)
	v.Front, v.Back = at, len(perm)-1-at
	return v, nil
}

// reshaped keeps the channels last where they are, or where only axes of size one follow them; or
// second where the first two axes stay.
func reshaped(n *graph.Node, v algebra.Axis, known *shapes.Shapes) (algebra.Axis, *refusal.Refusal) {
	in, out := algebra.SizesOf(known, n.Input(0)), algebra.SizesOf(known, n.Output(0))
	if len(out) == 0 {
		return lost(n)
	}
	if v.Ranked() && len(in) == v.LeastRank() && algebra.CountSizes(in[v.Front+1:]) == 1 || v.Back == 0 {
		if last := out[len(out)-1]; last == int64(v.Channels) {
			return algebra.Axis{Front: len(out) - 1, Channels: v.Channels}, nil
		}
	}
	if v.Front == 1 && len(out) > 1 && out[1] == int64(v.Channels) && keepsFirst(n, known) {
		return algebra.Axis{Front: 1, Back: len(out) - 2, Channels: v.Channels}, nil
	}
	return lost(n)
}

// unreshaped is the other direction: channels that stay last, or a flattening of all axes but the first.
func unreshaped(n *graph.Node, v algebra.Axis, known *shapes.Shapes) (algebra.Axis, *refusal.Refusal) {
	in := algebra.SizesOf(known, n.Input(0))
	if v.Flattened || v.Back != 0 {
		return lost(n)
	}
	if len(in) > 0 && in[len(in)-1] == int64(v.Channels) && !n.Is("Flatten") {
		return algebra.Axis{Front: len(in) - 1, Channels: v.Channels}, nil
	}
	flattens := flattensImage(n) || v.Front == 1 && len(in) > 1 && keepsFirst(n, known)
	if !flattens {
		return lost(n)
	}
	each := len(in) < 2 || algebra.CountSizes(in[2:]) != 1
	return algebra.Axis{Front: 1, Back: -1, Channels: v.Channels, Flattened: each}.In(n.Input(0), known), nil
}

// flattensImage reports a Flatten of all axes but the first.
func flattensImage(n *graph.Node) bool {
	says, err := op.Of(n)
	return err == nil && n.Is("Flatten") && says.Int("axis") == 1
}

// keepsFirst reports whether a Reshape or Flatten leaves the first axis, that of the batch, as it is.
func keepsFirst(n *graph.Node, known *shapes.Shapes) bool {
	in, _ := known.Shape(n.Input(0))
	out, _ := known.Shape(n.Output(0))
	return len(in) > 0 && len(out) > 0 && in[0] == out[0]
}

// reduced is after a mean over axes other than the channel's.
func reduced(n *graph.Node, v algebra.Axis) (algebra.Axis, *refusal.Refusal) {
	if !v.Ranked() || v.Flattened {
		return lost(n)
	}
	says, err := op.ReadReduce(n, v.LeastRank(), op.Constant)
	if err != nil || len(says.Axes) == 0 || slices.Contains(says.Axes, v.Front) {
		return lost(n)
	}
	if says.KeepDims {
		return v, nil
	}
	out := algebra.Axis{Channels: v.Channels}
	for axis := range v.LeastRank() {
		switch {
		case slices.Contains(says.Axes, axis):
		case axis < v.Front:
			out.Front++
		case axis > v.Front:
			out.Back++
		}
	}
	return out, nil
}

// unreduced finds the axis of the operand that reduced takes to the channel's.
func unreduced(n *graph.Node, v algebra.Axis, known *shapes.Shapes) (algebra.Axis, *refusal.Refusal) {
	rank, ok := known.Rank(n.Input(0))
	if !ok || v.Flattened {
		return lost(n)
	}
	for axis := range rank {
		before := algebra.Axis{Front: axis, Back: rank - 1 - axis, Channels: v.Channels}
		after, why := reduced(n, before)
		if why == nil && (v.Front < 0 || after.Front == v.Front) && (v.Back < 0 || after.Back == v.Back) && (v.Front >= 0 || v.Back >= 0) {
			return before, nil
		}
	}
	return lost(n)
}

// pooled is the axis on both sides of a pool over the spatial axes.
func pooled(n *graph.Node, v algebra.Axis) (algebra.Axis, *refusal.Refusal) {
	if v.Front != 1 || v.Flattened {
		return lost(n)
	}
	return v, nil
}

// mayCross says why an affine map may not pass a node.
func mayCross(n *graph.Node, a stencil.Affine, channels int) *refusal.Refusal {
	switch {
	case n.Is("AveragePool"):
		if a.Offset(channels) != nil && !averagesImage(n) {
			return refusal.New(refusal.PaddingMode, "%s includes its padding in the average, and the constant is not added to the padding; export with count_include_pad=0", n.Label())
		}
	case n.Is("MaxPool"):
		for _, s := range a.Scale {
			if s < 0 {
				return refusal.New(refusal.Unsupported, "%s takes the maximum, and a negative scale would make that the minimum; it folds if it comes before the pool", n.Label())
			}
		}
		if a.Offset(channels) != nil && !windowsMeetImage(n) {
			return refusal.New(refusal.PaddingMode, "a window of %s may lie entirely in the padding; export with pads smaller than the kernel", n.Label())
		}
	}
	return nil
}

// averagesImage reports whether every window of an AveragePool averages elements of the image only,
// at least one.
func averagesImage(n *graph.Node) bool {
	p, err := op.ReadPool(n)
	if err != nil || p.CountIncludePad && (padded(p.Window) || p.CeilMode) {
		return false
	}
	return meetsImage(p.Window)
}

// windowsMeetImage reports whether every window of a pool has an element of the image in it.
func windowsMeetImage(n *graph.Node) bool {
	p, err := op.ReadPool(n)
	return err == nil && meetsImage(p.Window)
}

// padded reports whether a window may pad.
func padded(w op.Window) bool {
	pads := func(p int) bool { return p != 0 }
	return w.Same() || slices.ContainsFunc(w.Begin, pads) || slices.ContainsFunc(w.End, pads)
}

// meetsImage reports whether no pad is as wide as the kernel, and no gap of a dilated kernel can hold the image.
func meetsImage(w op.Window) bool {
	if !padded(w) {
		return true
	}
	for i, k := range w.Kernel {
		if min(w.Begin[i], w.End[i]) < 0 || max(w.Begin[i], w.End[i]) >= k || w.Dilations[i] != 1 {
			return false
		}
	}
	return true
}
