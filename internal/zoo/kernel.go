package zoo

// kernel is the geometry of a convolution.
type kernel struct {
	height, width int64
	stride        [2]int64
	pad           [2]int64 // rows above and below, columns left and right; a crop where negative
	dilation      int64
	group         int64
}

// square is a k×k kernel that keeps the size, but for its stride.
func square(k, stride int64) kernel {
	return kernel{k, k, [2]int64{stride, stride}, [2]int64{k / 2, k / 2}, 1, 1}
}

// pointwise is the 1×1 kernel.
func pointwise() kernel { return square(1, 1) }

// in splits the channels in groups.
func (k kernel) in(groups int64) kernel {
	k.group = groups
	return k
}

// padded sets the padding of both axes.
func (k kernel) padded(pad int64) kernel {
	k.pad = [2]int64{pad, pad}
	return k
}

// strided sets the strides.
func (k kernel) strided(height, width int64) kernel {
	k.stride = [2]int64{height, width}
	return k
}

// around is a kernel of another size whose centre lies where that of k does. What k does not pad enough
// for, it crops.
func (k kernel) around(height, width int64) kernel { return k.dilated(height, width, 1) }

// dilated is a kernel of another size and dilation whose centre lies where that of k does.
func (k kernel) dilated(height, width, dilation int64) kernel {
	inner := k
	inner.height, inner.width, inner.dilation = height, width, dilation
	inner.pad[0] += span(height, dilation)/2 - span(k.height, k.dilation)/2
	inner.pad[1] += span(width, dilation)/2 - span(k.width, k.dilation)/2
	return inner
}

// span is the number of pixels from the first tap of an axis to the last.
func span(taps, dilation int64) int64 { return dilation*(taps-1) + 1 }
