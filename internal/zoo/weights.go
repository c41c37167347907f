package zoo

import (
	"encoding/binary"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/tensor"
)

// random draws the parameters of one layer. They follow from the seed and the layer's path alone, and
// every number from integers, products and roots, which all machines round alike.
type random struct{ source *rand.PCG }

// random returns the source for a layer. The square branch of a block draws like the plain layer.
func (b *builder) random(path string) random {
	h := fnv.New64a()
	_, _ = h.Write([]byte(strings.TrimSuffix(path, ".square_conv"))) // never fails
	return random{rand.NewPCG(b.form.Seed, h.Sum64())}
}

// uniform is a number in [-1, 1).
func (r random) uniform() float64 { return float64(int64(r.source.Uint64())>>11) * 0x1p-52 }

// chance is true once in n times.
func (r random) chance(n uint64) bool { return r.source.Uint64()%n == 0 }

// norm holds the four parameters of a batch norm, one element per channel.
type norm struct{ scale, bias, mean, variance []float32 }

// batchNorm draws parameters as training leaves them. Most variances lie within a factor of 16 of one,
// one channel in eight anywhere between 2⁻²⁷ and 2⁷, about 1e-8 to 1e2; one scale in 16 is negative,
// one in 64 zero.
func (r random) batchNorm(channels int64, gain float64) norm {
	n := norm{
		make([]float32, channels), make([]float32, channels),
		make([]float32, channels), make([]float32, channels),
	}
	for i := range n.scale {
		exponent := int(r.source.Uint64()%8) - 4
		if r.chance(8) {
			exponent = int(r.source.Uint64()%34) - 27
		}
		variance := math.Ldexp(1.5+0.5*r.uniform(), exponent)
		scale := gain * (1 + float64(0.3*r.uniform()))
		switch {
		case r.chance(64):
			scale = 0
		case r.chance(16):
			scale = -scale
		}
		n.variance[i] = float32(variance)
		n.scale[i] = float32(scale)
		n.mean[i] = float32(0.3 * math.Sqrt(variance) * r.uniform())
		n.bias[i] = float32(0.3 * gain * r.uniform())
	}
	return n
}

// following makes up for the variances in the scales, so that an input that varies by about one comes
// out so.
func (n norm) following() norm {
	for i, variance := range n.variance {
		n.scale[i] = float32(float64(n.scale[i]) * math.Sqrt(float64(variance)+epsilon))
	}
	return n
}

// weight draws the weight of a convolution whose outputs have these variances when its inputs went
// through a Relu (He et al., 2015).
func (r random) weight(out, in int64, k kernel, variances []float32) *tensor.Tensor {
	fan := in / k.group * k.height * k.width
	raw := make([]byte, 0, 4*out*fan)
	for _, variance := range variances {
		raw = r.append(raw, int(fan), math.Sqrt(6/float64(fan)*float64(variance)))
	}
	return floats([]int64{out, in / k.group, k.height, k.width}, raw)
}

// vector draws n numbers between -bound and bound.
func (r random) vector(n int64, bound float64) *tensor.Tensor {
	return floats([]int64{n}, r.append(nil, int(n), bound))
}

// dense draws the weight and the bias of a fully connected layer.
func (r random) dense(out, in int64) (weight, bias *tensor.Tensor) {
	w := r.append(make([]byte, 0, 4*out*in), int(out*in), math.Sqrt(3/float64(in)))
	return floats([]int64{out, in}, w), r.vector(out, 0.1)
}

// append draws n floats between -bound and bound, two from each number of the source.
func (r random) append(raw []byte, n int, bound float64) []byte {
	bound *= 0x1p-31
	var word uint64
	for i := range n {
		if i%2 == 0 {
			word = r.source.Uint64()
		}
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(float32(float64(int32(word))*bound)))
		word >>= 32
	}
	return raw
}

func floats(shape []int64, raw []byte) *tensor.Tensor {
	t, err := tensor.New(tensor.Float32, shape, raw)
	must(err)
	return t
}

func vector(elems []float32) *tensor.Tensor { return tensor.Of([]int64{int64(len(elems))}, elems...) }

// constant is n times a number.
func constant(n int64, number float64) []float32 {
	return slices.Repeat([]float32{float32(number)}, int(n))
}
