package zoo

import (
	"fmt"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

const (
	irVersion = 8
	opset     = 17
	epsilon   = 1e-5
)

// value is a value of the graph with what the next layer has to know of it.
type value struct {
	v        *graph.Value
	channels int64
}

// builder adds layers to a graph. Each layer has a path, such as layer1.0.conv1, that names its node
// and its parameters.
type builder struct {
	model *graph.Model
	graph *graph.Graph
	form  Form
	names map[string]int // how many nodes asked for a name
}

func newBuilder(name string, form Form) *builder {
	m := graph.NewModel(irVersion, graph.Opset{Version: opset})
	m.ProducerName = "acdeploy zoo"
	m.Graph.Name = name
	return &builder{m, m.Graph, form, map[string]int{}}
}

func (b *builder) input(name string, image [3]int64) value {
	shape := []tensor.Dim{{Size: -1, Param: "N"}}
	for _, d := range image {
		shape = append(shape, tensor.Fixed(d))
	}
	v, err := b.graph.AddInput(name, graph.Type{Elem: tensor.Float32, Ranked: true, Shape: shape})
	must(err)
	return value{v, image[0]}
}

// output declares x, a list of classes, as an output.
func (b *builder) output(x value) {
	x.v.SetType(graph.Type{
		Elem: tensor.Float32, Ranked: true,
		Shape: []tensor.Dim{{Size: -1, Param: "N"}, tensor.Fixed(x.channels)},
	})
	b.graph.AddOutput(x.v)
}

// must stops on what only a mistake in this package can cause.
func must(err error) {
	if err != nil {
		panic("zoo: " + err.Error())
	}
}

func (b *builder) parameter(name string, t *tensor.Tensor) *graph.Value {
	v, err := b.graph.AddInitializer(name, t)
	must(err)
	return v
}

// node appends a node with one output, which is named after it.
func (b *builder) node(path, opType string, channels int64, inputs []*graph.Value, attrs ...*graph.Attr) value {
	name := path + "/" + opType
	count := b.names[name]
	b.names[name]++
	if count > 0 {
		name = fmt.Sprintf("%s_%d", name, count)
	}
	return b.nodeTo(name+"_output", name, opType, channels, inputs, attrs...)
}

// nodeTo appends a node of the given name with an output of the given name.
func (b *builder) nodeTo(output, name, opType string, channels int64, inputs []*graph.Value, attrs ...*graph.Attr) value {
	n := graph.NewNode(opType, inputs...)
	n.Name = name
	for _, a := range attrs {
		n.SetAttr(a)
	}
	v, err := b.graph.AddValue(output)
	must(err)
	must(n.AddOutput(v))
	b.graph.Append(n)
	return value{v, channels}
}

// apply appends an operator that keeps the number of channels, with more operands after x.
func (b *builder) apply(path, opType string, x value, more ...*graph.Value) value {
	return b.node(path, opType, x.channels, append([]*graph.Value{x.v}, more...))
}

// add appends the sum of two values.
func (b *builder) add(path string, x, y value) value { return b.apply(path, "Add", x, y.v) }

// sum adds the values up one by one.
func (b *builder) sum(path string, x value, more ...value) value {
	for _, y := range more {
		x = b.add(path, x, y)
	}
	return x
}

// constant adds an initializer of that shape with one number everywhere.
func (b *builder) constant(name string, number float32, shape ...int64) *graph.Value {
	count, err := tensor.Count(shape)
	must(err)
	return b.parameter(name, tensor.Of(shape, slices.Repeat([]float32{number}, count)...))
}

// integers adds an initializer of whole numbers, the operand of a Slice or a Pad.
func (b *builder) integers(name string, numbers ...int64) *graph.Value {
	return b.parameter(name, tensor.Of([]int64{int64(len(numbers))}, numbers...))
}

// channelwise adds an initializer with a number for each channel, as a constant operand of an image.
func (b *builder) channelwise(name string, channels int64, bound float64) *graph.Value {
	t, err := b.random(name).vector(channels, bound).Reshape([]int64{1, channels, 1, 1})
	must(err)
	return b.parameter(name, t)
}
