package zoo

import "fmt"

// ppLCNetV2Block is the last blocks of PP-LCNetV2: depthwise 5×5, 3×3 and, where the image keeps its size,
// 1×1, then a pointwise convolution.
func ppLCNetV2Block(b *builder, path string, x value, out, stride int64) value {
	k := square(5, stride).in(x.channels)
	y := b.relu(path+".dw", b.ppLCNetV2Sum(path+".dw", x, k))
	return b.relu(path+".pw", b.branch(path+".pw", y, out, pointwise(), 1))
}

func (b *builder) ppLCNetV2Sum(path string, x value, k kernel) value {
	if !b.form.Branched {
		return b.deployed(path, x, x.channels, k)
	}
	y := b.branch(path+".5x5", x, x.channels, k, share(3))
	y = b.add(path, y, b.branch(path+".3x3", x, x.channels, k.around(3, 3), share(3)))
	if !keeps(x, x.channels, k) {
		return y
	}
	return b.add(path, y, b.branch(path+".1x1", x, x.channels, k.around(1, 1), share(3)))
}

// ppLCNet is PP-LCNetV3 as PP-OCRv4 reads lines of text with it: depthwise and pointwise blocks that
// halve the height alone.
func ppLCNet(b *builder, x value) value {
	x = b.relu("conv1", b.branch("conv1", x, 16, square(3, 2), 1))
	for i, strides := range [][2]int64{{1, 1}, {2, 1}, {1, 1}, {1, 2}} {
		path := fmt.Sprintf("blocks.%d", i)
		k := square(5, 1).in(x.channels).strided(strides[0], strides[1])
		x = b.learnable(path+".dw_conv", x, x.channels, k)
		if i == 3 {
			x = b.squeeze(path+".se", x)
		}
		x = b.learnable(path+".pw_conv", x, 16<<(i/2), pointwise())
	}
	return b.classifier("head", x, 10)
}

// learnable is a LearnableRepLayer: a batch norm of the input where the shape stays, a 1×1 next to larger
// kernels, four kernels of one shape, and a scalar affine map of the sum. Where the image keeps its size
// an activation and one more affine map follow.
func (b *builder) learnable(path string, x value, out int64, k kernel) value {
	y := b.affine(path+".lab", b.learnableSum(path, x, out, k))
	if k.stride != [2]int64{1, 1} {
		return y
	}
	return b.affine(path+".act.lab", b.apply(path+".act", "HardSwish", y))
}

func (b *builder) learnableSum(path string, x value, out int64, k kernel) value {
	if !b.form.Branched {
		return b.deployed(path, x, out, k)
	}
	const copies = 4
	gain := share(copies + 2)
	var branches []value
	if keeps(x, out, k) {
		branches = append(branches, b.norm(path+".identity", x, gain))
	}
	if k.height > 1 {
		branches = append(branches, b.branch(path+".conv_1x1", x, out, k.around(1, 1), gain))
	}
	for i := range copies {
		branches = append(branches, b.branch(fmt.Sprintf("%s.conv_kxk.%d", path, i), x, out, k, gain))
	}
	return b.sum(path, branches[0], branches[1:]...)
}

// affine is scale·x + bias with one number each.
func (b *builder) affine(path string, x value) value {
	x = b.apply(path, "Mul", x, b.constant(path+".scale", 0.9, 1))
	return b.apply(path, "Add", x, b.constant(path+".bias", 0.1, 1))
}
