package zoo

import (
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
}

func newBuilder(name string, form Form) *builder {
	m := graph.NewModel(irVersion, graph.Opset{Version: opset})
	m.ProducerName = "acdeploy zoo"
	m.Graph.Name = name
	return &builder{model: m, graph: m.Graph, form: form}
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
	x.v.Type = graph.Type{
		Elem: tensor.Float32, Ranked: true,
		Shape: []tensor.Dim{{Size: -1, Param: "N"}, tensor.Fixed(x.channels)},
	}
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
	return b.nodeTo(path+"/"+opType+"_output", path, opType, channels, inputs, attrs...)
}

// nodeTo appends a node with an output of the given name.
func (b *builder) nodeTo(output, path, opType string, channels int64, inputs []*graph.Value, attrs ...*graph.Attr) value {
	n := graph.NewNode(opType, inputs...)
	n.Name = path + "/" + opType
	for _, a := range attrs {
		n.SetAttr(a)
	}
	v, err := b.graph.AddValue(output)
	must(err)
	must(n.AddOutput(v))
	b.graph.Append(n)
	return value{v, channels}
}

// kernel is the geometry of a convolution.
type kernel struct {
	height, width int64
	stride        int64
	pad           [2]int64 // rows above and below, columns left and right
}

// square is a k×k kernel that keeps the size, but for its stride.
func square(k, stride int64) kernel {
	return kernel{k, k, stride, [2]int64{k / 2, k / 2}}
}

// conv adds a convolution with a batch norm behind it. Gain scales what comes out: a trained network
// shares the signal among branches and adds little in each residual block.
func (b *builder) conv(path, norm string, x value, out int64, k kernel, gain float64) value {
	r := b.random(path)
	stats := r.batchNorm(out, gain)
	weight := b.parameter(path+".weight", r.weight(out, x.channels, k, stats))
	y := b.node(path, "Conv", out, []*graph.Value{x.v, weight},
		graph.IntsAttr("dilations", 1, 1), graph.IntAttr("group", 1),
		graph.IntsAttr("kernel_shape", k.height, k.width),
		graph.IntsAttr("pads", k.pad[0], k.pad[1], k.pad[0], k.pad[1]),
		graph.IntsAttr("strides", k.stride, k.stride))
	return b.node(norm, "BatchNormalization", out, []*graph.Value{
		y.v,
		b.parameter(norm+".weight", vector(stats.scale)),
		b.parameter(norm+".bias", vector(stats.bias)),
		b.parameter(norm+".running_mean", vector(stats.mean)),
		b.parameter(norm+".running_var", vector(stats.variance)),
	}, graph.FloatAttr("epsilon", epsilon), graph.FloatAttr("momentum", 0.9))
}

// block adds a convolution with its batch norm or, in branched form and where the kernel is wide
// enough and not a stem, an asymmetric convolution block.
func (b *builder) block(path, norm string, x value, out int64, k kernel, gain float64) value {
	if !b.form.Branched || k.height <= 1 || k.height >= 7 {
		return b.conv(path, norm, x, out, k, gain)
	}
	const third = 0.57735 // 1/√3: three branches of a third of the variance each
	vertical, horizontal := k, k
	vertical.width, vertical.pad[1] = 1, k.pad[1]-k.width/2
	horizontal.height, horizontal.pad[0] = 1, k.pad[0]-k.height/2
	s := b.conv(path+".square_conv", path+".square_bn", x, out, k, gain*third)
	v := b.conv(path+".ver_conv", path+".ver_bn", x, out, vertical, gain*third)
	h := b.conv(path+".hor_conv", path+".hor_bn", x, out, horizontal, gain*third)
	return b.add(path+"/Add_1", b.add(path, s, v), h)
}

func (b *builder) relu(path string, x value) value {
	return b.node(path, "Relu", x.channels, []*graph.Value{x.v})
}

func (b *builder) add(path string, x, y value) value {
	return b.node(path, "Add", x.channels, []*graph.Value{x.v, y.v})
}

func (b *builder) maxPool(path string, x value, k, stride, pad int64) value {
	return b.node(path, "MaxPool", x.channels, []*graph.Value{x.v},
		graph.IntsAttr("kernel_shape", k, k), graph.IntsAttr("pads", pad, pad, pad, pad),
		graph.IntsAttr("strides", stride, stride))
}

// classifier averages over the image and adds a fully connected layer, whose output is "logits".
func (b *builder) classifier(path string, x value, classes int64) value {
	x = b.node("avgpool", "GlobalAveragePool", x.channels, []*graph.Value{x.v})
	x = b.node("flatten", "Flatten", x.channels, []*graph.Value{x.v}, graph.IntAttr("axis", 1))
	weight, bias := b.random(path).dense(classes, x.channels)
	return b.nodeTo("logits", path, "Gemm", classes, []*graph.Value{
		x.v, b.parameter(path+".weight", weight), b.parameter(path+".bias", bias),
	}, graph.IntAttr("transB", 1))
}
