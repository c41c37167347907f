package linear

import (
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
	"github.com/acdeploy/acdeploy/tensor"
)

// borderWrite is a ScatterND that replaces some indexes on one axis of the image, in all channels.
type borderWrite struct {
	axis     int     // among the spatial ones
	at       []int64 // counted from the end where they are negative, and the size is not known
	constant []float64
}

// readBorderWrite reads a ScatterND into a value whose axes are those of the image in the given order.
func readBorderWrite(n *graph.Node, axes []int, known *shapes.Shapes) (borderWrite, bool) {
	var w borderWrite
	sizes := algebra.SizesOf(known, n.Input(0))
	if len(sizes) != len(axes) {
		return w, false
	}
	p, ok := readScatter(n, known)
	if !ok || p.all || p.depth > len(axes) {
		return w, false
	}
	partial := -1
	count := 1
	for i := range p.depth {
		at := p.along(i, sizes[i])
		count *= len(at)
		if int64(len(at)) == sizes[i] {
			continue
		}
		if partial >= 0 || axes[i] < 2 {
			return w, false
		}
		partial, w.axis, w.at = i, axes[i]-2, at
	}
	// Every combination of the indexes, each once.
	if partial < 0 || count != len(p.list)/p.depth || !p.distinct() {
		return w, false
	}
	w.constant, ok = p.constant(n.Input(2), slices.Index(axes, 1), len(axes))
	return w, ok
}

// scatter is what a ScatterND replaces.
type scatter struct {
	list   []int64 // tuples of indexes, one after the other
	depth  int     // the length of a tuple: how many of the first axes it names
	prefix int     // the axes before the tuples
	all    bool    // all indexes of the first axis in order, whose number is not known; without a list
}

// readScatter reads a ScatterND that replaces.
func readScatter(n *graph.Node, known *shapes.Shapes) (scatter, bool) {
	data, indices := n.Input(0), n.Input(1)
	if !n.Is("ScatterND") || !op.Replaces(n) || data == nil || indices == nil || n.Input(2) == nil {
		return scatter{}, false
	}
	t := indices.Constant()
	if t == nil {
		return computedScatter(indices, data, known)
	}
	list, ok := t.Int64s()
	if !ok || t.Rank() == 0 || len(list) == 0 {
		return scatter{}, false
	}
	return scatter{list: list, depth: int(t.Shape()[t.Rank()-1]), prefix: t.Rank() - 1}, true
}

// computedScatter is the first or the last indexes of the first axis of data, or all, as an exporter computes
// them where the size is not known: a part of a Range, as a column.
func computedScatter(indices, data *graph.Value, known *shapes.Shapes) (scatter, bool) {
	p := scatter{depth: 1, prefix: 1}
	column := indices.Producer()
	if !column.Is("Unsqueeze") {
		return p, false
	}
	if axis, ok := oneAxis(column); !ok || axis != -1 && axis != 1 {
		return p, false
	}
	n := column.Input(0).Producer()
	first, last := int64(0), int64(op.MaxExtent)
	if n.Is("Slice") {
		s, err := op.ReadSlice(n, 1, op.Constant)
		if err != nil || len(s.Starts) != 1 || s.Steps[0] != 1 {
			return p, false
		}
		first, last = s.Starts[0], s.Ends[0]
		n = n.Input(0).Producer()
	}
	if !n.Is("Range") || !countsTo(n, data, known) {
		return p, false
	}
	switch {
	case first == 0 && last >= op.MaxExtent:
		p.all = true
		return p, true
	case first < 0 && last >= op.MaxExtent:
		last = 0
	case first != 0 || last < 0:
		return p, false
	}
	if last-first > maxBorderWidth {
		return p, false
	}
	for i := first; i < last; i++ {
		p.list = append(p.list, i)
	}
	return p, len(p.list) > 0
}

// maxBorderWidth bounds what is read as the width of a border.
const maxBorderWidth = 64

