package zoo

import (
	"math"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// border pads a batch-normed value by one pixel on each side with what the batch norm makes of zero. It
// gets the value before the 1×1 convolution, and the convolution.
type border func(b *builder, path string, x value, weight *graph.Value, n norm) value

// dbbBlock is a diverse branch block (Ding et al., 2021): a k×k; a 1×1; a 1×1 and an average; a 1×1, to
// which the identity is added, and a k×k; each with a batch norm, the inner 1×1 too.
func dbbBlock(pad border) unit {
	return func(b *builder, path string, x value, out, stride int64) value {
		k := square(3, stride)
		if !b.form.Branched {
			return b.relu(path, b.deployed(path, x, out, k))
		}
		gain := share(4)
		y := b.branch(path+".dbb_origin", x, out, k, gain)
		y = b.add(path, y, b.branch(path+".dbb_1x1", x, out, k.around(1, 1), gain))

		at := path + ".dbb_avg"
		r := b.random(at)
		n := r.batchNorm(out, 1)
		z := pad(b, at, x, b.parameter(at+".conv.weight", r.weight(out, x.channels, pointwise(), n.variance)), n)
		y = b.add(path, y, b.norm(at+".avgbn", b.averagePool(at, z, 3, stride, 0), gain))

		at = path + ".dbb_1x1_kxk"
		r = b.random(at)
		n = r.batchNorm(x.channels, 1).following()
		free := b.parameter(at+".idconv1.weight", r.weight(x.channels, x.channels, pointwise(), constant(x.channels, 0.5)))
		eye := b.parameter(at+".idconv1.id_tensor", identity(x.channels, x.channels, 1))
		z = pad(b, at, x, b.apply(at, "Add", value{free, x.channels}, eye).v, n)
		y = b.add(path, y, b.conv(at+".conv2", at+".bn2", z, out, k.padded(0), gain))
		return b.relu(path, y)
	}
}

// dbbDepthwise is the block with a group for each channel: the average has no 1×1 before it, and
// the other 1×1 doubles the channels of each group. A pointwise convolution follows.
func dbbDepthwise(b *builder, path string, x value, out, stride int64) value {
	k := square(3, stride).in(x.channels)
	y := b.relu(path+".dw", b.dbbDepthwiseSum(path, x, k))
	return b.relu(path+".pw", b.branch(path+".pw", y, out, pointwise(), 1))
}

func (b *builder) dbbDepthwiseSum(path string, x value, k kernel) value {
	if !b.form.Branched {
		return b.deployed(path, x, x.channels, k)
	}
	gain := share(4)
	wide := pointwise().in(x.channels).padded(1)
	inner := b.branch(path+".dbb_1x1_kxk.0", x, 2*x.channels, wide, 1)
	return b.sum(path,
		b.branch(path+".dbb_origin", x, x.channels, k, gain),
		b.branch(path+".dbb_1x1", x, x.channels, k.around(1, 1), gain),
		b.norm(path+".dbb_avg.avgbn", b.averagePool(path+".dbb_avg", x, k.height, k.stride[0], 1), gain),
		b.branch(path+".dbb_1x1_kxk.1", inner, x.channels, k.padded(0), gain))
}

// padFirst lets the 1×1 convolution pad with zeros.
func padFirst(b *builder, path string, x value, weight *graph.Value, n norm) value {
	out := int64(len(n.scale))
	return b.normalize(path+".bn1", b.convolve(path, x, out, pointwise().padded(1), weight, nil), n)
}

// padWritten pads the batch norm's result with zeros and writes its border in place, side by side, as the
// original class does: what is written is computed from the batch norm's parameters.
func padWritten(b *builder, path string, x value, weight *graph.Value, n norm) value {
	y := b.normalize(path+".bn1", b.convolve(path, x, int64(len(n.scale)), pointwise(), weight, nil), n)
	lookup := func(name string) value { return value{b.graph.Lookup(path + ".bn1" + name), y.channels} }
	deviation := b.apply(path, "Sqrt", b.apply(path, "Add", lookup(".running_var"), b.constant(path+".eps", epsilon)))
	moved := b.apply(path, "Mul", lookup(".running_mean"), lookup(".weight").v)
	return b.padBorder(path, y, b.apply(path, "Sub", lookup(".bias"), b.apply(path, "Div", moved, deviation.v).v))
}

// padFolded is padWritten as an exporter leaves it that computes constants: each step rounded to float32.
func padFolded(b *builder, path string, x value, weight *graph.Value, n norm) value {
	y := b.normalize(path+".bn1", b.convolve(path, x, int64(len(n.scale)), pointwise(), weight, nil), n)
	border := make([]float32, len(n.scale))
	for i, bias := range n.bias {
		deviation := float32(math.Sqrt(float64(n.variance[i] + float32(epsilon))))
		border[i] = bias - float32(n.mean[i]*n.scale[i])/deviation
	}
	return b.padBorder(path, y, value{b.parameter(path+".edge", vector(border)), y.channels})
}

// padBorder pads x with zeros by one pixel, and writes border over them, a number for each channel.
func (b *builder) padBorder(path string, x, border value) value {
	border = b.apply(path, "Reshape", border, b.integers(path+".shape", 1, x.channels, 1, 1))
	x = b.apply(path, "Pad", x, b.integers(path+".pads", 0, 0, 1, 1, 0, 0, 1, 1))
	for axis := int64(2); axis < 4; axis++ {
		for _, index := range []int64{0, -1} {
			x = b.write(path, x, border, axis, index)
		}
	}
	return x
}

// write sets all of x at one index of an axis of the image to border, a number for each channel, as an
// exporter says it: the axis goes first, ScatterND replaces a slice of it, the axis goes back.
func (b *builder) write(path string, x, border value, axis, index int64) value {
	perm := []int64{0, 1, 2, 3}
	perm[0], perm[axis] = perm[axis], perm[0]
	turn := func(x value) value {
		return b.node(path, "Transpose", x.channels, []*graph.Value{x.v}, graph.IntsAttr("perm", perm...))
	}
	turned := turn(x)
	shape := b.apply(path, "Shape", turned)
	shape.v.Producer().SetAttr(graph.IntAttr("start", 1))
	at := b.parameter(b.graph.FreshName(path+".index"), tensor.Of([]int64{1, 1}, index))
	return turn(b.apply(path, "ScatterND", turned, at, b.apply(path, "Expand", border, shape.v).v))
}
