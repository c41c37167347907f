package algebra

import (
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// ReadPool returns a pool that is linear as a stencil over so many channels: an average whose padding
// counts as zeros, or a MaxPool of one element.
func ReadPool(n *graph.Node) (func(channels int) stencil.Stencil, *refusal.Refusal) {
	p, err := op.ReadPool(n)
	if err != nil {
		return nil, refusal.Of(err)
	}
	if slices.Contains(p.Kernel, 0) {
		return nil, refusal.New(refusal.Unsupported, "its kernel has 0 elements on an axis; the model is invalid, export it again")
	}
	if taps := stencil.Product(p.Kernel...); taps > stencil.MaxTaps {
		return nil, refusal.New(refusal.Unsupported, "its kernel has %d elements, more than the limit of %d; the pool stays as it is", taps, stencil.MaxTaps)
	}
	if least := min(slices.Min(p.Begin), slices.Min(p.End)); least < 0 {
		return nil, refusal.New(refusal.Unsupported, "it pads by %d; only padding of 0 or more merges", least)
	}
	c := stencil.Conv{Kernel: p.Kernel, Strides: p.Strides, Dilations: p.Dilations}
	var why *refusal.Refusal
	if c.Begin, c.End, why = explicitPads(p.Window); why != nil {
		return nil, why
	}
	if p.CeilMode && !all(c.Strides, 1) {
		return nil, refusal.New(refusal.PaddingMode, "with ceil_mode its last window may end outside the image; export with ceil_mode=0")
	}
	padded := !all(c.Begin, 0) || !all(c.End, 0)
	if n.Is("AveragePool") {
		if padded && !p.CountIncludePad {
			return nil, refusal.New(refusal.PaddingMode, "it averages over fewer elements at the border; export with count_include_pad=1")
		}
		return func(channels int) stencil.Stencil { return stencil.Average(channels, c) }, nil
	}
	if !all(c.Kernel, 1) || padded || n.LiveOutputs() > 1 {
		return nil, refusal.New(refusal.Unsupported, "a maximum over several elements is not linear; the pool stays next to the merged convolution")
	}
	return func(channels int) stencil.Stencil { return stencil.Sample(channels, c.Strides) }, nil
}

// all reports whether every number is the given one.
func all(list []int, want int) bool {
	return !slices.ContainsFunc(list, func(v int) bool { return v != want })
}
