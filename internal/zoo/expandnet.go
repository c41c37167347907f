package zoo

// expandNetBlock is a block of ExpandNet (Guo et al., 2020): a 1×1 convolution that widens, the k×k one, a
// 1×1 one that narrows, with biases and nothing between them. The first one pads.
func expandNetBlock(b *builder, path string, x value, out, stride int64) value {
	k := square(3, stride)
	if !b.form.Branched {
		return b.relu(path, b.deployed(path, x, out, k))
	}
	const rate = 4
	y := b.biased(path+".expand", x, rate*x.channels, pointwise().padded(1), 1)
	y = b.biased(path+".conv", y, rate*out, k.padded(0), 0.7)
	return b.relu(path, b.biased(path+".reduce", y, out, pointwise(), 0.7))
}
