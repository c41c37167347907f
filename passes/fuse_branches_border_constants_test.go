package passes_test

import (
	"math"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// margin is a part of a border: indexes on one axis, and what is written there.
type margin struct {
	axis int64
	at   []int64
	edge []float32 // a number for each channel
}

// sides are all sides of a border of the given width, of an image of the given size with its border.
func sides(width, size int64, edge []float32) []margin {
	var first, last []int64
	for i := range width {
		first, last = append(first, i), append(last, i-width)
		if size > 0 {
			last[i] += size
		}
	}
	return []margin{{2, first, edge}, {2, last, edge}, {3, first, edge}, {3, last, edge}}
}

// padded is a zero pad of the same width on all sides.
func (b *builder) padded(x *graph.Value, width int64) *graph.Value {
	return b.node("Pad", []*graph.Value{x, b.ints(0, 0, width, width, 0, 0, width, width)})
}

// written writes sides as an exporter does that turns the axis to the front.
func (b *builder) written(y *graph.Value, sides ...margin) *graph.Value {
	for _, s := range sides {
		perm := []int64{0, 1, 2, 3}
		perm[0], perm[s.axis] = s.axis, 0
		turned := b.node("Transpose", []*graph.Value{y}, graph.IntsAttr("perm", perm...))
		shape := b.node("Shape", []*graph.Value{b.node("Gather", []*graph.Value{turned, b.ints(s.at...)})})
		updates := b.node("Expand", []*graph.Value{b.floats([]int64{int64(len(s.edge)), 1, 1}, s.edge...), shape})
		at := b.g.NewInitializer("at", tensor.Of([]int64{int64(len(s.at)), 1}, s.at...))
		y = b.node("Transpose", []*graph.Value{b.node("ScatterND", []*graph.Value{turned, at, updates})}, graph.IntsAttr("perm", perm...))
	}
	return y
}

// writtenAt writes a side at indexes that are computed from how many there are.
func (b *builder) writtenAt(y *graph.Value, axis int64, edge []float32, at func(all *graph.Value) *graph.Value) *graph.Value {
	perm := []int64{0, 1, 2, 3}
	perm[0], perm[axis] = axis, 0
	turned := b.transpose(y, perm...)
	size := b.node("Gather", []*graph.Value{b.node("Shape", []*graph.Value{turned}), b.ints1(0)})
	column := at(b.node("Range", []*graph.Value{b.ints1(0), size, b.ints1(1)}))
	rows := b.node("Gather", []*graph.Value{turned, b.reshape(column, -1)})
	updates := b.node("Expand", []*graph.Value{b.floats([]int64{int64(len(edge)), 1, 1}, edge...), b.node("Shape", []*graph.Value{rows})})
	return b.transpose(b.node("ScatterND", []*graph.Value{turned, column, updates}), perm...)
}

// part is a run of a list.
func (b *builder) part(list *graph.Value, from, to int64) *graph.Value {
	return b.node("Slice", []*graph.Value{list, b.ints(from), b.ints(to)})
}

// column is a list with an axis after it.
func (b *builder) column(list *graph.Value, axis int64) *graph.Value {
	return b.node("Unsqueeze", []*graph.Value{list, b.ints(axis)})
}

// countedSides writes all sides of the given width at indexes that are computed.
func (b *builder) countedSides(y *graph.Value, width int64, edge []float32, axis int64) *graph.Value {
	for side := range int64(4) {
		from, to := int64(0), width
		if side%2 == 1 {
			from, to = -width, math.MaxInt64
		}
		y = b.writtenAt(y, 2+side/2, edge, func(all *graph.Value) *graph.Value { return b.column(b.part(all, from, to), axis) })
	}
	return y
}

// listed writes sides as an exporter does that lists every element, of an image of the given sizes.
func (b *builder) listed(y *graph.Value, sizes []int64, sides ...margin) *graph.Value {
	for _, s := range sides {
		indexes := [][]int64{upTo(sizes[0]), upTo(sizes[1]), upTo(sizes[2]), upTo(sizes[3])}
		indexes[s.axis] = s.at
		var at []int64
		var updates []float32
		for _, n := range indexes[0] {
			for _, c := range indexes[1] {
				for _, h := range indexes[2] {
					for _, w := range indexes[3] {
						at, updates = append(at, n, c, h, w), append(updates, s.edge[c])
					}
				}
			}
		}
		shape := []int64{int64(len(indexes[0])), int64(len(indexes[1])), int64(len(indexes[2])), int64(len(indexes[3]))}
		y = b.node("ScatterND", []*graph.Value{y, b.g.NewInitializer("at", tensor.Of(append(slices.Clone(shape), 4), at...)), b.floats(shape, updates...)})
	}
	return y
}

func upTo(n int64) []int64 {
	out := make([]int64, n)
	for i := range out {
		out[i] = int64(i)
	}
	return out
}
