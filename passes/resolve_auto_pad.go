package passes

import (
	"context"
	"fmt"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/pipeline"
)

const resolveAutoPadDoc = `writes auto_pad as explicit pads, where the stride makes them depend on the image

Before: Conv<auto_pad=SAME_UPPER, strides=[2,2]>(x, W)   x is 224 high and wide
After:  Conv<pads=[0,0,1,1], strides=[2,2]>(x, W)

Other passes can compare and merge convolutions only when their pads are known. An axis of size X with stride
s, kernel k and dilation d is padded by (⌈X/s⌉−1)·s + d·(k−1) + 1 − X elements in all, so the size X has to be
known. With stride 1 the pads do not depend on X, and the Conv stays as it is.`

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
			if !n.Is("Conv") {
				continue
			}
			mode, pads, ok := resolvedPads(n, sizes)
			if !ok {
				continue
			}
			detail := fmt.Sprintf("auto_pad=%s written as pads %v", mode, pads)
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

// resolvedPads is the auto_pad of a Conv that strides, and the pads that it means; false for one that has none or
// does not stride, and where a size that it depends on is not known.
func resolvedPads(n *graph.Node, sizes *shapes.Shapes) (mode string, pads []int64, ok bool) {
	if n.Attr("auto_pad") == nil { // inferring the sizes of a whole graph takes time
		return "", nil, false
	}
	x, known := sizes.Shape(n.Input(0))
	w, ok := sizes.Static(n.Input(1))
	if !known || !ok || len(x) != len(w) {
		return "", nil, false
	}
	c, err := op.ReadConv(n, w)
	if err != nil || !c.Same() {
		return "", nil, false
	}
	axes, strides := len(c.Kernel), false
	pads = make([]int64, 2*axes)
	for i, k := range c.Kernel {
		size, known := x[2+i].Size()
		if !known {
			size = 0
		}
		begin, end, ok := c.Pads(i, int(size))
		if !ok || k < 1 {
			return "", nil, false
		}
		pads[i], pads[axes+i] = int64(begin), int64(end)
		strides = strides || c.Strides[i] > 1
	}
	return c.AutoPad, pads, strides
}