// countsTo reports a Range of all indexes of the first axis of data.
func countsTo(n *graph.Node, data *graph.Value, known *shapes.Shapes) bool {
	start, ok := known.Ints(n.Input(0))
	limit, ok2 := known.Ints(n.Input(1))
	step, ok3 := known.Ints(n.Input(2))
	shape, ok4 := known.Shape(data)
	return ok && ok2 && ok3 && ok4 && len(shape) > 0 && len(start) == 1 && len(limit) == 1 && len(step) == 1 &&
		start[0].Is(0) && step[0].Is(1) && limit[0] == shape[0]
}

// ReplacesAll reports a ScatterND that replaces all of its first input, in order, by the third.
func ReplacesAll(n *graph.Node, known *shapes.Shapes) bool {
	p, ok := readScatter(n, known)
	if !ok || p.all {
		return ok
	}
	sizes := algebra.SizesOf(known, n.Input(0))
	return p.depth == 1 && p.prefix == 1 && len(sizes) > 0 && sizes[0] == int64(len(p.list)) &&
		slices.IsSorted(p.list) && p.list[0] == 0 && p.distinct() && p.list[len(p.list)-1] == sizes[0]-1
}

// along lists the indexes on the i-th axis, each once, sorted, counted from the start where the size is known.
func (p scatter) along(i int, size int64) []int64 {
	var at []int64
	for tuple := range slices.Chunk(p.list, p.depth) {
		index := tuple[i]
		if index < 0 && size >= 0 {
			index += size
		}
		at = append(at, index)
	}
	slices.Sort(at)
	return slices.Compact(at)
}

// distinct reports whether no two of the tuples are equal.
func (p scatter) distinct() bool {
	tuples := slices.SortedFunc(slices.Chunk(p.list, p.depth), slices.Compare)
	return len(slices.CompactFunc(tuples, slices.Equal)) == len(p.list)/p.depth
}

// constant is the number of each channel that is written there, or the one number of all. The channel
// axis is among those that the tuples name, or among the others.
func (p scatter) constant(updates *graph.Value, channel, rank int) ([]float64, bool) {
	if channel >= p.depth {
		return perChannel(updates, p.prefix+rank-p.depth, p.prefix+channel-p.depth)
	}
	t := updates.Constant()
	count := len(p.list) / p.depth
	if t == nil || !t.Type().IsFloat() || t.Len()%count != 0 {
		return nil, false
	}
	each := t.Len() / count
	return collect(t, func(i int) int { return int(p.list[i/each*p.depth+channel]) })
}

// maxCopies bounds the nodes that move or repeat what is written.
const maxCopies = 8

// perChannel is what a value of the given rank holds along one axis, where it is equal along all others:
// a constant, moved and expanded.
func perChannel(v *graph.Value, rank, axis int) ([]float64, bool) {
	for range maxCopies {
		if t := v.Constant(); t != nil {
			axis -= rank - t.Rank()
			if t.Rank() > rank || !t.Type().IsFloat() || t.Len() == 0 {
				return nil, false
			}
			if axis < 0 {
				return collect(t, func(int) int { return 0 })
			}
			inner := 1
			for _, size := range t.Shape()[axis+1:] {
				inner *= int(size)
			}
			return collect(t, func(i int) int { return i / inner % int(t.Shape()[axis]) })
		}
		switch n := v.Producer(); {
		case n == nil || n.Input(0) == nil:
			return nil, false
		case n.Is("Expand"):
			v = n.Input(0)
		case n.Is("Transpose"):
			perm, ok := op.WrittenPermutation(n)
			if !ok || len(perm) != rank {
				return nil, false
			}
			v, axis = n.Input(0), perm[axis]
		default:
			return nil, false
		}
	}
	return nil, false
}

// collect is the number of each channel; false where two elements of a channel differ.
func collect(t *tensor.Tensor, channel func(i int) int) ([]float64, bool) {
	var numbers []float64
	var known []bool
	for i, v := range t.Float64s() {
		c := channel(i)
		if c < 0 || c > t.Len() {
			return nil, false
		}
		for c >= len(numbers) {
			numbers, known = append(numbers, 0), append(known, false)
		}
		if known[c] && numbers[c] != v {
			return nil, false
		}
		numbers[c], known[c] = v, true
	}
	return numbers, !slices.Contains(known, false)
}
