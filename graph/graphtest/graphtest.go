// Package graphtest builds small graphs for tests of passes and engines.
//
//	b := graphtest.New(17)
//	x := b.Input("x", -1, 3, 8, 8)
//	model := b.Outputs(b.Node("Relu", []*graph.Value{x}))
package graphtest

import (
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// Builder adds nodes and values to a graph. What it is told is right by construction, so it panics where the
// graph refuses.
type Builder struct {
	Graph *graph.Graph // what has been built so far
}

// New makes an empty graph of an opset.
func New(opset int64) Builder {
	return Builder{graph.NewModel(8, graph.Opset{Version: opset}).Graph}
}

// Input adds an input of float32 with these sizes, −1 for an open one.
func (b Builder) Input(name string, dims ...int64) *graph.Value {
	typ := graph.Type{Elem: tensor.Float32, Ranked: true}
	for _, d := range dims {
		typ.Shape = append(typ.Shape, tensor.Dim{Size: d})
	}
	v, err := b.Graph.AddInput(name, typ)
	if err != nil {
		panic(err)
	}
	return v
}

// Floats adds a constant of float32. It has the given numbers, repeated to the size of its shape.
func (b Builder) Floats(shape []int64, numbers ...float32) *graph.Value {
	count, err := tensor.Count(shape)
	if err != nil {
		panic(err)
	}
	data := make([]float32, count)
	for i := range data {
		data[i] = numbers[i%len(numbers)]
	}
	return b.Graph.NewInitializer("c", tensor.Of(shape, data...))
}

// Ints adds a constant list of int64.
func (b Builder) Ints(numbers ...int64) *graph.Value {
	return b.Graph.NewInitializer("i", tensor.Of([]int64{int64(len(numbers))}, numbers...))
}

// Outputs makes values the outputs, and returns the model.
func (b Builder) Outputs(values ...*graph.Value) *graph.Model {
	b.Graph.SetOutputs(values...)
	return b.Graph.Model()
}

// Node adds a node with one result, which it returns.
func (b Builder) Node(op string, in []*graph.Value, attrs ...*graph.Attr) *graph.Value {
	n := graph.NewNode(op, in...)
	n.TakeOutput(b.Graph.NewValue(op))
	n.Name = n.Output(0).Name()
	for _, a := range attrs {
		n.SetAttr(a)
	}
	b.Graph.Append(n)
	return n.Output(0)
}

// Conv adds a convolution of in to out channels whose kernel repeats the given numbers.
func (b Builder) Conv(x *graph.Value, in, out int64, kernel []int64, pads []int64, numbers ...float32) *graph.Value {
	w := b.Floats(append([]int64{out, in}, kernel...), numbers...)
	return b.Node("Conv", []*graph.Value{x, w}, graph.IntsAttr("pads", pads...))
}

// BatchNorm adds a batch normalisation with these scale, shift, mean and variance in every channel.
func (b Builder) BatchNorm(x *graph.Value, channels int64, scale, shift, mean, variance float32) *graph.Value {
	in := []*graph.Value{x}
	for _, number := range []float32{scale, shift, mean, variance} {
		in = append(in, b.Floats([]int64{channels}, number))
	}
	return b.Node("BatchNormalization", in, graph.FloatAttr("epsilon", 0))
}
