package zoo

import "fmt"

// mobileOne is a block of MobileOne (Vasu et al., 2023): copies of a convolution, a 1×1 where they are
// larger, and a batch norm of the input where the shape stays. The sum begins with these two or, as
// Python's 0 + x, with zero.
func (b *builder) mobileOne(path string, x value, out int64, k kernel, copies int) value {
	if !b.form.Branched {
		return b.deployed(path, x, out, k)
	}
	gain := share(copies + 2)
	y := b.mobileOneSkips(path, x, out, k, gain)
	for i := range copies {
		y = b.add(path, y, b.branch(fmt.Sprintf("%s.rbr_conv.%d", path, i), x, out, k, gain))
	}
	return y
}

// mobileOneSkips is the sum of the 1×1 branch and the batch norm of the input.
func (b *builder) mobileOneSkips(path string, x value, out int64, k kernel, gain float64) value {
	var y value
	if k.height > 1 {
		y = b.branch(path+".rbr_scale", x, out, k.around(1, 1), gain)
	} else {
		y = value{b.constant(path+".zero", 0), out}
	}
	if !keeps(x, out, k) {
		return b.apply(path, "Add", y, b.constant(path+".none", 0))
	}
	return b.add(path, y, b.norm(path+".rbr_skip", x, gain))
}

// mobileOneBlock is a depthwise and a pointwise one.
func mobileOneBlock(squeeze bool) unit {
	return func(b *builder, path string, x value, out, stride int64) value {
		activate := func(path string, x value) value {
			if squeeze && x.channels%4 == 0 {
				x = b.squeeze(path+".se", x)
			}
			return b.relu(path, x)
		}
		y := activate(path+".dw", b.mobileOne(path+".dw", x, x.channels, square(3, stride).in(x.channels), 4))
		return activate(path+".pw", b.mobileOne(path+".pw", y, out, pointwise(), 4))
	}
}
