package passes

import (
	"context"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
	"github.com/acdeploy/acdeploy/passes/internal/emit"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
	"github.com/acdeploy/acdeploy/pipeline"
)

const foldPadDoc = `folds a zero Pad of an image into the pads of the convolution after it

Before: Conv(Pad(x, p), W, pads=q)
After:  Conv(x, W, pads=p+q)

The Pad must add constant zeros on spatial axes only. A negative pad crops the image. It folds if the
convolution adds no padding on the cropped side.`

// FoldPad folds Pad into Conv.
type FoldPad struct{}

func foldPad() entry {
	return entry{Name: "fold_pad", Doc: foldPadDoc, New: func() pipeline.Pass { return &FoldPad{} }}
}

// Run folds every Pad that has a convolution after it.
func (*FoldPad) Run(_ context.Context, r *pipeline.Rewriter) error {
	for sub := range r.Graph().All() {
		for n := range sub.Nodes() {
			if !n.Is("Conv") || !n.Input(0).Producer().Is("Pad") {
				continue
			}
			pad := n.Input(0).Producer()
			plan, why := planPad(n, pad)
			if why != nil {
				r.Refuse(pad.Label(), why.Reason, why.Detail)
				continue
			}
			if !r.Rewrite(pad.Label(), "Pad folded into the pads of "+n.Label(), func() {
				plan.Apply(n)
				n.SetInput(0, pad.Input(0))
				emit.RemoveIfUnused(pad)
			}) {
				return nil
			}
		}
	}
	return nil
}

// planPad computes the convolution that reads the input of the Pad before it.
func planPad(n, pad *graph.Node) (emit.Conv, *refusal.Refusal) {
	if pad.Input(0) == nil {
		return emit.Conv{}, refusal.New(refusal.Unsupported, "it has no input; the model is invalid, export it again")
	}
	c, why := algebra.ReadConv(n)
	if why != nil {
		return emit.Conv{}, why
	}
	begin, end, why := algebra.ReadPad(pad, len(c.Kernel)+2)
	if why != nil {
		return emit.Conv{}, why
	}
	target := c.Geometry()
	target.Begin, target.End = addInts(c.Begin, begin), addInts(c.End, end)
	lowered, err := stencil.Of(c).Pad(begin, end).Lower(target)
	if err != nil {
		return emit.Conv{}, refusal.New(refusal.PaddingMode, "%v; pad before the crop", err)
	}
	return emit.PlanConv(lowered, n.Input(1).Elem())
}

func addInts(a, b []int) []int {
	sum := make([]int, len(a))
	for i := range a {
		sum[i] = a[i] + b[i]
	}
	return sum
}
