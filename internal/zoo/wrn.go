package zoo

import "fmt"

// wideResNet is a wide residual network for 32² images with so many blocks in each of three stages
// (Zagoruyko and Komodakis, 2016). Every convolution comes after a batch norm and a Relu.
func wideResNet(depth int, factor int64) func(*builder, value) value {
	return func(b *builder, x value) value {
		x = b.preBlock("conv1", x, 16, square(3, 1), 1)
		for stage := range 3 {
			x = b.stage(fmt.Sprintf("block%d", stage+1), wideBlock, x, factor*16<<stage, depth, stage > 0)
		}
		return b.classifier("fc", b.relu("last", b.norm("last.bn", x, 1)), 10)
	}
}

// wideBlock is two 3×3 convolutions. The shortcut, where there is a convolution in it, has a batch norm
// of its own, so that what comes in feeds two.
func wideBlock(b *builder, path string, x value, width, stride int64) value {
	y := b.preBlock(path+".conv1", b.preNorm(path+".bn1", x), width, square(3, stride), 1)
	y = b.preBlock(path+".conv2", b.preNorm(path+".bn2", y), width, square(3, 1), last)
	if stride != 1 || x.channels != width {
		x = b.preBlock(path+".proj.conv", b.preNorm(path+".proj.bn", x), width, pointwise().strided(stride, stride), 1)
	}
	return b.add(path, y, x)
}

// preNorm is the batch norm and the Relu before a convolution.
func (b *builder) preNorm(path string, x value) value { return b.relu(path, b.norm(path, x, 1)) }
