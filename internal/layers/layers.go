// Package layers reads a node that multiplies its input with constant weights: which numbers belong to which output channel.
//
//	Conv            weights [M, C/group, …], bias [M]; channels are axis 1 of the result
//	ConvTranspose   weights [C, M/group, …], bias [M]; channels are axis 1 of the result
//	Gemm            weights [K, N], or [N, K] with transB; channels are the last axis of the result
//	MatMul          weights [K, N] right of the input, or [M, K] left of it; channels are the last axis, or the one before
package layers

import (
	"math"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// Layer is a Conv, ConvTranspose, Gemm or MatMul with constant weights.
type Layer struct {
	Node     *graph.Node
	Weights  *graph.Value
	Channels int // output channels

	weights  *tensor.Tensor
	input    int // the node's input that holds the weights
	fromEnd  int // the axis of the result that holds the channels, counted from the end; 0 for axis 1
	channels func(i int) int
}

// Of reads a node; false where it is not a layer with constant weights of a floating-point type.
func Of(n *graph.Node) (Layer, bool) {
	l := Layer{Node: n, input: 1}
	if n.Is("MatMul") && n.Input(1).Constant() == nil {
		l.input = 0
	}
	l.Weights = n.Input(l.input)
	t := l.Weights.Constant()
	if t == nil || !t.Type().IsFloat() || t.Len() == 0 || t.Rank() < 2 {
		return l, false
	}
	l.weights = t
	switch {
	case n.Is("Conv"):
		l.rows(t)
	case n.Is("ConvTranspose"):
		l.transposed(t, int(n.Int("group", 1)))
	case n.Is("Gemm") && t.Rank() == 2 && n.Int("transB", 0) != 0:
		l.rows(t)
		l.fromEnd = 1
	case n.Is("Gemm") && t.Rank() == 2, n.Is("MatMul") && l.input == 1:
		l.columns(t)
	case n.Is("MatMul") && t.Rank() == 2:
		l.rows(t)
		l.fromEnd = 2
	}
	return l, l.Channels > 0
}

// rows are weights with one output channel in each row.
func (l *Layer) rows(t *tensor.Tensor) {
	l.Channels = int(t.Shape()[0])
	width := t.Len() / l.Channels
	l.channels = func(i int) int { return i / width }
}

// columns are weights with one output channel in each column.
func (l *Layer) columns(t *tensor.Tensor) {
	l.Channels = int(t.Shape()[t.Rank()-1])
	l.fromEnd = 1
	n := l.Channels
	l.channels = func(i int) int { return i % n }
}

// transposed are the weights of a ConvTranspose: each group has rows for its input channels and columns for its output channels.
func (l *Layer) transposed(t *tensor.Tensor, group int) {
	inputs, columns := int(t.Shape()[0]), int(t.Shape()[1])
	if group < 1 || inputs%group != 0 || inputs == 0 {
		return
	}
	l.Channels = columns * group
	kernel := t.Len() / (inputs * columns)
	l.channels = func(i int) int {
		row, column := i/(columns*kernel), i/kernel%columns
		return row/(inputs/group)*columns + column
	}
}

// In are the layers of a model, those of sub-graphs included, in the order of their nodes.
func In(m *graph.Model) []Layer {
	var list []Layer
	for g := range m.Graph.All() {
		for n := range g.Nodes() {
			if l, ok := Of(n); ok {
				list = append(list, l)
			}
		}
	}
	return list
}

// Feed makes the node read its weights from another value. They go where nothing else uses them; the layer still knows them.
func (l Layer) Feed(from *graph.Value) {
	l.Node.SetInput(l.input, from)
	if !l.Weights.Used() {
		l.Weights.Graph().RemoveInitializer(l.Weights)
	}
}

// Scaled is the weights with those of one output channel multiplied. They are not rounded.
func (l Layer) Scaled(channel int, by float64) *tensor.Tensor {
	t := l.weights
	numbers := t.Float64s()
	for i := range numbers {
		if l.channels(i) == channel {
			numbers[i] *= by
		}
	}
	return tensor.Compute(t.Type(), t.Shape(), tensor.Vector(numbers))
}

// Scale multiplies the weights of one output channel, or its bias, in the graph, each number rounded to its type. It reports false, and
// does nothing, where the layer has no bias with a number for each channel, or where a number does not fit.
func (l Layer) Scale(part Part, channel int, by float64) bool {
	at, changed := l.input, l.Scaled(channel, by)
	if part == PartBias {
		at, changed = 2, l.ScaledBias(channel, by)
	}
	if changed == nil {
		return false
	}
	rounded, fits := changed.Rounded()
	if fits {
		l.Node.SetInput(at, l.Node.Graph().NewInitializer("scaled", rounded))
	}
	return fits
}

// ScaledBias is the bias with that of one output channel multiplied. It is not rounded. It is nil where the layer has no constant bias
// with a number for each channel.
func (l Layer) ScaledBias(channel int, by float64) *tensor.Tensor {
	if _, known := l.Bias(); !known || l.Node.Is("MatMul") {
		return nil
	}
	v := l.Node.Input(2)
	if v == nil || v.Constant().Len() != l.Channels {
		return nil
	}
	t := v.Constant()
	numbers := t.Float64s()
	numbers[channel] *= by
	return tensor.Compute(t.Type(), t.Shape(), tensor.Vector(numbers))
}

// Largest is the largest magnitude among the weights of each output channel.
func (l Layer) Largest() []float64 {
	list := make([]float64, l.Channels)
	for i, w := range l.weights.Float64s() {
		list[l.channels(i)] = max(list[l.channels(i)], math.Abs(w))
	}
	return list
}

// Bias is what the layer adds to each output channel: zeros where it adds nothing, false where that is not constant, or not one
// number a channel.
func (l Layer) Bias() ([]float64, bool) {
	list := make([]float64, l.Channels)
	v := l.Node.Input(2)
	if v == nil || l.Node.Is("MatMul") {
		return list, true
	}
	t, beta := v.Constant(), 1.0
	if l.Node.Is("Gemm") {
		beta = float64(l.Node.Float("beta", 1))
	}
	if t == nil || t.Len() != 1 && (t.Len() != l.Channels || t.Shape()[t.Rank()-1] != int64(l.Channels)) {
		return nil, false
	}
	numbers := t.Float64s()
	for c := range list {
		list[c] = float64(beta * numbers[min(c, len(numbers)-1)])
	}
	return list, true
}

// enough is how many numbers of a channel are looked at in each image.
const enough = 1000

// Responses is the largest magnitude that the weights of each output channel give the layer's result: the bias is taken off.
// scale is the largest magnitude of the result. Of a large image not every number is looked at. It is false where the result has no axis of channels, or the bias is not known.
func (l Layer) Responses(result *tensor.Tensor) (list []float64, scale float64, ok bool) {
	axis := 1
	if l.fromEnd > 0 {
		axis = result.Rank() - l.fromEnd
	}
	bias, known := l.Bias()
	if !known || axis < 0 || axis >= result.Rank() || result.Shape()[axis] != int64(l.Channels) {
		return nil, 0, false
	}
	inner := 1
	for _, size := range result.Shape()[axis+1:] {
		inner *= int(size)
	}
	list = make([]float64, l.Channels)
	step := max(inner/enough, 1) | 1 // odd, so that it does not keep step with rows
	c := 0
	for numbers := range rowsOf(result, axis) {
		for at := 0; at < len(numbers); at, c = at+inner, (c+1)%l.Channels {
			for k := at; k < at+inner; k += step {
				list[c], scale = max(list[c], math.Abs(numbers[k]-bias[c])), max(scale, math.Abs(numbers[k]))
			}
		}
	}
	return list, scale, true
}

// rowsOf are the numbers of a tensor, image by image. The list is used again. If an axis is the first, they come as a whole.
func rowsOf(t *tensor.Tensor, axis int) func(yield func([]float64) bool) {
	return func(yield func([]float64) bool) {
		images := int(t.Shape()[0])
		if axis == 0 || images == 0 {
			yield(t.Float64s())
			return
		}
		row := make([]float64, t.Len()/images)
		for k := range images {
			t.Row(row, k)
			if !yield(row) {
				return
			}
		}
	}
}
