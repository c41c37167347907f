package algebra

import (
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// ReadPool returns a pool that is linear as a stencil over so many channels: an average whose padding
// counts as zeros, or a MaxPool of one element.
func ReadPool(n *graph.Node) (func(channels int) stencil.Stencil, *refusal.Refusal) {
	c := stencil.Conv{}
	for _, k := range n.Ints("kernel_shape") {
		if k < 1 || k > stencil.MaxExtent {
			return nil, refusal.New(refusal.Unsupported, "its kernel has %d elements on an axis", k)
		}
		c.Kernel = append(c.Kernel, int(k))
	}
	axes := len(c.Kernel)
	if axes == 0 {
		return nil, refusal.New(refusal.Unsupported, "it has no kernel_shape")
	}
	if taps := stencil.Product(c.Kernel...); taps > stencil.MaxTaps {
		return nil, refusal.New(refusal.Unsupported, "its kernel has %d elements", taps)
	}
	c.Strides, c.Dilations = IntsOr(n.Ints("strides"), axes, 1), IntsOr(n.Ints("dilations"), axes, 1)
	for _, list := range [][]int64{n.Ints("strides"), n.Ints("dilations"), n.Ints("pads")} {
		for i, v := range list {
			if v > stencil.MaxExtent || v < 0 || i >= 2*axes {
				return nil, refusal.New(refusal.Unsupported, "%d in its attributes is no size of an image", v)
			}
		}
	}
	for i := range axes {
		if c.Strides[i] < 1 || c.Dilations[i] < 1 {
			return nil, refusal.New(refusal.Unsupported, "its strides or dilations are not positive")
		}
	}
	var why *refusal.Refusal
	if c.Begin, c.End, why = convPads(n, c); why != nil {
		return nil, why
	}
	if n.Int("ceil_mode", 0) != 0 && !all(c.Strides, 1) {
		return nil, refusal.New(refusal.PaddingMode, "with ceil_mode its last window may end outside the image; export with ceil_mode=0")
	}
	padded := !all(c.Begin, 0) || !all(c.End, 0)
	if n.Is("AveragePool") {
		if padded && n.Int("count_include_pad", 0) == 0 {
			return nil, refusal.New(refusal.PaddingMode, "it averages over fewer elements at the border; export with count_include_pad")
		}
		return func(channels int) stencil.Stencil { return stencil.Average(channels, c) }, nil
	}
	if !all(c.Kernel, 1) || padded || n.LiveOutputs() > 1 {
		return nil, refusal.New(refusal.Unsupported, "a maximum over several elements is not linear; it stays beside the block")
	}
	return func(channels int) stencil.Stencil { return stencil.Sample(channels, c.Strides) }, nil
}
