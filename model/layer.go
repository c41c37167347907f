package model

import (
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// Layer is a node that a person calls a layer: a convolution, a matrix product or a batch normalisation. The fields are
// zero where the model does not say.
type Layer struct {
	Name        string  // as messages call the node
	OpType      string  // of the node
	KernelShape []int64 // of a convolution, without channels
	Strides     []int64 // nil where all are 1
	Group       int64   // 0 where it is 1
	InChannels  int64   // or columns, of a matrix product
	OutChannels int64   // or rows, of a matrix product
	// Block is the sum that adds this layer to others that read the same value; "" where there is none.
	Block string
}

// ListLayers lists the layers of a model in the order of its nodes, those of its sub-graphs included. It reads shapes of
// weights and no numbers.
func ListLayers(m *graph.Model) []Layer {
	var list []Layer
	var blocks []block
	count := map[block]int{}
	for g := range m.Graph.All() {
		for n := range g.Nodes() {
			l, ok := layerOf(n)
			if !ok {
				continue
			}
			b := block{n.Input(0), sumOf(n)}
			count[b]++
			list, blocks = append(list, l), append(blocks, b)
		}
	}
	for i, b := range blocks {
		if b.sum != nil && count[b] > 1 {
			list[i].Block = b.sum.Label()
		}
	}
	return list
}

// block is the two ends of parallel branches.
type block struct {
	input *graph.Value
	sum   *graph.Node
}

func layerOf(n *graph.Node) (Layer, bool) {
	l := Layer{Name: n.Label(), OpType: n.OpType}
	switch {
	case n.Is("Conv"), n.Is("ConvTranspose"):
		l.convolution(n, shapeOf(n.Input(1)))
	case n.Is("Gemm"):
		l.product(shapeOf(n.Input(1)), n.Int("transB", 0) != 0)
	case n.Is("MatMul"):
		l.product(shapeOf(n.Input(1)), false)
	case n.Is("BatchNormalization"):
		if s := shapeOf(n.Input(1)); len(s) == 1 {
			l.InChannels, l.OutChannels = s[0], s[0]
		}
	default:
		return l, false
	}
	return l, true
}

func (l *Layer) convolution(n *graph.Node, weight []int64) {
	l.KernelShape, l.Strides = n.Ints("kernel_shape"), n.Ints("strides")
	group := max(n.Int("group", 1), 1)
	if !slices.ContainsFunc(l.Strides, func(s int64) bool { return s != 1 }) {
		l.Strides = nil
	}
	if group > 1 {
		l.Group = group
	}
	if len(weight) < 3 {
		return
	}
	l.KernelShape, l.OutChannels, l.InChannels = weight[2:], weight[0], weight[1]*group
	if n.Is("ConvTranspose") {
		l.OutChannels, l.InChannels = weight[1]*group, weight[0]
	}
}

func (l *Layer) product(weight []int64, transposed bool) {
	if len(weight) < 2 {
		return
	}
	l.InChannels, l.OutChannels = weight[len(weight)-2], weight[len(weight)-1]
	if transposed {
		l.InChannels, l.OutChannels = l.OutChannels, l.InChannels
	}
}

// shapeOf is the shape of a weight; nil where it is computed.
func shapeOf(v *graph.Value) []int64 {
	if t := dataOf(v); t != nil {
		return t.Shape()
	}
	return nil
}

// dataOf is a weight: an initializer, one that an Identity hands on, or a Constant; nil where it is computed.
func dataOf(v *graph.Value) *tensor.Tensor {
	const near = 8 // nodes; an exporter puts one between a shared weight and its reader
	for range near {
		switch n := v.Producer(); {
		case v.IsInitializer() && v.Data() != nil:
			return v.Data()
		case n.Is("Identity"):
			v = n.Input(0)
		case n.Is("Constant") && n.Attr("value") != nil && n.Attr("value").Tensor != nil:
			return n.Attr("value").Tensor
		default:
			return nil
		}
	}
	return nil
}

// sumOf is the last of the sums that a layer flows into before the next layer, nil for none.
func sumOf(n *graph.Node) *graph.Node {
	const near = 24 // nodes; a block has fewer between a layer and its sum
	var sum *graph.Node
	for range near {
		use := n.Output(0).OnlyUse()
		if use == nil {
			break
		}
		next := use.Node
		_, layer := layerOf(next)
		adds := next.Is("Add") || next.Is("Sum") || next.Is("Sub") || next.Is("Mean")
		switch {
		case layer && !next.Is("BatchNormalization"), sum != nil && !adds:
			return sum
		case adds:
			sum = next
		}
		n = next
	}
	return sum
}
