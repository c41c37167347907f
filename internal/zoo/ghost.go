package zoo

// repGhostBlock is a bottleneck of RepGhost (Chen et al., 2022): after a pointwise convolution and a Relu
// a depthwise 3×3 and a batch norm of its input, then a pointwise one.
func repGhostBlock(b *builder, path string, x value, out, stride int64) value {
	y := b.relu(path+".primary", b.branch(path+".primary", x, out/2, pointwise().strided(stride, stride), 1))
	k := square(3, 1).in(y.channels)
	if b.form.Branched {
		y = b.add(path+".cheap", b.branch(path+".cheap", y, y.channels, k, share(2)), b.norm(path+".fusion_bn", y, share(2)))
	} else {
		y = b.deployed(path+".cheap", y, y.channels, k)
	}
	y = b.branch(path+".project", b.relu(path+".cheap", y), out, pointwise(), last)
	if !keeps(x, out, square(1, stride)) {
		return y
	}
	return b.add(path, y, x)
}

// ghostV3Block is a module of GhostNetV3 (Liu et al., 2024): half the channels by a pointwise block, the
// other half from these by a depthwise one, side by side.
func ghostV3Block(b *builder, path string, x value, out, stride int64) value {
	half := b.mobileOne(path+".primary", x, out/2, pointwise().strided(stride, stride), 3)
	half = b.relu(path+".primary", half)
	cheap := b.mobileOne(path+".cheap", half, out/2, square(3, 1).in(out/2), 3)
	return b.concat(path, half, b.relu(path+".cheap", cheap))
}
