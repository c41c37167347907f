package linear

import (
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// maxShuffle is how many nodes a shuffle may have.
const maxShuffle = 8

// readShuffle reads Reshapes and Transposes that together take each pixel to its own place: a channel shuffle, or an
// unshuffle of pixels as exporters write it.
//
//	[N,C,H,W] ──Reshape──▶ [N,C,H/b,b,W/b,b] ──Transpose──▶ [N,C,b,b,H/b,W/b] ──Reshape──▶ [N,C·b·b,H/b,W/b]
//
// It follows the digits of the indexes of the value through the run. Sizes may depend on the input, where the run begins: see [splitter].
func readShuffle(last *graph.Node, known *shapes.Shapes) (Moves, bool) {
	var m Moves
	transposes := false
	for n := last; n != nil && n.Graph() == last.Graph() && len(m.Nodes) < maxShuffle && n.Input(0) != nil; n = m.Input.Producer() {
		if !n.Is("Reshape") && !n.Is("Transpose") {
			break
		}
		transposes = transposes || n.Is("Transpose")
		m.Nodes, m.Input = append(m.Nodes, n), n.Input(0)
		if !transposes || !n.Is("Reshape") {
			continue
		}
		if from, stride, ok := shuffled(m, known); ok {
			m.of = func(channels, axes int) (stencil.Stencil, *refusal.Refusal) {
				if axes != len(stride) {
					return stencil.Stencil{}, notChannels()
				}
				return stencil.Pick(channels, from, stride), nil
			}
			return m, true
		}
	}
	return Moves{}, false
}

// digit is a part of the index on an axis of a value: index = … + weight·digit + …. Its size is a number unless it is
// that of the whole axis.
type digit struct {
	axis   int
	weight int64
	size   shapes.Dim
}

// shuffled is where each channel of the result of a run comes from, and how far apart its pixels are in the value.
func shuffled(m Moves, known *shapes.Shapes) (from []stencil.Source, stride []int, ok bool) {
	shape, ok := known.Shape(m.Input)
	if !ok || len(shape) < 3 {
		return nil, nil, false
	}
	axes := make([][]digit, len(shape))
	for i, size := range shape {
		axes[i] = []digit{{i, 1, size}}
	}
	split := splitter{known: known, rank: len(shape)}
	for i, n := range slices.Backward(m.Nodes) {
		split.first = i == len(m.Nodes)-1
		if n.Is("Transpose") {
			perm, err := op.Permutation(n, len(axes))
			if err != nil {
				return nil, nil, false
			}
			before := axes
			axes = make([][]digit, len(perm))
			for i, p := range perm {
				axes[i] = before[p]
			}
			continue
		}
		sizes, ok := askedSizes(n, known)
		if !ok {
			return nil, nil, false
		}
		if axes, ok = split.regrouped(slices.Concat(axes...), sizes); !ok {
			return nil, nil, false
		}
	}
	if len(axes) != len(shape) || !isWhole(axes[0], 0, shape[0]) {
		return nil, nil, false
	}
	for i, group := range axes[2:] {
		step, ok := strideOf(group, i+2, shape[i+2])
		if !ok {
			return nil, nil, false
		}
		stride = append(stride, step)
	}
	from, ok = sourcesOf(axes[1], len(stride))
	return from, stride, ok
}

// askedSizes is the shape of the result of a Reshape, with the sizes that it asks for where these are not numbers. One of them that is 0
// when the model runs stands for another size.
func askedSizes(n *graph.Node, known *shapes.Shapes) ([]shapes.Dim, bool) {
	sizes, ok := known.Shape(n.Output(0))
	if !ok || n.Input(1) == nil {
		return sizes, ok
	}
	asked, _ := known.Ints(n.Input(1))
	sizes = slices.Clone(sizes)
	for i, d := range asked {
		if _, number := d.Size(); !number && i < len(sizes) {
			sizes[i] = d
		}
	}
	return sizes, true
}

// splitter splits digits of sizes that depend on the input, in the first node of a run only: S becomes ⌊S/b⌋ and b. The Reshape that does it
// keeps the number of elements, so it runs only where b divides S, if no asked size is 0 there: all factors ⌊S/b⌋·b are at most S, and
// their product has to be that of all S.
//
// Nor does it run where one of them is 0, which then stands for the size of the axis at its place: that is S itself, or the place is behind
// the last axis, which is an error. With S·b for S the product is too large by b ≥ 2, and no one other factor is so small: ⌊T/c⌋·c > T/2.
// So at most two are split.
type splitter struct {
	known  *shapes.Shapes
	rank   int
	first  bool
	splits int
}

// quotient is the size of what is left of a digit when one of a size is split off.
func (s *splitter) quotient(d digit, by int64) (shapes.Dim, bool) {
	q, ok := s.known.Quotient(d.size, by)
	s.splits++
	return q, ok && s.first && s.splits <= 2 && d.weight == 1
}

// fits reports whether a digit may be all of axis i of the result: see above for one that was split.
func (s *splitter) fits(d digit, i int) bool {
	_, number := d.size.Size()
	return number || d.weight == 1 || !s.first || i == d.axis || i >= s.rank
}

// regrouped makes digits the axes of other sizes. It splits those that reach over the end of an axis; false where that
// leaves a rest.
func (s *splitter) regrouped(digits []digit, sizes []shapes.Dim) ([][]digit, bool) {
	axes := make([][]digit, len(sizes))
	for i, size := range slices.Backward(sizes) {
		left, fixed := size.Size()
		for !size.Is(1) {
			for len(digits) > 0 && digits[len(digits)-1].size.Is(1) {
				digits = digits[:len(digits)-1]
			}
			if len(digits) == 0 {
				return nil, false
			}
			last := digits[len(digits)-1]
			count, number := last.size.Size()
			switch {
			case last.size == size && !s.fits(last, i):
				return nil, false
			case last.size == size:
				axes[i], digits, size = append([]digit{last}, axes[i]...), digits[:len(digits)-1], shapes.Fixed(1)
			case fixed && !number && left > 1:
				rest, ok := s.quotient(last, left)
				if !ok {
					return nil, false
				}
				digits, axes[i] = append(slices.Clone(digits[:len(digits)-1]), digit{last.axis, last.weight * left, rest}), append([]digit{{last.axis, last.weight, size}}, axes[i]...)
				size = shapes.Fixed(1)
			case !fixed || !number || left < 1 || count < 1:
				return nil, false
			case left%count == 0:
				left /= count
				axes[i], digits, size = append([]digit{last}, axes[i]...), digits[:len(digits)-1], shapes.Fixed(left)
			case count%left == 0:
				low := digit{last.axis, last.weight, shapes.Fixed(left)}
				rest := digit{last.axis, last.weight * left, shapes.Fixed(count / left)}
				axes[i], digits = append([]digit{low}, axes[i]...), append(slices.Clone(digits[:len(digits)-1]), rest)
				size = shapes.Fixed(1)
			default:
				return nil, false
			}
		}
	}
	return axes, !slices.ContainsFunc(digits, func(d digit) bool { return !d.size.Is(1) })
}

// isWhole reports whether digits are all of one axis of a value.
func isWhole(digits []digit, axis int, size shapes.Dim) bool {
	step, ok := strideOf(digits, axis, size)
	return ok && step == 1
}

// strideOf is how far apart on an axis of a value the elements are that digits count; false where they count other ones.
func strideOf(digits []digit, axis int, size shapes.Dim) (int, bool) {
	if len(digits) == 0 {
		n, ok := size.Size() // an axis of one element is left, and the rest of its size is somewhere else
		return int(max(n, 1)), ok && n <= maxBlock
	}
	step := digits[len(digits)-1].weight
	next := step
	for _, d := range slices.Backward(digits) {
		if d.axis != axis || d.weight != next {
			return 0, false
		}
		if count, ok := d.size.Size(); ok {
			next *= count
		} else {
			next = 0 // the whole axis
		}
	}
	if count, ok := size.Size(); ok && next != count {
		return 0, false
	}
	return int(step), step <= maxBlock
}

// sourcesOf lists where the channels that digits count come from.
func sourcesOf(digits []digit, axes int) ([]stencil.Source, bool) {
	count := int64(1)
	for _, d := range digits {
		n, ok := d.size.Size()
		if !ok || n < 1 || count > op.MaxExtent/n || d.axis == 0 {
			return nil, false
		}
		count *= n
	}
	from := make([]stencil.Source, count)
	for o := range from {
		s := stencil.Source{Offset: make([]int, axes)}
		rest := int64(o)
		for _, d := range slices.Backward(digits) {
			n, _ := d.size.Size()
			at := int(rest % n * d.weight)
			rest /= n
			if d.axis == 1 {
				s.Channel += at
			} else {
				s.Offset[d.axis-2] += at
			}
		}
		from[o] = s
	}
	return from, true
}
