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
known. With stride 1 the pads do not depend on X, and the Conv stays as it is.

A ConvTranspose that is asked for its size, by auto_pad or output_shape Y, is padded by (X−1)·s + d·(k−1) + 1 + o − Y
elements in all, o being its output_padding; for auto_pad Y is X·s. It gets explicit pads where that is an even number,
half of it at each end. Runtimes do not agree at which end one more goes.`

// ResolveAutoPad makes pads explicit, so that convolutions can be compared.
type ResolveAutoPad struct{}

func resolveAutoPad() entry {
	return entry{Name: "resolve_auto_pad", Doc: resolveAutoPadDoc, New: func() pipeline.Pass { return &ResolveAutoPad{} }}
}

// Run resolves every Conv whose image has known sizes where it strides, and every ConvTranspose that is asked for its size.
func (*ResolveAutoPad) Run(_ context.Context, r *pipeline.Rewriter) error {
	g := r.Graph()
	sizes := shapes.Of(g)
	for sub := range g.All() {
		for n := range sub.Nodes() {
			resolve := resolvedPads
			switch {
			case n.Is("ConvTranspose"):
				resolve = transposedPads
			case !n.Is("Conv"):
				continue
			}
			what, pads, ok := resolve(n, sizes)
			if !ok {
				continue
			}
			if !r.Rewrite(n.Label(), fmt.Sprintf("%s written as pads %v", what, pads), func() {
				n.RemoveAttr("auto_pad")
				n.RemoveAttr("output_shape")
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
func resolvedPads(n *graph.Node, sizes *shapes.Shapes) (what string, pads []int64, ok bool) {
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
	return "auto_pad=" + c.AutoPad, pads, strides
}

// transposedPads is how a ConvTranspose is asked for its size, and the pads that it means; false for one that is not, for an odd number of
// pads, and where a size that they depend on is not known.
func transposedPads(n *graph.Node, sizes *shapes.Shapes) (what string, pads []int64, ok bool) {
	if n.Attr("auto_pad") == nil && n.Attr("output_shape") == nil { // inferring the sizes of a whole graph takes time
		return "", nil, false
	}
	x, known := sizes.Shape(n.Input(0))
	w, ok := sizes.Static(n.Input(1))
	if !known || !ok || len(x) != len(w) {
		return "", nil, false
	}
	c, err := op.ReadConvTranspose(n, w)
	if err != nil || c.AutoPad == op.Valid || c.OutputShape == nil && !c.Same() {
		return "", nil, false
	}
	axes := len(c.Kernel)
	pads = make([]int64, 2*axes)
	for i := range axes {
		total := int64(c.Extent(i) + c.OutputPadding[i] - c.Strides[i]) // (X−1)·s + extent + o − X·s
		if c.OutputShape != nil {
			size, known := x[2+i].Size()
			if !known {
				return "", nil, false
			}
			total += size*int64(c.Strides[i]) - c.OutputShape[i]
		}
		if total < 0 || total%2 != 0 {
			return "", nil, false
		}
		pads[i], pads[axes+i] = total/2, total/2
	}
	if c.OutputShape != nil {
		return fmt.Sprintf("output_shape=%v", c.OutputShape), pads, true
	}
	return "auto_pad=" + c.AutoPad, pads, true
}
