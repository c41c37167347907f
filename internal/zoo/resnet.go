package zoo

import "fmt"

// residual adds a residual block: a body and a shortcut, summed.
type residual func(b *builder, path string, x value, width, stride int64) value

// last is the gain of the batch norm that ends a residual body. Trained ones are small: the block adds
// a little to what it was given.
const last = 0.3

// basicBlock is two 3×3 convolutions (He et al., 2015).
func basicBlock(b *builder, path string, x value, width, stride int64) value {
	y := b.block(path+".conv1", path+".bn1", x, width, square(3, stride), 1)
	y = b.relu(path+"/relu1", y)
	y = b.block(path+".conv2", path+".bn2", y, width, square(3, 1), last)
	return b.join(path, x, y, stride)
}

// bottleneck is 1×1, 3×3 and 1×1 to four times the width, the stride in the 3×3 as today's libraries
// have it.
func bottleneck(b *builder, path string, x value, width, stride int64) value {
	y := b.block(path+".conv1", path+".bn1", x, width, pointwise(), 1)
	y = b.relu(path+"/relu1", y)
	y = b.block(path+".conv2", path+".bn2", y, width, square(3, stride), 1)
	y = b.relu(path+"/relu2", y)
	y = b.block(path+".conv3", path+".bn3", y, 4*width, pointwise(), last)
	return b.join(path, x, y, stride)
}

// join adds the shortcut, a 1×1 convolution where the shapes differ, and a Relu.
func (b *builder) join(path string, x, y value, stride int64) value {
	if stride != 1 || x.channels != y.channels {
		x = b.block(path+".downsample.0", path+".downsample.1", x, y.channels, pointwise().strided(stride, stride), 1)
	}
	return b.relu(path+"/relu", b.add(path, y, x))
}

// imageNet is a ResNet for 224² images with the given number of blocks in each stage.
func imageNet(block residual, depths ...int) func(*builder, value) value {
	return func(b *builder, x value) value {
		x = b.block("conv1", "bn1", x, 64, square(7, 2), 1)
		x = b.maxPool("maxpool", b.relu("relu", x), 3, 1)
		width := int64(64)
		for stage, depth := range depths {
			x = b.stage(fmt.Sprintf("layer%d", stage+1), block, x, width, depth, stage > 0)
			width *= 2
		}
		return b.classifier("fc", x, 1000)
	}
}

// cifar is a ResNet for 32² images, three stages of so many basic blocks.
func cifar(depth int) func(*builder, value) value {
	return func(b *builder, x value) value {
		x = b.relu("relu", b.block("conv1", "bn1", x, 16, square(3, 1), 1))
		for stage := range 3 {
			x = b.stage(fmt.Sprintf("layer%d", stage+1), basicBlock, x, 16<<stage, depth, stage > 0)
		}
		return b.classifier("fc", x, 10)
	}
}

// stage adds blocks of one width. The first one halves the image where shrink says so.
func (b *builder) stage(path string, block residual, x value, width int64, depth int, shrink bool) value {
	for i := range depth {
		stride := int64(1)
		if shrink && i == 0 {
			stride = 2
		}
		x = block(b, fmt.Sprintf("%s.%d", path, i), x, width, stride)
	}
	return x
}
