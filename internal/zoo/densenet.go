package zoo

import (
	"fmt"

	"github.com/acdeploy/acdeploy/graph"
)

// denseNet40 is DenseNet-40 for 32² images: three blocks of twelve layers that add twelve channels each
// (Huang et al., 2016).
func denseNet40(b *builder, x value) value {
	x = b.preBlock("conv1", x, 16, square(3, 1), 1)
	for block := range 3 {
		path := fmt.Sprintf("dense%d", block+1)
		for layer := range 12 {
			at := fmt.Sprintf("%s.%d", path, layer)
			x = b.concat(at, x, b.preBlock(at+".conv", b.preNorm(at+".bn", x), 12, square(3, 1), 1))
		}
		if block < 2 {
			x = b.transition(fmt.Sprintf("trans%d", block+1), x, x.channels)
		}
	}
	return b.classifier("fc", b.preNorm("norm", x), 10)
}

// denseNet121 is DenseNet-121 for 224² images: layers of a 1×1 and a 3×3 convolution that add 32
// channels each, halved between the blocks.
func denseNet121(b *builder, x value) value {
	x = b.relu("norm0", b.block("conv0", "norm0", x, 64, square(7, 2), 1))
	x = b.maxPool("pool0", x, 3, 1)
	for block, layers := range []int{6, 12, 24, 16} {
		for layer := range layers {
			at := fmt.Sprintf("denseblock%d.denselayer%d", block+1, layer+1)
			y := b.bare(at+".conv1", b.preNorm(at+".norm1", x), 128, pointwise(), 1)
			x = b.concat(at, x, b.preBlock(at+".conv2", b.preNorm(at+".norm2", y), 32, square(3, 1), 1))
		}
		if block < 3 {
			x = b.transition(fmt.Sprintf("transition%d", block+1), x, x.channels/2)
		}
	}
	return b.classifier("classifier", b.preNorm("norm5", x), 1000)
}

// transition is a 1×1 convolution and an average pool that halves the image.
func (b *builder) transition(path string, x value, out int64) value {
	y := b.bare(path+".conv", b.preNorm(path+".norm", x), out, pointwise(), 1)
	return b.averagePool(path+".pool", y, 2, 2, 0)
}

// concat joins values channel by channel.
func (b *builder) concat(path string, values ...value) value {
	var inputs []*graph.Value
	channels := int64(0)
	for _, x := range values {
		inputs, channels = append(inputs, x.v), channels+x.channels
	}
	return b.node(path, "Concat", channels, inputs, graph.IntAttr("axis", 1))
}
