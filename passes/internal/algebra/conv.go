package algebra

import (
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// ReadConv returns the convolution that a Conv node computes.
func ReadConv(n *graph.Node) (stencil.Conv, *refusal.Refusal) {
	weight, why := Parameter(n, 1, "weight")
	if why != nil {
		return stencil.Conv{}, why
	}
	said, err := op.ReadConv(n, weight.Shape())
	if err != nil {
		return stencil.Conv{}, refusal.Of(err)
	}
	c := stencil.Conv{
		Weight: weight, Out: int(weight.Shape()[0]), In: int(weight.Shape()[1]) * said.Group, Group: said.Group,
		Kernel: said.Kernel, Strides: said.Strides, Dilations: said.Dilations,
	}
	if weight.Len() == 0 {
		return c, refusal.New(refusal.NotConstant, "weight %q is empty; the model is invalid, export it again", n.Input(1).Name())
	}
	if n.Input(2) != nil {
		bias, why := Parameter(n, 2, "bias")
		if why != nil {
			return c, why
		}
		c.Bias = bias.Float64s()
	}
	c.Begin, c.End, why = explicitPads(said.Window)
	return c, why
}

// explicitPads is the pads of a window, where they do not depend on the size of the image.
func explicitPads(w op.Window) (begin, end []int, why *refusal.Refusal) {
	begin, end = make([]int, len(w.Kernel)), make([]int, len(w.Kernel))
	for i := range w.Kernel {
		if w.Same() && w.Strides[i] != 1 {
			return nil, nil, refusal.New(refusal.PaddingMode, "auto_pad=%s with stride %d depends on the size of the image; export with explicit pads", w.AutoPad, w.Strides[i])
		}
		begin[i], end[i], _ = w.Pads(i, 0)
		if begin[i] < 0 || end[i] < 0 {
			return nil, nil, refusal.New(refusal.PaddingMode, "its pads are negative; crop with a Slice before it")
		}
	}
	return begin, end, nil
}
