package algebra

import (
	"math"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// ReadSlice returns how many elements a Slice drops at both ends of each spatial axis, and of how many
// that are left it keeps one. What it does to channels is left to others.
func ReadSlice(n *graph.Node, rank int) (begin, end, step []int, why *refusal.Refusal) {
	s, err := op.ReadSlice(n, rank, op.Constant)
	if err != nil {
		return nil, nil, nil, refusal.Of(err)
	}
	begin, end, step = make([]int, rank-2), make([]int, rank-2), slices.Repeat([]int{1}, rank-2)
	for i, axis := range s.Axes {
		lo, hi, by := s.Starts[i], s.Ends[i], s.Steps[i]
		if by < 1 || by > op.MaxExtent {
			return nil, nil, nil, refusal.New(refusal.Unsupported, "it slices with step %d; only steps of 1 or more merge", by)
		}
		if whole := lo == 0 && hi >= math.MaxInt32; axis == 1 || whole && by == 1 {
			continue
		}
		if axis == 0 {
			return nil, nil, nil, refusal.New(refusal.Misaligned, "it slices the batch axis; only branches that read the whole batch merge")
		}
		if lo < 0 || hi >= 0 && hi < math.MaxInt32 {
			return nil, nil, nil, refusal.New(refusal.Misaligned, "what it keeps depends on the size of the image; export starts that count from the first element and ends that count from the last one")
		}
		if lo > op.MaxExtent || hi < -op.MaxExtent {
			return nil, nil, nil, refusal.New(refusal.Unsupported, "it drops more elements than any image has; the model is invalid, export it again")
		}
		begin[axis-2], end[axis-2], step[axis-2] = int(lo), int(max(-hi, 0)), int(by)
	}
	return begin, end, step, nil
}

// SliceOperands is what a Slice says, with axes counted from the first one.
func SliceOperands(n *graph.Node, rank int) (starts, ends, axes, steps []int64, why *refusal.Refusal) {
	s, err := op.ReadSlice(n, rank, op.Constant)
	if err != nil {
		return nil, nil, nil, nil, refusal.Of(err)
	}
	for _, axis := range s.Axes {
		axes = append(axes, int64(axis))
	}
	return s.Starts, s.Ends, axes, s.Steps, nil
}
