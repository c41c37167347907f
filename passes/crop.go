package passes

import (
	"math"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// maxExtent bounds what is read as a pad, a crop, a stride or a dilation, so that a hostile file cannot
// make kernels of any size; images are smaller.
const maxExtent = 1 << 20

// readPad returns how many zeros a Pad adds to each spatial axis of an image of the given rank;
// negative numbers crop.
func readPad(n *graph.Node, rank int) (begin, end []int, why *refusal.Refusal) {
	if begin, end, why = readPads(n, rank); why != nil {
		return nil, nil, why
	}
	if begin[1] != 0 || end[1] != 0 {
		return nil, nil, refusal.New(refusal.PaddingMode, "it pads channels; only pads of the image fold")
	}
	return begin[2:], end[2:], nil
}

// readPads is [readPad] with all axes; there are none for the batch.
func readPads(n *graph.Node, rank int) (begin, end []int, why *refusal.Refusal) {
	if mode := n.Str("mode", "constant"); mode != "constant" {
		return nil, nil, refusal.New(refusal.PaddingMode, "it pads in mode %q, a convolution pads with zeros; only a network that was trained with zero padding folds here", mode)
	}
	pads, why := padAmounts(n)
	if why != nil {
		return nil, nil, why
	}
	axes, why := axesOf(n, 3, rank, len(pads)/2)
	if why != nil {
		return nil, nil, why
	}
	if len(pads) != 2*len(axes) {
		return nil, nil, refusal.New(refusal.PaddingMode, "it has %d pads for %d axes", len(pads), len(axes))
	}
	begin, end = make([]int, rank), make([]int, rank)
	for i, axis := range axes {
		lo, hi := pads[i], pads[len(axes)+i]
		if max(lo, hi) > maxExtent || min(lo, hi) < -maxExtent {
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
	pads, ok := constantInts(n.Input(1))
	if !ok {
		return nil, refusal.New(refusal.NotConstant, "its pads are computed; export for a fixed size of the image, or with pads that do not depend on it")
	}
	return pads, nil
}

// axesOf is the list of axes in an optional input, all of them when it is absent.
func axesOf(n *graph.Node, input, rank, absent int) ([]int64, *refusal.Refusal) {
	var axes []int64
	if v := n.Input(input); v != nil {
		var ok bool
		if axes, ok = constantInts(v); !ok {
			return nil, refusal.New(refusal.NotConstant, "its axes are computed")
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
			return nil, refusal.New(refusal.Unsupported, "axis %d is not an axis of its own in an image of %d axes", axes[i], rank)
		}
		out[i] = axis
	}
	return out, nil
}

// movesOf is the stencil of a run of crops, pads and samples, the last one first.
func movesOf(run []*graph.Node, channels, axes int) (stencil.Stencil, *refusal.Refusal) {
	s := stencil.Identity(channels, axes)
	for _, n := range run {
		if n.Is("Pad") {
			begin, end, why := readPads(n, axes+2)
			if why != nil {
				return s, why
			}
			s = s.Pad(begin[2:], end[2:])
			continue
		}
		begin, end, step, why := readSlice(n, axes+2)
		if why != nil {
			return s, why
		}
		if !all(step, 1) {
			if s, why = compose(s, stencil.Sample(channels, step), image{}); why != nil {
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
	return compose(stencil.Select(channels, chosen, axes), s, image{})
}

// choosesChannels reports whether a crop or a pad leaves channels out, or adds some.
func choosesChannels(n *graph.Node, rank int) bool {
	if n.Is("Pad") {
		begin, end, why := readPads(n, rank)
		return why == nil && (begin[1] != 0 || end[1] != 0)
	}
	starts, ends, axes, steps, why := sliceOperands(n, rank)
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
			begin, end, why := readPads(n, rank)
			if why != nil {
				return nil, why
			}
			if count+begin[1]+end[1] > maxExtent {
				return nil, refusal.New(refusal.Unsupported, "it has more channels than any image")
			}
			chosen = slices.Concat(slices.Repeat([]int{-1}, max(begin[1], 0)), chosen, slices.Repeat([]int{-1}, max(end[1], 0)))
			chosen = chosen[min(max(-begin[1], 0), len(chosen)):]
			chosen = chosen[:max(len(chosen)-max(-end[1], 0), 0)]
		} else if starts, ends, axes, steps, _ := sliceOperands(n, rank); slices.Contains(axes, 1) {
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

// readSlice returns how many elements a Slice drops at both ends of each spatial axis, and of how many
// that are left it keeps one. What it does to channels is left to others.
func readSlice(n *graph.Node, rank int) (begin, end, step []int, why *refusal.Refusal) {
	starts, ends, axes, steps, why := sliceOperands(n, rank)
	if why != nil {
		return nil, nil, nil, why
	}
	begin, end, step = make([]int, rank-2), make([]int, rank-2), intsOr(nil, rank-2, 1)
	for i, axis := range axes {
		if steps != nil && (steps[i] < 1 || steps[i] > maxExtent) {
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
		if lo > maxExtent || hi < -maxExtent {
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

func sliceOperands(n *graph.Node, rank int) (starts, ends, axes, steps []int64, why *refusal.Refusal) {
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
		starts, ok1 = constantInts(n.Input(1))
		ends, ok2 = constantInts(n.Input(2))
		if !ok1 || !ok2 {
			return nil, nil, nil, nil, refusal.New(refusal.NotConstant, "its starts or ends are computed; export for a fixed size of the image")
		}
		if axes, why = axesOf(n, 3, rank, len(starts)); why != nil {
			return nil, nil, nil, nil, why
		}
		if v := n.Input(4); v != nil {
			if steps, ok1 = constantInts(v); !ok1 {
				return nil, nil, nil, nil, refusal.New(refusal.NotConstant, "its steps are computed; export for a fixed size of the image")
			}
		}
	}
	if len(ends) != len(starts) || len(axes) != len(starts) || steps != nil && len(steps) != len(starts) {
		return nil, nil, nil, nil, refusal.New(refusal.Unsupported, "its operands have different lengths")
	}
	return starts, ends, axes, steps, nil
}

// constantInts is the integer constant that v always is.
func constantInts(v *graph.Value) ([]int64, bool) {
	t := v.Constant()
	if t == nil || t.Rank() > 1 {
		return nil, false
	}
	return t.Int64s()
}
