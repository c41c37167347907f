package passes

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
)

const resolveSliceDoc = `writes the ends of a Slice as numbers if they are computed from the size of the image

Before: Slice(x, starts=1, ends=Shape(x)[2]−1, axes=2)
After:  Slice(x, starts=1, ends=−1, axes=2)

A negative end counts from the end of the image. Written so, a crop can be compared with the pads of a
convolution. The size must be known, or the ends must be computed from it.`

// ResolveSlice makes crops explicit, so that convolutions after them can be compared.
type ResolveSlice struct{}

func resolveSlice() entry {
	return entry{Name: "resolve_slice", Doc: resolveSliceDoc, New: func() pipeline.Pass { return &ResolveSlice{} }}
}

// Run resolves every Slice of an image.
func (*ResolveSlice) Run(_ context.Context, r *pipeline.Rewriter) error {
	g := r.Graph()
	known := shapes.Of(g)
	for sub := range g.All() {
		for n := range sub.Nodes() {
			if !n.Is("Slice") || n.Graph().Opset() < 10 {
				continue
			}
			starts, ends, ok := explicitEnds(n, known)
			if !ok {
				continue
			}
			if !r.Rewrite(n.Label(), fmt.Sprintf("counts from both ends of the image: starts %d, ends %d", starts, ends), func() {
				setIndices(n, 1, "starts", starts)
				setIndices(n, 2, "ends", ends)
			}) {
				return nil
			}
		}
	}
	return nil
}

// explicitEnds is what a crop keeps along each of its axes: starts from 0 up, and ends that are negative or
// past every image. False where that depends on the size of the image, and where it is written so already.
func explicitEnds(n *graph.Node, known *shapes.Shapes) (starts, ends []int64, ok bool) {
	if n.Input(1).Constant() != nil && n.Input(2).Constant() != nil && !beforeLayer(n) {
		return nil, nil, false
	}
	x, ranked := known.Shape(n.Input(0))
	from, ok1 := positions(n.Input(1), known)
	to, ok2 := positions(n.Input(2), known)
	if !ranked || !ok1 || !ok2 || len(x) < 3 || len(from) != len(to) || elemOfIndices(n) == tensor.Undefined {
		return nil, nil, false
	}
	axes, why := algebra.AxesOf(n, 3, len(x), len(from))
	steps, plain := []int64(nil), n.Input(4) == nil
	if !plain {
		steps, plain = algebra.ConstantInts(n.Input(4))
	}
	if why != nil || len(axes) != len(from) || !plain || slices.ContainsFunc(steps, func(s int64) bool { return s < 1 }) {
		return nil, nil, false
	}
	starts, ends = make([]int64, len(axes)), make([]int64, len(axes))
	changed := false
	for i, axis := range axes {
		if starts[i], ends[i], ok = explicitEnd(x[axis], from[i], to[i]); !ok || axis < 2 && (starts[i] != 0 || ends[i] < 0) {
			return nil, nil, false
		}
		changed = changed || !from[i].Is(starts[i]) || !to[i].Is(ends[i])
	}
	return starts, ends, changed
}

// beforeLayer reports whether a convolution or a batch normalisation reads what a run of crops, pads and joins
// leaves, in which n is one.
func beforeLayer(n *graph.Node) bool {
	const near = 4
	for range near {
		v := n.Output(0)
		if v == nil {
			return false
		}
		use := v.OnlyUse()
		if use == nil || use.Index != 0 && !use.Node.Is("Concat") {
			return false
		}
		n = use.Node
		if n.Is("Conv") || n.Is("BatchNormalization") {
			return true
		}
		if !n.Is("Slice") && !n.Is("Pad") && !n.Is("Concat") {
			return false
		}
	}
	return false
}

// positions is what an operand of a Slice says. Numbers beyond every image are as good as ±past.
func positions(v *graph.Value, known *shapes.Shapes) ([]shapes.Dim, bool) {
	list, ok := algebra.ConstantInts(v)
	if !ok {
		return known.Ints(v)
	}
	out := make([]shapes.Dim, len(list))
	for i, at := range list {
		out[i] = shapes.Fixed(min(max(at, -past), past))
	}
	return out, true
}

// past is the end of a slice that keeps all to the last, in each of the types that an end may have.
const past = math.MaxInt32

// explicitEnd writes one axis of the given size.
func explicitEnd(size, from, to shapes.Dim) (start, end int64, ok bool) {
	start, ok = from.Size()
	length, fixed := size.Size()
	if start < 0 && fixed {
		start = max(start+length, 0)
	}
	if !ok || start < 0 || fixed && length >= past {
		return 0, 0, false
	}
	end, ok = to.Size()
	dropped, related := to.Minus(size)
	switch {
	case ok && (end < 0 || end >= past):
		return start, min(end, past), true
	case !related: // a number, and the size is none
		return 0, 0, false
	case dropped >= 0:
		return start, past, true
	// An image that is smaller than what is dropped has an end below 0, which counts from its end once more:
	// only after that end is nothing kept either way.
	case !fixed && start < -dropped-2:
		return 0, 0, false
	}
	return start, dropped, true
}

// elemOfIndices is the element type of the operands of a Slice, [tensor.Undefined] where none is constant.
func elemOfIndices(n *graph.Node) tensor.Type {
	for i := 1; i < 5; i++ {
		if t := n.Input(i).Constant(); t != nil {
			return t.Type()
		}
	}
	return tensor.Undefined
}

// setIndices makes an operand of a Slice a constant, where it is not that one already.
func setIndices(n *graph.Node, input int, name string, list []int64) {
	if old, ok := algebra.ConstantInts(n.Input(input)); ok && slices.Equal(old, list) {
		return
	}
	shape := []int64{int64(len(list))}
	t := tensor.Of(shape, list...)
	if elemOfIndices(n) == tensor.Int32 {
		short := make([]int32, len(list))
		for i, v := range list {
			short[i] = int32(v)
		}
		t = tensor.Of(shape, short...)
	}
	n.SetInput(input, n.Graph().NewInitializer(name, t))
}
