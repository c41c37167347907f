package zoo

// repVGG is a block of RepVGG (Ding et al., 2021): a convolution, a smaller one around its centre and,
// where the shape stays, a batch norm of the input.
func (b *builder) repVGG(path string, x value, out int64, k kernel, small int64, identity bool) value {
	if !b.form.Branched {
		return b.deployed(path, x, out, k)
	}
	identity = identity && keeps(x, out, k)
	gain := share(2)
	if identity {
		gain = share(3)
	}
	dense := b.branch(path+".rbr_dense", x, out, k, gain)
	y := b.add(path, dense, b.branch(path+".rbr_1x1", x, out, k.around(small, small), gain))
	if identity {
		y = b.add(path, y, b.norm(path+".rbr_identity", x, gain))
	}
	return y
}

func repVGGBlock(groups int64, squeeze bool) unit {
	return func(b *builder, path string, x value, out, stride int64) value {
		k := square(3, stride)
		if x.channels%groups == 0 {
			k = k.in(groups)
		}
		y := b.repVGG(path, x, out, k, 1, true)
		if squeeze {
			y = b.squeeze(path+".se", y)
		}
		return b.relu(path, y)
	}
}
