package zoo

import (
	"math"

	"github.com/acdeploy/acdeploy/graph"
)

// convolve adds a convolution, after a Slice where its padding is a crop. The bias may be nil.
func (b *builder) convolve(path string, x value, out int64, k kernel, weight, bias *graph.Value) value {
	pad := [2]int64{max(0, k.pad[0]), max(0, k.pad[1])}
	inputs := []*graph.Value{b.crop(path, x, k.pad).v, weight}
	if bias != nil {
		inputs = append(inputs, bias)
	}
	return b.node(path, "Conv", out, inputs,
		graph.IntsAttr("dilations", k.dilation, k.dilation), graph.IntAttr("group", k.group),
		graph.IntsAttr("kernel_shape", k.height, k.width),
		graph.IntsAttr("pads", pad[0], pad[1], pad[0], pad[1]),
		graph.IntsAttr("strides", k.stride[0], k.stride[1]))
}

// crop slices rows and columns off where the padding is negative.
func (b *builder) crop(path string, x value, pad [2]int64) value {
	var starts, ends, axes []int64
	for i, p := range pad {
		if p < 0 {
			starts, ends, axes = append(starts, -p), append(ends, p), append(axes, int64(i)+2)
		}
	}
	if len(axes) == 0 {
		return x
	}
	return b.apply(path+".crop", "Slice", x,
		b.integers(path+".crop.starts", starts...), b.integers(path+".crop.ends", ends...), b.integers(path+".crop.axes", axes...))
}

// conv adds a convolution with a batch norm after it. Gain scales what comes out: a trained network
// shares the signal among branches and adds little in each residual block.
func (b *builder) conv(path, norm string, x value, out int64, k kernel, gain float64) value {
	r := b.random(path)
	stats := r.batchNorm(out, gain)
	weight := b.parameter(path+".weight", r.weight(out, x.channels, k, stats.variance))
	return b.normalize(norm, b.convolve(path, x, out, k, weight, nil), stats)
}

// branch is a conv whose two layers are named path.conv and path.bn.
func (b *builder) branch(path string, x value, out int64, k kernel, gain float64) value {
	return b.conv(path+".conv", path+".bn", x, out, k, gain)
}

// bare adds a convolution with neither a bias nor a batch norm.
func (b *builder) bare(path string, x value, out int64, k kernel, gain float64) value {
	weight := b.random(path).weight(out, x.channels, k, constant(out, gain*gain))
	return b.convolve(path, x, out, k, b.parameter(path+".weight", weight), nil)
}

// biased adds a convolution with a bias.
func (b *builder) biased(path string, x value, out int64, k kernel, gain float64) value {
	r := b.random(path)
	weight := b.parameter(path+".weight", r.weight(out, x.channels, k, constant(out, gain*gain)))
	return b.convolve(path, x, out, k, weight, b.parameter(path+".bias", r.vector(out, 0.3*gain)))
}

// deployed is the convolution with a bias that a block comes down to.
func (b *builder) deployed(path string, x value, out int64, k kernel) value {
	return b.biased(path+".reparam_conv", x, out, k, 1)
}

// normalize adds a batch norm with these parameters.
func (b *builder) normalize(path string, x value, n norm) value {
	return b.node(path, "BatchNormalization", x.channels, []*graph.Value{
		x.v,
		b.parameter(path+".weight", vector(n.scale)),
		b.parameter(path+".bias", vector(n.bias)),
		b.parameter(path+".running_mean", vector(n.mean)),
		b.parameter(path+".running_var", vector(n.variance)),
	}, graph.FloatAttr("epsilon", epsilon), graph.FloatAttr("momentum", 0.9))
}

// norm adds a batch norm of what no convolution of its own has prepared.
func (b *builder) norm(path string, x value, gain float64) value {
	return b.normalize(path, x, b.random(path).batchNorm(x.channels, gain).following())
}

// scale multiplies each channel with a number of its own, as layer scales do.
func (b *builder) scale(path string, x value, gain float64) value {
	numbers, err := b.random(path).vector(x.channels, gain).Reshape([]int64{x.channels, 1, 1})
	must(err)
	return b.apply(path, "Mul", x, b.parameter(path, numbers))
}

func (b *builder) relu(path string, x value) value { return b.apply(path, "Relu", x) }

// silu is x·σ(x).
func (b *builder) silu(path string, x value) value {
	return b.apply(path, "Mul", x, b.apply(path, "Sigmoid", x).v)
}

// gelu is x/2·(1+erf(x/√2)), as exporters write it before opset 20.
func (b *builder) gelu(path string, x value) value {
	y := b.apply(path, "Div", x, b.constant(path+".root", math.Sqrt2))
	y = b.apply(path, "Erf", y)
	y = b.apply(path, "Add", y, b.constant(path+".one", 1))
	y = b.apply(path, "Mul", x, y.v)
	return b.apply(path, "Mul", y, b.constant(path+".half", 0.5))
}

// squeeze multiplies each channel of each image with a gate that follows from the image's means (Hu et
// al., 2017).
func (b *builder) squeeze(path string, x value) value {
	y := b.apply(path, "GlobalAveragePool", x)
	y = b.relu(path, b.biased(path+".down", y, x.channels/4, pointwise(), 1))
	y = b.apply(path, "Sigmoid", b.biased(path+".up", y, x.channels, pointwise(), 1))
	return b.apply(path, "Mul", x, y.v)
}

// maxPool halves the image.
func (b *builder) maxPool(path string, x value, k, pad int64) value {
	return b.node(path, "MaxPool", x.channels, []*graph.Value{x.v},
		graph.IntsAttr("kernel_shape", k, k), graph.IntsAttr("pads", pad, pad, pad, pad),
		graph.IntsAttr("strides", 2, 2))
}

// averagePool counts what it pads.
func (b *builder) averagePool(path string, x value, k, stride, pad int64) value {
	return b.node(path, "AveragePool", x.channels, []*graph.Value{x.v},
		graph.IntAttr("count_include_pad", 1),
		graph.IntsAttr("kernel_shape", k, k), graph.IntsAttr("pads", pad, pad, pad, pad),
		graph.IntsAttr("strides", stride, stride))
}

// classifier averages over the image and adds a fully connected layer, whose output is "logits".
func (b *builder) classifier(path string, x value, classes int64) value {
	x = b.flatten(b.apply("avgpool", "GlobalAveragePool", x), 1)
	return b.dense("logits", path, x, classes)
}

// flatten makes a row of an image of so many pixels.
func (b *builder) flatten(x value, pixels int64) value {
	return b.node("flatten", "Flatten", x.channels*pixels, []*graph.Value{x.v}, graph.IntAttr("axis", 1))
}

// dense adds a fully connected layer with an output of the given name.
func (b *builder) dense(output, path string, x value, out int64) value {
	weight, bias := b.random(path).dense(out, x.channels)
	return b.nodeTo(output, path+"/Gemm", "Gemm", out, []*graph.Value{
		x.v, b.parameter(path+".weight", weight), b.parameter(path+".bias", bias),
	}, graph.IntAttr("transB", 1))
}
