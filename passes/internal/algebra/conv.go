package algebra

import (
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// ReadConv returns the convolution that a Conv node computes.
func ReadConv(n *graph.Node) (stencil.Conv, *refusal.Refusal) {
	var c stencil.Conv
	weight, why := Parameter(n, 1, "weight")
	if why != nil {
		return c, why
	}
	shape := weight.Shape()
	axes := len(shape) - 2
	group := int(n.Int("group", 1))
	c = stencil.Conv{
		Weight: weight, Out: int(shape[0]), In: int(shape[1]) * group, Group: group,
		Strides: IntsOr(n.Ints("strides"), axes, 1), Dilations: IntsOr(n.Ints("dilations"), axes, 1),
	}
	for _, k := range shape[2:] {
		c.Kernel = append(c.Kernel, int(k))
	}
	for _, list := range [][]int64{n.Ints("strides"), n.Ints("dilations"), n.Ints("pads")} {
		for _, v := range list {
			if v > stencil.MaxExtent {
				return c, refusal.New(refusal.Unsupported, "%d in its attributes is more than any image has elements", v)
			}
		}
	}
	if weight.Len() == 0 {
		return c, refusal.New(refusal.NotConstant, "weight %q is empty", n.Input(1).Name())
	}
	if n.Input(2) != nil {
		bias, why := Parameter(n, 2, "bias")
		if why != nil {
			return c, why
		}
		c.Bias = bias.Float64s()
	}
	c.Begin, c.End, why = convPads(n, c)
	return c, why
}

// convPads resolves pads and auto_pad to explicit pads.
func convPads(n *graph.Node, c stencil.Conv) (begin, end []int, why *refusal.Refusal) {
	axes := len(c.Kernel)
	begin, end = make([]int, axes), make([]int, axes)
	mode := n.Str("auto_pad", "NOTSET")
	switch mode {
	case "VALID":
		return begin, end, nil
	case "NOTSET", "":
		pads := IntsOr(n.Ints("pads"), 2*axes, 0)
		copy(begin, pads[:axes])
		copy(end, pads[axes:])
		for i := range axes {
			if begin[i] < 0 || end[i] < 0 {
				return nil, nil, refusal.New(refusal.PaddingMode, "its pads are negative; crop with a Slice in front of it")
			}
		}
		return begin, end, nil
	case "SAME_UPPER", "SAME_LOWER":
	default:
		return nil, nil, refusal.New(refusal.PaddingMode, "auto_pad is %q; export with explicit pads", mode)
	}
	for i := range axes {
		if c.Strides[i] != 1 {
			return nil, nil, refusal.New(refusal.PaddingMode, "auto_pad=%s with stride %d depends on the size of the image; export with explicit pads", mode, c.Strides[i])
		}
		begin[i], end[i] = SamePads(mode, 0, c.Kernel[i], c.Strides[i], c.Dilations[i])
	}
	return begin, end, nil
}

// SamePads is how auto_pad SAME_UPPER or SAME_LOWER pads one axis, so that there are ⌈size/stride⌉
// outputs. At stride 1 the size does not matter.
func SamePads(mode string, size, kernel, stride, dilation int) (begin, end int) {
	total := dilation * (kernel - 1)
	if stride > 1 {
		outputs := (size + stride - 1) / stride
		total = max((outputs-1)*stride+total+1-size, 0)
	}
	if mode == "SAME_LOWER" {
		return total - total/2, total / 2
	}
	return total / 2, total - total/2
}

// IntsOr is n numbers of a list attribute, with a default for those that it does not have.
func IntsOr(list []int64, n, def int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = def
		if i < len(list) {
			out[i] = int(list[i])
		}
	}
	return out
}

func all(list []int, want int) bool {
	for _, v := range list {
		if v != want {
			return false
		}
	}
	return true
}
