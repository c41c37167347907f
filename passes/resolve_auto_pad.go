package passes

import (
	"context"
	"fmt"
	"strings"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
	"github.com/acdeploy/acdeploy/pipeline"
)

const resolveAutoPadDoc = `writes the pads that auto_pad stands for, where strides make them depend on the image

Before: Conv<auto_pad=SAME_UPPER, strides=[2,2]>(x, W)   x is 224 high and wide
After:  Conv<pads=[0,0,1,1], strides=[2,2]>(x, W)

Along an axis of stride s the image of size X is padded by (⌈X/s⌉−1)·s + d·(k−1) + 1 − X in all, so X has to
be known there. At stride 1 pads do not depend on it, and such a Conv stays as it is.`

// ResolveAutoPad makes pads explicit, so that convolutions can be compared.
type ResolveAutoPad struct{}

func resolveAutoPad() entry {
	return entry{Name: "resolve_auto_pad", Doc: resolveAutoPadDoc, New: func() pipeline.Pass { return &ResolveAutoPad{} }}
}

// Run resolves every Conv whose image has known sizes where it strides.
func (*ResolveAutoPad) Run(_ context.Context, r *pipeline.Rewriter) error {
	g := r.Graph()
	sizes := shapes.Of(g)
	for sub := range g.All() {
		for n := range sub.Nodes() {
			if !n.Is("Conv") || !strings.HasPrefix(n.Str("auto_pad", ""), "SAME_") {
				continue
			}
			pads, ok := explicitPads(n, sizes)
			if !ok {
				continue
			}
			detail := fmt.Sprintf("auto_pad=%s written as pads %v", n.Str("auto_pad", ""), pads)
			if !r.Rewrite(n.Label(), detail, func() {
				n.RemoveAttr("auto_pad")
				n.SetAttr(graph.IntsAttr("pads", pads...))
			}) {
				return nil
			}
		}
	}
	return nil
}

// explicitPads is what auto_pad stands for in a Conv that strides; false for one that does not, and where
// a size that it depends on is not known.
func explicitPads(n *graph.Node, sizes *shapes.Shapes) ([]int64, bool) {
	x, known := sizes.Shape(n.Input(0))
	w, ok := sizes.Static(n.Input(1))
	if !known || !ok || len(x) != len(w) || len(x) < 3 {
		return nil, false
	}
	axes := len(w) - 2
	strides, dilations := algebra.IntsOr(n.Ints("strides"), axes, 1), algebra.IntsOr(n.Ints("dilations"), axes, 1)
	pads, strided := make([]int64, 2*axes), false
	for i := range axes {
		size, ok := x[2+i].Size()
		if min(strides[i], dilations[i], int(w[2+i])) < 1 || max(strides[i], dilations[i], int(w[2+i])) > stencil.MaxExtent {
			return nil, false
		}
		if strides[i] > 1 {
			if !ok || size < 1 {
				return nil, false
			}
			strided = true
		}
		begin, end := algebra.SamePads(n.Str("auto_pad", ""), int(size), int(w[2+i]), strides[i], dilations[i])
		pads[i], pads[axes+i] = int64(begin), int64(end)
	}
	return pads, strided
}
