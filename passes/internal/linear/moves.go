package linear

import (
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// Moves is a run of nodes that only move the numbers of a value: each channel of the result is one channel of the
// value, at an offset.
type Moves struct {
	Input *graph.Value
	Nodes []*graph.Node // the last one first
	of    func(channels, axes int) (stencil.Stencil, *refusal.Refusal)
}

// ReadMoves reads the moves that end in v; false for anything else. Crops, pads and joins are read apart.
func ReadMoves(v *graph.Value, known *shapes.Shapes) (Moves, bool) {
	n := v.Producer()
	if n == nil || n.Input(0) == nil {
		return Moves{}, false
	}
	m := Moves{Input: n.Input(0), Nodes: []*graph.Node{n}}
	var from func(channels, rank int) ([]int, *refusal.Refusal)
	switch {
	case n.Is("SpaceToDepth"):
		m.of = func(channels, axes int) (stencil.Stencil, *refusal.Refusal) { return blocksOf(n, channels, axes) }
		return m, true
	case n.Is("Reshape"):
		return readShuffle(n, known)
	case n.Is("Split"):
		from = func(channels, rank int) ([]int, *refusal.Refusal) {
			return splitChannels(n, v.ProducerIndex(), channels, rank)
		}
	case n.Is("Gather"):
		from = func(channels, rank int) ([]int, *refusal.Refusal) { return gatheredChannels(n, channels, rank) }
	case n.Is("Tile"):
		from = func(channels, rank int) ([]int, *refusal.Refusal) { return tiledChannels(n, channels, rank) }
	case n.Is("Expand"):
		from = func(channels, _ int) ([]int, *refusal.Refusal) { return expandedChannels(n, channels, known) }
	default:
		return Moves{}, false
	}
	m.of = func(channels, axes int) (stencil.Stencil, *refusal.Refusal) {
		chosen, why := from(channels, axes+2)
		if why == nil && len(chosen) == 0 {
			why = refusal.New(refusal.Misaligned, "it keeps no channel; the model is invalid, export it again")
		}
		if why != nil {
			return stencil.Stencil{}, why
		}
		return stencil.Select(channels, chosen, axes), nil
	}
	return m, true
}

// notChannels refuses what moves other numbers than channels.
func notChannels() *refusal.Refusal {
	return refusal.New(refusal.Misaligned, "it moves more than whole channels; it stays as it is")
}

// splitChannels lists the channels of one part of a Split.
func splitChannels(n *graph.Node, part, channels, rank int) ([]int, *refusal.Refusal) {
	s, err := op.ReadSplit(n, rank, op.Constant)
	if err != nil {
		return nil, refusal.Of(err)
	}
	first, count, ok := s.Part(part, int64(channels))
	if s.Axis != 1 || !ok {
		return nil, notChannels()
	}
	chosen := make([]int, count)
	for i := range chosen {
		chosen[i] = int(first) + i
	}
	return chosen, nil
}

// gatheredChannels lists the channels that a Gather by constants takes.
func gatheredChannels(n *graph.Node, channels, rank int) ([]int, *refusal.Refusal) {
	axis, err := op.GatherAxis(n, rank)
	if err != nil {
		return nil, refusal.Of(err)
	}
	list, ok := op.Constant(n.Input(1))
	switch {
	case !ok:
		return nil, refusal.New(refusal.NotConstant, "its indices are computed at run time; export the model with constant folding")
	case axis != 1 || n.Input(1).Constant().Rank() != 1 || len(list) > op.MaxExtent:
		return nil, notChannels()
	}
	chosen := make([]int, len(list))
	for i, at := range list {
		if at < 0 {
			at += int64(channels)
		}
		if at < 0 || at >= int64(channels) {
			return nil, refusal.New(refusal.Misaligned, "it takes channel %d of %d; the model is invalid, export it again", list[i], channels)
		}
		chosen[i] = int(at)
	}
	return chosen, nil
}

// tiledChannels lists the channels of a Tile, which repeats all of them.
func tiledChannels(n *graph.Node, channels, rank int) ([]int, *refusal.Refusal) {
	said, err := op.Of(n)
	if err != nil {
		return nil, refusal.Of(err)
	}
	times, given, err := said.List("repeats", op.Constant)
	if err != nil {
		return nil, refusal.Of(err)
	}
	if !given || len(times) != rank {
		return nil, notChannels()
	}
	for axis, count := range times {
		if axis != 1 && count != 1 || count < 1 || count > op.MaxExtent/int64(channels) {
			return nil, notChannels()
		}
	}
	chosen := make([]int, 0, channels*int(times[1]))
	for range times[1] {
		for c := range channels {
			chosen = append(chosen, c)
		}
	}
	return chosen, nil
}

// expandedChannels lists the channels of an Expand of one channel to several.
func expandedChannels(n *graph.Node, channels int, known *shapes.Shapes) ([]int, *refusal.Refusal) {
	in, ok1 := known.Shape(n.Input(0))
	out, ok2 := known.Shape(n.Output(0))
	if !ok1 || !ok2 || len(in) != len(out) || len(in) < 2 || channels != 1 {
		return nil, notChannels()
	}
	for axis := range in {
		if axis != 1 && in[axis] != out[axis] {
			return nil, notChannels()
		}
	}
	count, ok := out[1].Size()
	if !ok || count < 1 || count > op.MaxExtent {
		return nil, notChannels()
	}
	return make([]int, count), nil
}

// blocksOf is the stencil of a SpaceToDepth: it gives each place of a block channels of its own.
func blocksOf(n *graph.Node, channels, axes int) (stencil.Stencil, *refusal.Refusal) {
	size, err := op.BlockSize(n)
	switch {
	case err != nil:
		return stencil.Stencil{}, refusal.Of(err)
	case axes != 2 || size > maxBlock:
		return stencil.Stencil{}, notChannels()
	}
	block := int(size)
	var from []stencil.Source
	for i := range block {
		for j := range block {
			for c := range channels {
				from = append(from, stencil.Source{Channel: c, Offset: []int{i, j}})
			}
		}
	}
	return stencil.Pick(channels, from, []int{block, block}), nil
}

// maxBlock bounds the places that become channels, along each axis.
const maxBlock = 8

// visitMoves reads moves, as one stencil over everything that their input is read over.
func (r *Reader) visitMoves(v View, m Moves, depth int) Expressions {
	first := m.Nodes[len(m.Nodes)-1]
	if first.Graph() != r.g || len(m.Nodes) > depth || !v.Frame.isImage() {
		return Expressions{}
	}
	from := r.Read(View{m.Input, v.Frame}, depth-len(m.Nodes))
	shared := v.Value.Producer().LiveOutputs() > 1 // the other parts of a Split
	for _, n := range m.Nodes[:len(m.Nodes)-1] {
		shared = shared || r.hasOtherConsumers(n.Input(0))
	}
	if shared {
		from = from.withOtherConsumers()
	}
	out := r.followed(from, v.Frame, nil, m.of)
	for i := range out.All {
		out.All[i].Nodes = slices.Concat(m.Nodes, out.All[i].Nodes)
		out.All[i].Moved = true
	}
	return out
}

// IsMoved reports whether moves, or a Concat, make v, with nothing after them but maps per channel, crops and pads.
func IsMoved(v *graph.Value, known *shapes.Shapes) bool {
	const near = 4 // nodes
	for range near {
		n := v.Producer()
		if n == nil {
			return false
		}
		if _, ok := ReadMoves(v, known); ok || n.Is("Concat") {
			return true
		}
		operand, affine := algebra.AffineOperand(n)
		if !affine && !n.Is("BatchNormalization") && !n.Is("Slice") && !n.Is("Pad") {
			return false
		}
		v = n.Input(operand)
	}
	return false
}
