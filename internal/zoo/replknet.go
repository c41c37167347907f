package zoo

import "fmt"

// repLKNet is RepLKNet (Ding et al., 2022): blocks with a large depthwise kernel and a small one in
// parallel, between pointwise ones.
func repLKNet(b *builder, x value) value {
	x = b.stem(x)
	for i := range 2 {
		path := fmt.Sprintf("blocks.%d", i)
		y := b.norm(path+".prelkb_bn", x, 1)
		y = b.relu(path+".pw1", b.branch(path+".pw1", y, 16, pointwise(), 1))
		y = b.relu(path+".large_kernel", b.repVGG(path+".large_kernel", y, 16, square(13, 1).in(16), 5, false))
		x = b.add(path, x, b.branch(path+".pw2", y, 16, pointwise(), last))
		y = b.norm(path+".preffn_bn", x, 1)
		y = b.gelu(path+".ffn", b.branch(path+".ffn.pw1", y, 32, pointwise(), 1))
		x = b.add(path, x, b.branch(path+".ffn.pw2", y, 16, pointwise(), last))
	}
	return b.classifier("head", b.norm("norm", x, 1), 10)
}

// uniRepLKNet is UniRepLKNet (Ding et al., 2024): small kernels next to the large one, most of them
// dilated, and a batch norm after the sum.
func uniRepLKNet(b *builder, x value) value {
	x = b.stem(x)
	for i := range 2 {
		path := fmt.Sprintf("blocks.%d", i)
		y := b.squeeze(path+".se", b.dilatedBlock(path+".dwconv", x, square(13, 1).in(16)))
		y = b.gelu(path, b.biased(path+".pwconv1", y, 32, pointwise(), 1))
		x = b.add(path, x, b.branch(path+".pwconv2", y, 16, pointwise(), last))
	}
	return b.classifier("head", x, 10)
}

// dilatedBlock is the 13×13 kernel with the sizes and dilations that its authors put next to it.
func (b *builder) dilatedBlock(path string, x value, k kernel) value {
	if !b.form.Branched {
		return b.deployed(path, x, x.channels, k)
	}
	gain := share(6)
	y := b.conv(path+".lk_origin", path+".origin_bn", x, x.channels, k, gain)
	for i, size := range []int64{5, 7, 3, 3, 3} {
		small := k.dilated(size, size, int64(i)+1)
		y = b.add(path, y, b.branch(fmt.Sprintf("%s.dil.%d", path, i), x, x.channels, small, gain))
	}
	return b.norm(path+".norm", y, 1)
}
