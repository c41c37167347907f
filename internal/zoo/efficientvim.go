package zoo

import (
	"fmt"

	"github.com/acdeploy/acdeploy/graph"
)

// efficientViM is the convolutional part of EfficientViM (Lee et al., 2025): x + σ(α)·(f(x) − x), where f is
// a depthwise 3×3 and the gates are computed of one parameter; between them residual pointwise parts.
func efficientViM(b *builder, x value) value {
	x = b.stem(x)
	for i := range 2 {
		path := fmt.Sprintf("blocks.%d", i)
		x = b.gated(path, x)
		y := b.relu(path+".ffn", b.branch(path+".ffn.fc1", x, 32, pointwise(), 1))
		x = b.add(path+".ffn", x, b.branch(path+".ffn.fc2", y, 16, pointwise(), last))
		x = b.residual(path+".dwconv2", x)
	}
	return b.classifier("head", x, 10)
}

// gated is the block with the gate: the first row of the sigmoid of a parameter.
func (b *builder) gated(path string, x value) value {
	k := square(3, 1).in(x.channels)
	if !b.form.Branched {
		return b.deployed(path, x, x.channels, k)
	}
	alpha := b.apply(path, "Sigmoid", b.kernel(path+".alpha", 2, x.channels, pointwise(), 1))
	row := b.node(path, "Gather", x.channels, []*graph.Value{alpha.v, b.integers(path+".row", 0)}, graph.IntAttr("axis", 0))
	y := b.apply(path, "Sub", b.branch(path+".dwconv1", x, x.channels, k, 1), x.v)
	return b.add(path, x, b.apply(path, "Mul", row, y.v))
}

// residual is x + f(x), where f is a depthwise 3×3 with a batch norm, as in SHViT and TinyViT.
func (b *builder) residual(path string, x value) value {
	k := square(3, 1).in(x.channels)
	if !b.form.Branched {
		return b.deployed(path, x, x.channels, k)
	}
	return b.add(path, x, b.branch(path, x, x.channels, k, last))
}
