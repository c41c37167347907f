package passes_test

import (
	"math"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// layer puts one node over x; an identity branch is no layer at all.
func (b *blockBuilder) layer(x *graph.Value, l layer) *graph.Value {
	switch l.Op {
	case "conv":
		return b.convolution("Conv", x, l, b.param(append([]int{l.Out, b.channels[x] / l.Group}, l.Kernel...)...))
	case "convtranspose":
		return b.convolution("ConvTranspose", x, l, b.param(append([]int{b.channels[x], l.Out / l.Group}, l.Kernel...)...))
	case "avgpool", "maxpool":
		return b.pool(x, l)
	case "bn":
		return b.batchNorm(x)
	case "mul", "add", "sub", "div":
		return b.constantNode(x, l)
	case "neg", "relu", "identity":
		op := map[string]string{"neg": "Neg", "relu": "Relu", "identity": "Identity"}[l.Op]
		return b.node(op, []*graph.Value{x})
	case "slice":
		return b.slice(x, l)
	case "pad":
		return b.pad(x, l)
	case "gemm":
		return b.gemm(x, l)
	case "matmul":
		return b.node("MatMul", []*graph.Value{x, b.param(b.channels[x], l.Out)})
	case "matmul_left": // a 1×1 convolution of [N,C,L]
		return b.node("MatMul", []*graph.Value{b.param(l.Out, b.channels[x]), x})
	case "gap":
		return b.node("GlobalAveragePool", []*graph.Value{x})
	}
	panic("no layer " + l.Op)
}

func (b *blockBuilder) convolution(op string, x *graph.Value, l layer, w *graph.Value) *graph.Value {
	in := []*graph.Value{x, w}
	if l.Bias {
		in = append(in, b.param(l.Out))
	}
	return b.node(op, in, append(windowAttrs(l), graph.IntAttr("group", int64(l.Group)))...)
}

func windowAttrs(l layer) []*graph.Attr {
	attrs := []*graph.Attr{graph.IntsAttr("kernel_shape", wide(l.Kernel)...)}
	if l.Strides != nil {
		attrs = append(attrs, graph.IntsAttr("strides", wide(l.Strides)...))
	}
	if l.Dilations != nil {
		attrs = append(attrs, graph.IntsAttr("dilations", wide(l.Dilations)...))
	}
	switch {
	case l.Auto != "":
		attrs = append(attrs, graph.StringAttr("auto_pad", l.Auto))
	case l.Begin != nil:
		attrs = append(attrs, graph.IntsAttr("pads", append(wide(l.Begin), wide(l.End)...)...))
	}
	return attrs
}

func wide(list []int) []int64 {
	out := make([]int64, len(list))
	for i, v := range list {
		out[i] = int64(v)
	}
	return out
}

func (b *blockBuilder) pool(x *graph.Value, l layer) *graph.Value {
	attrs := windowAttrs(l)
	if l.Ceil {
		attrs = append(attrs, graph.IntAttr("ceil_mode", 1))
	}
	if l.Op == "maxpool" {
		return b.node("MaxPool", []*graph.Value{x}, attrs...)
	}
	if l.Flag {
		attrs = append(attrs, graph.IntAttr("count_include_pad", 1))
	}
	return b.node("AveragePool", []*graph.Value{x}, attrs...)
}

// batchNorm has parameters as training leaves them: variances over ten decades, negative and zero scales.
func (b *blockBuilder) batchNorm(x *graph.Value) *graph.Value {
	n := b.channels[x]
	values := [4][]float64{}
	for i := range values {
		values[i] = make([]float64, n)
		for c := range n {
			values[i][c] = b.r.NormFloat64()
		}
	}
	in := []*graph.Value{x}
	for i := range n {
		if b.r.IntN(8) == 0 {
			values[0][i] = 0
		}
		values[3][i] = math.Pow(10, b.r.Float64()*10-8)
	}
	for _, v := range values {
		in = append(in, b.g.NewInitializer("bn", rounded(b.Elem, []int64{int64(n)}, v)))
	}
	return b.node("BatchNormalization", in, graph.FloatAttr("epsilon", 1e-3))
}

// constantNode is arithmetic with a constant, which may have other shapes than a channel's.
func (b *blockBuilder) constantNode(x *graph.Value, l layer) *graph.Value {
	n := b.channels[x]
	var c *graph.Value
	switch l.Shape {
	case "scalar":
		c = b.param()
	case "one":
		c = b.param(1)
	case "batch": // [1,C,1,1]
		shape := []int{1, n}
		for range b.Axes {
			shape = append(shape, 1)
		}
		c = b.param(shape...)
	case "last": // [C] on the last axis
		c = b.param(n)
	default: // [C,1,1]
		shape := []int{n}
		for range b.Axes {
			shape = append(shape, 1)
		}
		c = b.param(shape...)
	}
	in := []*graph.Value{x, c}
	if l.Flag {
		in = []*graph.Value{c, x}
	}
	return b.node(map[string]string{"mul": "Mul", "add": "Add", "sub": "Sub", "div": "Div"}[l.Op], in)
}

// slice drops elements at both ends of the spatial axes; with strides it also takes steps.
func (b *blockBuilder) slice(x *graph.Value, l layer) *graph.Value {
	axes, starts, ends := []int64{}, wide(l.Begin), wide(l.End)
	for i := range ends {
		axes = append(axes, int64(i+2))
		if ends[i] = -ends[i]; ends[i] == 0 {
			ends[i] = math.MaxInt32
		}
	}
	if b.Opset < 10 {
		return b.node("Slice", []*graph.Value{x},
			graph.IntsAttr("starts", starts...), graph.IntsAttr("ends", ends...), graph.IntsAttr("axes", axes...))
	}
	in := []*graph.Value{x, b.ints(starts...), b.ints(ends...), b.ints(axes...)}
	if l.Strides != nil {
		in = append(in, b.ints(wide(l.Strides)...))
	}
	return b.node("Slice", in)
}

func (b *blockBuilder) pad(x *graph.Value, l layer) *graph.Value {
	pads := append([]int64{0, 0}, wide(l.Begin)...)
	pads = append(append(pads, 0, 0), wide(l.End)...)
	if b.Opset < 11 {
		return b.node("Pad", []*graph.Value{x}, graph.IntsAttr("pads", pads...))
	}
	return b.node("Pad", []*graph.Value{x, b.ints(pads...)})
}

// gemm has its constants as exporters write them: B either way round, C of any shape that broadcasts.
func (b *blockBuilder) gemm(x *graph.Value, l layer) *graph.Value {
	n := b.channels[x]
	w := b.param(n, l.Out)
	var attrs []*graph.Attr
	if l.Flag {
		w = b.param(l.Out, n)
		attrs = append(attrs, graph.IntAttr("transB", 1))
	}
	in := []*graph.Value{x, w}
	if l.Bias {
		switch l.Shape {
		case "scalar":
			in = append(in, b.param())
		case "one":
			in = append(in, b.param(1))
		case "batch":
			in = append(in, b.param(1, l.Out))
		default:
			in = append(in, b.param(l.Out))
		}
	}
	if l.Alpha != 0 {
		attrs = append(attrs, graph.FloatAttr("alpha", float32(l.Alpha)/2))
	}
	if l.Beta != 0 {
		attrs = append(attrs, graph.FloatAttr("beta", float32(l.Beta)/2))
	}
	return b.node("Gemm", in, attrs...)
}

// elems are the element types that a block may have.
func elems() []tensor.Type {
	return []tensor.Type{tensor.Float32, tensor.Float32, tensor.Float32, tensor.Float32, tensor.Float64, tensor.Float16, tensor.BFloat16}
}
