package zoo

import (
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// ecbBlock is the edge-oriented convolution block of ECBSR (Zhang et al., 2021): a 3×3, and after a 1×1
// each a 3×3, both Sobel kernels and the one of Laplace, scaled; and the input. The border of what a
// 1×1 gives is its bias: the 1×1 pads, or it is written. Computed is the form of evaluation: one convolution
// whose weight and bias the graph computes.
func ecbBlock(form ecbForm) unit {
	return func(b *builder, path string, x value, out, stride int64) value {
		k := square(3, stride)
		var y value
		switch {
		case !b.form.Branched:
			y = b.deployed(path, x, out, k)
		case form == ecbComputed:
			y = b.ecbComputed(path, x, out, k)
		default:
			y = b.ecb(path, x, out, k, form == ecbWritten)
		}
		slope, err := b.random(path+".act").vector(out, 0.3).Reshape([]int64{out, 1, 1})
		must(err)
		return b.apply(path, "PRelu", y, b.parameter(path+".act.weight", slope))
	}
}

// ecbForm is how a block says what it computes.
type ecbForm int

const (
	ecbPadded ecbForm = iota
	ecbWritten
	ecbComputed
)

// edges are the kernels that find edges, row by row.
func edges() map[string][]float32 {
	return map[string][]float32{
		"sbx": {1, 0, -1, 2, 0, -2, 1, 0, -1},
		"sby": {1, 2, 1, 0, 0, 0, -1, -2, -1},
		"lpl": {0, 1, 0, 1, -4, 1, 0, 1, 0},
	}
}

// edgeNames lists the edges in the order of the sum.
func edgeNames() []string { return []string{"sbx", "sby", "lpl"} }

func (b *builder) ecb(path string, x value, out int64, k kernel, written bool) value {
	gain := share(6)
	inner := func(at string, out int64) value {
		if !written {
			return b.biased(at, x, out, pointwise().padded(1), 1)
		}
		z := b.biased(at, x, out, pointwise(), 1)
		return b.padBorder(at, z, value{z.v.Producer().Input(2), out})
	}
	y := b.biased(path+".conv3x3", x, out, k, gain)
	z := inner(path+".conv1x1_3x3.0", 2*out)
	y = b.add(path, y, b.biased(path+".conv1x1_3x3.1", z, out, k.padded(0), 0.7*gain))
	for _, name := range edgeNames() {
		at := path + ".conv1x1_" + name
		z := inner(at, out)
		mask := b.edge(at, out, name)
		y = b.add(path, y, b.convolve(at+".1", z, out, k.padded(0).in(out), mask.v, b.parameter(at+".1.bias", b.random(at+".1").vector(out, 0.1))))
	}
	if keeps(x, out, k) {
		y = b.add(path, y, x)
	}
	return y
}

// edge is the kernel that finds edges with a scale for each channel.
func (b *builder) edge(path string, out int64, name string) value {
	scale, err := b.random(path+".scale").vector(out, 0.1).Reshape([]int64{out, 1, 1, 1})
	must(err)
	mask := b.parameter(path+".mask", tensor.Of([]int64{1, 1, 3, 3}, edges()[name]...))
	return b.apply(path, "Mul", value{b.parameter(path+".scale", scale), out}, mask)
}

func (b *builder) ecbComputed(path string, x value, out int64, k kernel) value {
	gain := share(6)
	w := b.kernel(path+".conv3x3", out, x.channels, k, gain)
	bias := b.vector(path+".conv3x3.bias", out, 0.1)
	add := func(at string, inner int64, outer value) {
		first := b.kernel(at+".0", inner, x.channels, pointwise(), 1)
		turned := b.node(at, "Transpose", x.channels, []*graph.Value{first.v}, graph.IntsAttr("perm", 1, 0, 2, 3))
		w = b.add(path, w, b.node(at, "Conv", x.channels, []*graph.Value{outer.v, turned.v}))
		// What the border adds: the inner bias seen through the outer kernel.
		seen := b.apply(at, "Reshape", b.vector(at+".0.bias", inner, 0.3), b.integers(at+".shape", 1, inner, 1, 1))
		seen = b.apply(at, "Mul", seen, b.constant(at+".ones", 1, 1, inner, 3, 3))
		seen = b.node(at, "Conv", out, []*graph.Value{seen.v, outer.v})
		seen = b.apply(at, "Reshape", seen, b.integers(at+".flat", -1))
		bias = b.add(path+".bias", bias, b.add(at+".bias", seen, b.vector(at+".1.bias", out, 0.1)))
	}
	add(path+".conv1x1_3x3", 2*out, b.kernel(path+".conv1x1_3x3.1", out, 2*out, k, 0.7*gain))
	for _, name := range edgeNames() {
		at := path + ".conv1x1_" + name
		diagonal := value{b.parameter(at+".eye", identity(out, out, 1)), out}
		add(at, out, b.apply(at, "Mul", diagonal, b.edge(at, out, name).v))
	}
	if keeps(x, out, k) {
		w = b.apply(path, "Add", w, b.parameter(path+".identity", identity(out, out, 3)))
	}
	return b.convolve(path, x, out, k, w.v, bias.v)
}

// kernel adds the weight of a convolution.
func (b *builder) kernel(path string, out, in int64, k kernel, gain float64) value {
	return value{b.parameter(path+".weight", b.random(path).weight(out, in, k, constant(out, gain*gain))), out}
}

// vector adds a list of numbers.
func (b *builder) vector(name string, n int64, bound float64) value {
	return value{b.parameter(name, b.random(name).vector(n, bound)), n}
}

// identity is the weight of a k×k convolution that gives back its input.
func identity(out, in, k int64) *tensor.Tensor {
	elems := make([]float32, out*in*k*k)
	for o := range out {
		elems[(o*in+o%in)*k*k+k*k/2] = 1
	}
	return tensor.Of([]int64{out, in, k, k}, elems...)
}
