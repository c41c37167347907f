package backendtest

import (
	"fmt"
	"math/rand/v2"
	"os"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/onnx"
	"github.com/acdeploy/acdeploy/tensor"
)

// model is a model of the suite, in memory.
type model struct {
	name  string
	graph *graph.Model
}

// save writes the model to a file and declares it.
func (m *model) save(path string) (backends.Model, error) {
	f, err := os.Create(path)
	if err != nil {
		return backends.Model{}, err
	}
	if _, err := onnx.Encode(f, m.graph); err != nil {
		_ = f.Close()
		return backends.Model{}, fmt.Errorf("save %s: %w", m.name, err)
	}
	return backends.Model{
		Name: m.name + ".onnx", Path: path,
		Inputs: onnx.Specs(m.graph.Graph.Inputs()), Outputs: onnx.Specs(m.graph.Graph.Outputs()),
	}, f.Close()
}

// builder adds nodes to a model. What fails can only be a mistake of this package.
type builder struct {
	model
	g *graph.Graph
}

func build(name string) *builder {
	m := graph.NewModel(8, graph.Opset{Version: 17})
	m.Graph.Name = name
	return &builder{model{name, m}, m.Graph}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic("backendtest: " + err.Error())
	}
	return v
}

// batched is the shape of one example with an open batch before it.
func batched(rest ...int64) []tensor.Dim {
	shape := []tensor.Dim{{Size: -1, Param: "batch"}}
	for _, d := range rest {
		shape = append(shape, tensor.Fixed(d))
	}
	return shape
}

func (b *builder) input(name string, typ tensor.Type, shape []tensor.Dim) *graph.Value {
	return must(b.g.AddInput(name, graph.Type{Elem: typ, Ranked: true, Shape: shape}))
}

// parameter is an initializer of normally distributed values.
func (b *builder) parameter(name string, shape ...int64) *graph.Value {
	r := rand.New(rand.NewPCG(uint64(len(name)), 11))
	data := make([]float32, must(tensor.Count(shape)))
	for i := range data {
		data[i] = float32(r.NormFloat64())
	}
	return must(b.g.AddInitializer(name, tensor.Of(shape, data...)))
}

func (b *builder) node(output, op string, inputs []*graph.Value, attrs ...*graph.Attr) *graph.Value {
	n := graph.NewNode(op, inputs...)
	n.Name = output + "/" + op
	for _, a := range attrs {
		n.SetAttr(a)
	}
	v := must(b.g.AddValue(output))
	if err := n.AddOutput(v); err != nil {
		panic("backendtest: " + err.Error())
	}
	b.g.Append(n)
	return v
}

func (b *builder) output(v *graph.Value, typ tensor.Type, shape []tensor.Dim) {
	v.SetType(graph.Type{Elem: typ, Ranked: true, Shape: shape})
	b.g.AddOutput(v)
}

// network is a small convolutional network with an open batch: two convolutions, a shortcut, pooling
// and a linear layer.
func network() *model {
	b := build("network")
	x := b.input("image", tensor.Float32, batched(3, 8, 8))
	pads := graph.IntsAttr("pads", 1, 1, 1, 1)
	y := b.node("first", "Conv", []*graph.Value{x, b.parameter("weight_one", 4, 3, 3, 3), b.parameter("bias", 4)}, pads)
	y = b.node("rectified", "Relu", []*graph.Value{y})
	z := b.node("second", "Conv", []*graph.Value{y, b.parameter("weight_second", 4, 4, 3, 3)}, pads)
	y = b.node("sum", "Add", []*graph.Value{y, z})
	y = b.node("pooled", "GlobalAveragePool", []*graph.Value{y})
	y = b.node("flat", "Flatten", []*graph.Value{y})
	y = b.node("logits", "Gemm", []*graph.Value{y, b.parameter("weight_linear", 5, 4), b.parameter("bias_linear", 5)}, graph.IntAttr("transB", 1))
	b.output(y, tensor.Float32, batched(5))
	return &b.model
}

// arithmetic has two inputs, which do not come in alphabetical order, and two outputs that tell them
// apart.
func arithmetic() *model {
	b := build("arithmetic")
	x := b.input("right", tensor.Float32, batched(3))
	y := b.input("left", tensor.Float32, batched(3))
	b.output(b.node("difference", "Sub", []*graph.Value{y, x}), tensor.Float32, batched(3))
	b.output(b.node("product", "Mul", []*graph.Value{x, y}), tensor.Float32, batched(3))
	return &b.model
}

// identity hands a tensor of the type through.
func identity(typ tensor.Type) *model {
	b := build("identity_" + typ.String())
	shape := []tensor.Dim{tensor.Fixed(2), tensor.Fixed(3)}
	b.output(b.node("y", "Identity", []*graph.Value{b.input("x", typ, shape)}), typ, shape)
	return &b.model
}

// random are normally distributed inputs of the model with the given batch.
func (m *model) random(batch int64, seed uint64) tensor.Map {
	r := rand.New(rand.NewPCG(seed, 12))
	in := tensor.Map{}
	for _, spec := range onnx.Specs(m.graph.Graph.Inputs()) {
		shape := make([]int64, len(spec.Shape))
		for i, d := range spec.Shape {
			shape[i] = d.Size
			if d.Size < 0 {
				shape[i] = batch
			}
		}
		data := make([]float32, must(tensor.Count(shape)))
		for i := range data {
			data[i] = float32(r.NormFloat64())
		}
		in[spec.Name] = tensor.Of(shape, data...)
	}
	return in
}
