package algebra

import (
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// ReadPad returns how many zeros a Pad adds to each spatial axis of an image of the given rank;
// negative numbers crop.
func ReadPad(n *graph.Node, rank int) (begin, end []int, why *refusal.Refusal) {
	if begin, end, why = ReadPads(n, rank); why != nil {
		return nil, nil, why
	}
	if begin[1] != 0 || end[1] != 0 {
		return nil, nil, refusal.New(refusal.PaddingMode, "it pads channels; only pads of the image fold")
	}
	return begin[2:], end[2:], nil
}

// ReadPads is [readPad] with all axes; there are none for the batch.
func ReadPads(n *graph.Node, rank int) (begin, end []int, why *refusal.Refusal) {
	if mode := n.Str("mode", "constant"); mode != "constant" {
		return nil, nil, refusal.New(refusal.PaddingMode, "it pads in mode %q, a convolution pads with zeros; only a network that was trained with zero padding folds here", mode)
	}
	pads, why := padAmounts(n)
	if why != nil {
		return nil, nil, why
	}
	axes, why := AxesOf(n, 3, rank, len(pads)/2)
	if why != nil {
		return nil, nil, why
	}
	if len(pads) != 2*len(axes) {
		return nil, nil, refusal.New(refusal.PaddingMode, "it has %d pads for %d axes", len(pads), len(axes))
	}
	begin, end = make([]int, rank), make([]int, rank)
	for i, axis := range axes {
		lo, hi := pads[i], pads[len(axes)+i]
		if max(lo, hi) > stencil.MaxExtent || min(lo, hi) < -stencil.MaxExtent {
			return nil, nil, refusal.New(refusal.Unsupported, "it pads more elements than any image has")
		}
		begin[axis], end[axis] = int(lo), int(hi)
	}
	if begin[0] != 0 || end[0] != 0 {
		return nil, nil, refusal.New(refusal.PaddingMode, "it pads the batch; only pads of the image fold")
	}
	return begin, end, nil
}

// padAmounts is the list of pads, when they are constant and pad with zeros.
func padAmounts(n *graph.Node) ([]int64, *refusal.Refusal) {
	if n.Graph().Opset() < 11 {
		if n.Float("value", 0) != 0 {
			return nil, refusal.New(refusal.PaddingMode, "it pads with %g; only zeros fold", n.Float("value", 0))
		}
		pads := n.Ints("pads")
		if pads == nil {
			pads = n.Ints("paddings")
		}
		return pads, nil
	}
	if v := n.Input(2); v != nil {
		value := v.Constant()
		if value == nil || value.Len() != 1 || value.MaxAbs() != 0 {
			return nil, refusal.New(refusal.PaddingMode, "it pads with %q, which is not a constant zero; only zeros fold", v.Name())
		}
	}
	pads, ok := ConstantInts(n.Input(1))
	if !ok {
		return nil, refusal.New(refusal.NotConstant, "its pads are computed; export for a fixed size of the image, or with pads that do not depend on it")
	}
	return pads, nil
}
