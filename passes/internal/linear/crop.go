package linear

import (
	"math"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// movesOf is the stencil of a run of crops, pads and samples, the last one first.
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
	if !slices.ContainsFunc(run, func(n *graph.Node) bool { return choosesChannels(n, axes+2) }) {
		return s, nil
	}
	chosen, why := chosenChannels(run, channels, axes+2)
	if why != nil {
		return s, why
	}
	return compose(stencil.Select(channels, chosen, axes), s, Image{})
}

// choosesChannels reports whether a crop or a pad leaves channels out, or adds some.
func choosesChannels(n *graph.Node, rank int) bool {
	if n.Is("Pad") {
		begin, end, why := algebra.ReadPads(n, rank)
		return why == nil && (begin[1] != 0 || end[1] != 0)
	}
	starts, ends, axes, steps, why := algebra.SliceOperands(n, rank)
	i := slices.Index(axes, 1)
	return why == nil && i >= 0 && (starts[i] != 0 || ends[i] < math.MaxInt32 || steps != nil && steps[i] != 1)
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
			if count+begin[1]+end[1] > stencil.MaxExtent {
				return nil, refusal.New(refusal.Unsupported, "it has more channels than any image")
			}
			chosen = slices.Concat(slices.Repeat([]int{-1}, max(begin[1], 0)), chosen, slices.Repeat([]int{-1}, max(end[1], 0)))
			chosen = chosen[min(max(-begin[1], 0), len(chosen)):]
			chosen = chosen[:max(len(chosen)-max(-end[1], 0), 0)]
		} else if starts, ends, axes, steps, _ := algebra.SliceOperands(n, rank); slices.Contains(axes, 1) {
			i := slices.Index(axes, 1)
			first, last, step := fromStart(starts[i], count), fromStart(ends[i], count), int64(1)
			if steps != nil {
				step = steps[i]
			}
			var kept []int
			for at := first; at < last; at += int(step) {
				kept = append(kept, chosen[at])
			}
			chosen = kept
		}
	}
	if len(chosen) == 0 {
		return nil, refusal.New(refusal.Misaligned, "it leaves no channel; the model contradicts itself")
	}
	return chosen, nil
}

// fromStart is a bound of a slice of so many elements as an index from the first one.
func fromStart(bound int64, count int) int {
	if bound < 0 {
		bound += int64(count)
	}
	return int(min(max(bound, 0), int64(count)))
}
