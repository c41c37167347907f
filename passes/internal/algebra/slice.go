package algebra

import (
	"math"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// ReadSlice returns how many elements a Slice drops at both ends of each spatial axis, and of how many
// that are left it keeps one. What it does to channels is left to others.
func ReadSlice(n *graph.Node, rank int) (begin, end, step []int, why *refusal.Refusal) {
	starts, ends, axes, steps, why := SliceOperands(n, rank)
	if why != nil {
		return nil, nil, nil, why
	}
	begin, end, step = make([]int, rank-2), make([]int, rank-2), IntsOr(nil, rank-2, 1)
	for i, axis := range axes {
		if steps != nil && (steps[i] < 1 || steps[i] > stencil.MaxExtent) {
			return nil, nil, nil, refusal.New(refusal.Unsupported, "it slices with step %d", steps[i])
		}
		lo, hi := starts[i], ends[i]
		whole := lo == 0 && hi >= math.MaxInt32
		if axis == 1 || whole && (steps == nil || steps[i] == 1) {
			continue
		}
		if axis == 0 {
			return nil, nil, nil, refusal.New(refusal.Misaligned, "it slices the batch; branches merge that read the whole image")
		}
		if lo < 0 || hi >= 0 && hi < math.MaxInt32 {
			return nil, nil, nil, refusal.New(refusal.Misaligned, "what it keeps depends on the size of the image; count starts from the first element and ends from the last one")
		}
		if lo > stencil.MaxExtent || hi < -stencil.MaxExtent {
			return nil, nil, nil, refusal.New(refusal.Unsupported, "it drops more elements than any image has")
		}
		begin[axis-2] = int(lo)
		end[axis-2] = int(max(-hi, 0))
		if steps != nil {
			step[axis-2] = int(steps[i])
		}
	}
	return begin, end, step, nil
}

// SliceOperands is what a Slice says, with axes counted from the first one; no steps where it has none.
func SliceOperands(n *graph.Node, rank int) (starts, ends, axes, steps []int64, why *refusal.Refusal) {
	if n.Graph().Opset() < 10 {
		starts, ends, axes = n.Ints("starts"), n.Ints("ends"), n.Ints("axes")
		if axes == nil {
			for i := range starts {
				axes = append(axes, int64(i))
			}
		}
		if axes, why = withinRank(axes, rank); why != nil {
			return nil, nil, nil, nil, why
		}
	} else {
		var ok1, ok2 bool
		starts, ok1 = ConstantInts(n.Input(1))
		ends, ok2 = ConstantInts(n.Input(2))
		if !ok1 || !ok2 {
			return nil, nil, nil, nil, refusal.New(refusal.NotConstant, "its starts or ends are computed; export for a fixed size of the image")
		}
		if axes, why = AxesOf(n, 3, rank, len(starts)); why != nil {
			return nil, nil, nil, nil, why
		}
		if v := n.Input(4); v != nil {
			if steps, ok1 = ConstantInts(v); !ok1 {
				return nil, nil, nil, nil, refusal.New(refusal.NotConstant, "its steps are computed; export for a fixed size of the image")
			}
		}
	}
	if len(ends) != len(starts) || len(axes) != len(starts) || steps != nil && len(steps) != len(starts) {
		return nil, nil, nil, nil, refusal.New(refusal.Unsupported, "its operands have different lengths")
	}
	return starts, ends, axes, steps, nil
}
