package zoo

// repConvBlock is RepConv of YOLOv7: a block of RepVGG with another activation.
func repConvBlock(b *builder, path string, x value, out, stride int64) value {
	return b.silu(path, b.repVGG(path, x, out, square(3, stride), 1, true))
}

// repConvNBlock is RepConvN of YOLOv9, which never has the branch of the input.
func repConvNBlock(b *builder, path string, x value, out, stride int64) value {
	return b.silu(path, b.repVGG(path, x, out, square(3, stride), 1, false))
}

// yoloV7 ends in a head with implicit knowledge: a constant added before a 1×1 convolution, another
// multiplied after it (Wang et al., 2021).
func yoloV7(b *builder, x value) value {
	x = b.blocks(repConvBlock, x)
	if !b.form.Branched {
		return b.classifier("head", b.biased("detect", x, 24, pointwise(), 1), 10)
	}
	x = b.apply("ia", "Add", x, b.channelwise("ia.implicit", x.channels, 0.1))
	x = b.biased("detect", x, 24, pointwise(), 1)
	return b.classifier("head", b.apply("im", "Mul", x, b.channelwise("im.implicit", x.channels, 1)), 10)
}

// ciBlock is the compact inverted block of YOLOv10 with RepVGGDW, a depthwise 7×7 and 3×3, in its middle.
func ciBlock(b *builder, path string, x value, out, stride int64) value {
	y := b.silu(path+".0", b.branch(path+".0", x, x.channels, square(3, stride).in(x.channels), 1))
	y = b.silu(path+".1", b.branch(path+".1", y, 2*out, pointwise(), 1))
	y = b.silu(path+".2", b.repVGG(path+".2", y, 2*out, square(7, 1).in(2*out), 3, false))
	y = b.silu(path+".3", b.branch(path+".3", y, out, pointwise(), 1))
	if !keeps(x, out, square(3, stride)) {
		return y
	}
	return b.add(path, x, y)
}
