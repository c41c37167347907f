package zoo

// block adds a convolution with its batch norm or, in branched form and where the kernel is wide
// enough and not a stem, an asymmetric convolution block (Ding et al., ACNet, 2019).
func (b *builder) block(path, norm string, x value, out int64, k kernel, gain float64) value {
	if !b.asymmetric(k) {
		return b.conv(path, norm, x, out, k, gain)
	}
	return b.acb(path, x, out, k, gain)
}

// preBlock is a block of a network that normalises before its convolutions: the plain convolution has
// no batch norm.
func (b *builder) preBlock(path string, x value, out int64, k kernel, gain float64) value {
	if !b.asymmetric(k) {
		return b.bare(path, x, out, k, gain)
	}
	return b.acb(path, x, out, k, gain)
}

// asymmetric is whether a convolution with this kernel gets branches.
func (b *builder) asymmetric(k kernel) bool { return b.form.Branched && k.height > 1 && k.height < 7 }

// acb adds a square, a vertical and a horizontal branch. The latter are as long as the square one or, in
// the form of 2019, three taps.
func (b *builder) acb(path string, x value, out int64, k kernel, gain float64) value {
	const third = 0.57735 // 1/√3: three branches of a third of the variance each
	long := k.height
	if b.form.Year2019 {
		long = 3
	}
	s := b.conv(path+".square_conv", path+".square_bn", x, out, k, gain*third)
	v := b.conv(path+".ver_conv", path+".ver_bn", x, out, k.around(long, 1), gain*third)
	h := b.conv(path+".hor_conv", path+".hor_bn", x, out, k.around(1, long), gain*third)
	y := b.add(path+"/Add_1", b.add(path, s, v), h)
	if b.form.LastNorm {
		y = b.norm(path+".last_bn", y, gain)
	}
	return y
}
