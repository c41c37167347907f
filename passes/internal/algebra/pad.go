package algebra

import (
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// ReadPad returns how many zeros a Pad adds to each spatial axis of an image of the given rank;
// negative numbers crop.
func ReadPad(n *graph.Node, rank int) (begin, end []int, why *refusal.Refusal) {
	if begin, end, why = ReadPads(n, rank); why != nil {
		return nil, nil, why
	}
	if begin[1] != 0 || end[1] != 0 {
		return nil, nil, refusal.New(refusal.PaddingMode, "it pads the channel axis; only padding of the spatial axes folds")
	}
	return begin[2:], end[2:], nil
}

// ReadPads is [ReadPad] with all axes; there are none for the batch.
func ReadPads(n *graph.Node, rank int) (begin, end []int, why *refusal.Refusal) {
	if mode := op.PadMode(n); mode != "constant" && mode != "" {
		return nil, nil, refusal.New(refusal.PaddingMode, "it pads in mode %q, and a convolution pads with zeros; it folds only if the network is trained with zero padding", mode)
	}
	if why := padsZeros(n); why != nil {
		return nil, nil, why
	}
	p, err := op.ReadPad(n, rank, op.Constant)
	if err != nil {
		return nil, nil, refusal.Of(err)
	}
	begin, end = make([]int, rank), make([]int, rank)
	for i := range rank {
		begin[i], end[i] = int(p.Begin[i]), int(p.End[i])
	}
	if begin[0] != 0 || end[0] != 0 {
		return nil, nil, refusal.New(refusal.PaddingMode, "it pads the batch axis; only padding of the spatial axes folds")
	}
	return begin, end, nil
}

// padsZeros refuses a Pad that fills with anything but zeros.
func padsZeros(n *graph.Node) *refusal.Refusal {
	v, number := op.PadValue(n)
	if v == nil && number != 0 {
		return refusal.New(refusal.PaddingMode, "it pads with %g; only padding with zeros folds", number)
	}
	if v == nil {
		return nil
	}
	value := v.Constant()
	if value == nil || value.Len() != 1 || value.MaxAbs() != 0 {
		return refusal.New(refusal.PaddingMode, "it pads with %q, which is not a constant zero; only padding with zeros folds", v.Name())
	}
	return nil
}
