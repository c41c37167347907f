package linear

import (
	"math"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// cropsOf is the stencil of a run of crops, pads and samples, the last one first.
func cropsOf(run []*graph.Node, channels, axes int) (stencil.Stencil, *refusal.Refusal) {
	s := stencil.Identity(channels, axes)
	for _, n := range run {
		if n.Is("Pad") {
			begin, end, why := algebra.ReadPads(n, axes+2)
			if why != nil {
				return s, why
			}
			s = s.Pad(begin[2:], end[2:])
			continue
		}
		begin, end, step, why := algebra.ReadSlice(n, axes+2)
		if why != nil {
			return s, why
		}
		if stencil.Product(step...) != 1 {
			if s, why = compose(s, stencil.Sample(channels, step), Image{}); why != nil {
				return s, why
			}
		}
		s = s.Crop(begin, end)
	}
	if !slices.ContainsFunc(run, func(n *graph.Node) bool { return ChoosesChannels(n, axes+2) }) {
		return s, nil
	}
	chosen, why := chosenChannels(run, channels, axes+2)
	if why != nil {
		return s, why
	}
	return compose(stencil.Select(channels, chosen, axes), s, Image{})
}

// ChoosesChannels reports whether a crop or a pad leaves channels out, or adds some.
func ChoosesChannels(n *graph.Node, rank int) bool {
	if n.Is("Pad") {
		begin, end, why := algebra.ReadPads(n, rank)
		return why == nil && (begin[1] != 0 || end[1] != 0)
	}
	s, err := op.ReadSlice(n, rank, op.Constant)
	i := slices.Index(s.Axes, 1)
	return err == nil && i >= 0 && (s.Starts[i] != 0 || s.Ends[i] < math.MaxInt32 || s.Steps[i] != 1)
}

// chosenChannels lists which of so many channels a run of crops and pads leaves, −1 for one of zeros.
func chosenChannels(run []*graph.Node, channels, rank int) ([]int, *refusal.Refusal) {
	chosen := make([]int, channels)
	for i := range chosen {
		chosen[i] = i
	}
	for _, n := range slices.Backward(run) {
		count := len(chosen)
		if n.Is("Pad") {
			begin, end, why := algebra.ReadPads(n, rank)
			if why != nil {
				return nil, why
			}
			if count+begin[1]+end[1] > op.MaxExtent {
				return nil, refusal.New(refusal.Unsupported, "it pads to more channels than any image has")
			}
			chosen = slices.Concat(slices.Repeat([]int{-1}, max(begin[1], 0)), chosen, slices.Repeat([]int{-1}, max(end[1], 0)))
			chosen = chosen[min(max(-begin[1], 0), len(chosen)):]
			chosen = chosen[:max(len(chosen)-max(-end[1], 0), 0)]
		} else if s, _ := op.ReadSlice(n, rank, op.Constant); slices.Contains(s.Axes, 1) {
			i := slices.Index(s.Axes, 1)
			first, taken := op.Taken(s.Starts[i], s.Ends[i], s.Steps[i], int64(count))
			kept := make([]int, taken)
			for j := range kept {
				kept[j] = chosen[first+int64(j)*s.Steps[i]]
			}
			chosen = kept
		}
	}
	if len(chosen) == 0 {
		return nil, refusal.New(refusal.Misaligned, "it keeps no channel; the model is invalid, export it again")
	}
	return chosen, nil
}
