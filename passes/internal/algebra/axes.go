package algebra

import (
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// AxesOf is the list of axes in an optional input, all of them when it is absent.
func AxesOf(n *graph.Node, input, rank, absent int) ([]int64, *refusal.Refusal) {
	var axes []int64
	if v := n.Input(input); v != nil {
		var ok bool
		if axes, ok = ConstantInts(v); !ok {
			return nil, refusal.New(refusal.NotConstant, "its axes are computed at run time; export the model with constant folding")
		}
	} else {
		for i := range absent {
			axes = append(axes, int64(i))
		}
	}
	return withinRank(axes, rank)
}

// withinRank counts axes from the first one, and refuses those that are not there or come twice.
func withinRank(axes []int64, rank int) ([]int64, *refusal.Refusal) {
	out := make([]int64, len(axes))
	for i, axis := range axes {
		if axis < 0 {
			axis += int64(rank)
		}
		if axis < 0 || axis >= int64(rank) || slices.Contains(out[:i], axis) {
			return nil, refusal.New(refusal.Unsupported, "axis %d is repeated, or is not one of the %d axes of the value; the model is invalid, export it again", axes[i], rank)
		}
		out[i] = axis
	}
	return out, nil
}
