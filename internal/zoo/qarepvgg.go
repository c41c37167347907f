package zoo

// qaRepVGGBlock is a block of QARepVGG (Chu et al., 2022): a 3×3 with, a 1×1 without a batch norm, the
// input as it is, in the second version its average too, and a batch norm after the sum.
func qaRepVGGBlock(average bool) unit {
	return func(b *builder, path string, x value, out, stride int64) value {
		k := square(3, stride)
		if !b.form.Branched {
			return b.relu(path, b.deployed(path, x, out, k))
		}
		y := b.add(path, b.branch(path+".rbr_dense", x, out, k, share(3)), b.bare(path+".rbr_1x1", x, out, k.around(1, 1), share(3)))
		if keeps(x, out, k) {
			y = b.add(path, y, x)
			if average {
				y = b.add(path, y, b.averagePool(path+".rbr_avg", x, 3, 1, 1))
			}
		}
		return b.relu(path, b.norm(path+".bn", y, 1))
	}
}
