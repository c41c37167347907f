package passes

import (
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/tensor"
)

// write is a ScatterND that replaces some indexes on one axis of the image, in all channels.
type write struct {
	axis int     // among the spatial ones
	at   []int64 // counted from the end where they are negative, and the size is not known
	edge []float64
}

// readWrite reads a ScatterND into a value whose axes are those of the image in the given order.
func readWrite(n *graph.Node, axes []int, known *shapes.Shapes) (write, bool) {
	var w write
	sizes := sizesOf(known, n.Input(0))
	if len(sizes) != len(axes) {
		return w, false
	}
	places, depth, prefix, ok := writtenPlaces(n, known)
	if !ok || depth > len(axes) {
		return w, false
	}
	partial := -1
	count := 1
	for i := range depth {
		at := indexesOf(places[i:], depth, sizes[i])
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
	if partial < 0 || count != len(places)/depth || !areDistinct(places, depth) {
		return w, false
	}
	w.edge, ok = edgeOf(n.Input(2), prefix, places, depth, slices.Index(axes, 1), len(axes))
	return w, ok
}

// writtenPlaces lists the places that a ScatterND replaces, tuples of as many indexes as depth says, and how
// many axes its indices have in front of the tuples.
func writtenPlaces(n *graph.Node, known *shapes.Shapes) (places []int64, depth, prefix int, ok bool) {
	indices := n.Input(1)
	if n.Str("reduction", "none") != "none" || n.Input(0) == nil || indices == nil || n.Input(2) == nil {
		return nil, 0, 0, false
	}
	t := indices.Constant()
	if t == nil {
		places, ok = marginOf(indices, n.Input(0), known)
		return places, 1, 1, ok && places != nil
	}
	if places, ok = t.Int64s(); !ok || t.Rank() == 0 || len(places) == 0 {
		return nil, 0, 0, false
	}
	return places, int(t.Shape()[t.Rank()-1]), t.Rank() - 1, true
}

// marginOf is the first or the last indexes of the first axis of data, as an exporter computes them where
// the size is not known: a part of a Range, as a column. It is nil where they are all indexes.
func marginOf(indices, data *graph.Value, known *shapes.Shapes) (at []int64, ok bool) {
	column := indices.Producer()
	if !column.Is("Unsqueeze") {
		return nil, false
	}
	if axis, ok := oneAxis(column, 13); !ok || axis != -1 && axis != 1 {
		return nil, false
	}
	n := column.Input(0).Producer()
	first, last := int64(0), int64(maxExtent)
	if n.Is("Slice") {
		starts, ends, _, steps, why := sliceOperands(n, 1)
		if why != nil || len(starts) != 1 || steps != nil && steps[0] != 1 {
			return nil, false
		}
		first, last = starts[0], ends[0]
		n = n.Input(0).Producer()
	}
	if !n.Is("Range") || !countsTo(n, data, known) {
		return nil, false
	}
	switch {
	case first == 0 && last >= maxExtent:
		return nil, true
	case first < 0 && last >= maxExtent:
		last = 0
	case first != 0 || last < 0:
		return nil, false
	}
	if last-first > maxFrameWidth {
		return nil, false
	}
	for i := first; i < last; i++ {
		at = append(at, i)
	}
	return at, true
}

// maxFrameWidth bounds what is read as the width of a border.
const maxFrameWidth = 64

// countsTo reports a Range of all indexes of the first axis of data.
func countsTo(n *graph.Node, data *graph.Value, known *shapes.Shapes) bool {
	start, ok := known.Ints(n.Input(0))
	limit, ok2 := known.Ints(n.Input(1))
	step, ok3 := known.Ints(n.Input(2))
	shape, ok4 := known.Shape(data)
	return ok && ok2 && ok3 && ok4 && len(shape) > 0 && len(start) == 1 && len(limit) == 1 && len(step) == 1 &&
		start[0].Is(0) && step[0].Is(1) && limit[0] == shape[0]
}

// overwrites reports a ScatterND that replaces all of its first input, in order, by the third.
func overwrites(n *graph.Node, known *shapes.Shapes) bool {
	if !n.Is("ScatterND") || n.Input(2) == nil {
		return false
	}
	places, depth, prefix, ok := writtenPlaces(n, known)
	if !ok {
		all, column := marginOf(n.Input(1), n.Input(0), known)
		return column && all == nil && n.Str("reduction", "none") == "none"
	}
	sizes := sizesOf(known, n.Input(0))
	if depth != 1 || prefix != 1 || len(sizes) == 0 || sizes[0] != int64(len(places)) {
		return false
	}
	for i, at := range places {
		if at != int64(i) {
			return false
		}
	}
	return true
}

// indexesOf lists the numbers on every depth-th place, each once, sorted, counted from the start where the
// size is known.
func indexesOf(places []int64, depth int, size int64) []int64 {
	var at []int64
	for i := 0; i < len(places); i += depth {
		p := places[i]
		if p < 0 && size >= 0 {
			p += size
		}
		at = append(at, p)
	}
	slices.Sort(at)
	return slices.Compact(at)
}

// areDistinct reports whether no two of the tuples are equal.
func areDistinct(places []int64, depth int) bool {
	tuples := slices.SortedFunc(slices.Chunk(places, depth), slices.Compare)
	return len(slices.CompactFunc(tuples, slices.Equal)) == len(places)/depth
}

// edgeOf is the number of each channel that a ScatterND writes, or the one number of all. The channel
// axis is among those that its indices name, or among the others.
func edgeOf(updates *graph.Value, prefix int, places []int64, depth, channel, rank int) ([]float64, bool) {
	if channel >= depth {
		return perChannel(updates, prefix+rank-depth, prefix+channel-depth)
	}
	t := updates.Constant()
	count := len(places) / depth
	if t == nil || !t.Type().IsFloat() || t.Len()%count != 0 {
		return nil, false
	}
	each := t.Len() / count
	return collect(t, func(i int) int { return int(places[i/each*depth+channel]) })
}

// perChannel is what a value of the given rank holds along one axis, where it is equal along all others:
// a constant, moved and expanded.
func perChannel(v *graph.Value, rank, axis int) ([]float64, bool) {
	for range maxMoves {
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
			perm, ok := permutation(n)
			if !ok || len(perm) != rank {
				return nil, false
			}
			v, axis = n.Input(0), int(perm[axis])
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
