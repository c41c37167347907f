package model

import (
	"math"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// Range is how large the weights of a layer are, output channel by output channel: of the largest magnitude of each channel, the
// largest and the median. Whoever quantizes the layer with one scale for all of its channels gives the median channel only
// 127·Median/Max steps on each side of zero.
type Range struct {
	Layer
	Channels    int     // how many output channels there are
	Max, Median float64 // over the channels, of the largest magnitude of the weights of each
}

// Spread is how many times as large the largest channel is as the median one; 1 for a layer of which no weight is above zero, and +Inf
// where only less than half of the channels have one.
func (r Range) Spread() float64 {
	if r.Max == 0 {
		return 1
	}
	return r.Max / r.Median
}

// Ranges lists the layers of a model whose weights are constant numbers, in the order of its nodes.
func Ranges(m *graph.Model) []Range {
	var list []Range
	for g := range m.Graph.All() {
		for n := range g.Nodes() {
			l, ok := layerOf(n)
			if !ok || n.Is("BatchNormalization") {
				continue
			}
			if most := channelMaxima(n, dataOf(n.Input(1)), l); len(most) > 0 {
				slices.Sort(most)
				list = append(list, Range{Layer: l, Channels: len(most), Max: most[len(most)-1], Median: most[len(most)/2]})
			}
		}
	}
	return list
}

// channelMaxima is the largest magnitude of each output channel; nil where the weight is not there, or not finite.
func channelMaxima(n *graph.Node, w *tensor.Tensor, l Layer) []float64 {
	if w == nil || !w.Type().IsFloat() || w.Len() == 0 || !w.Finite() || !isWeight(n, w, l) {
		return nil
	}
	most := make([]float64, l.OutChannels)
	rows := int(w.Shape()[0])
	values := make([]float64, w.Len()/rows)
	channel := channelAt(n, w, l)
	for row := range rows {
		w.Row(values, row)
		for i, v := range values {
			c := channel(row, i)
			most[c] = max(most[c], math.Abs(v))
		}
	}
	return most
}

// isWeight reports whether a tensor has as many axes and channels as the operator needs: in an invalid model it may not.
func isWeight(n *graph.Node, w *tensor.Tensor, l Layer) bool {
	switch {
	case n.Is("ConvTranspose"):
		group := max(l.Group, 1)
		return w.Rank() > 2 && group <= w.Shape()[0] && w.Shape()[0]%group == 0
	case n.Is("Conv"):
		return w.Rank() > 2
	case n.Is("Gemm"):
		return w.Rank() == 2
	}
	return w.Rank() >= 2
}

// channelAt tells the output channel of an element of a weight: the i-th of a row.
func channelAt(n *graph.Node, w *tensor.Tensor, l Layer) func(row, i int) int {
	shape := w.Shape()
	switch {
	case n.Is("ConvTranspose"): // [C, D/g, k…]
		perGroup, taps := int(shape[1]), w.Len()/int(shape[0]*shape[1])
		rows := int(shape[0] / max(l.Group, 1)) // of a group
		return func(row, i int) int { return row/rows*perGroup + i/taps }
	case n.Is("MatMul"), n.Is("Gemm") && n.Int("transB", 0) == 0: // […, K, D]
		columns := int(shape[len(shape)-1])
		return func(_, i int) int { return i % columns }
	}
	return func(row, _ int) int { return row }
}
