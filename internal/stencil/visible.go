package stencil

import "slices"

// Visible fails with [ErrHidden] when, for inputs of some size, a tap of s falls on what a crop hid.
func (s Stencil) Visible() error { return s.VisibleAt(nil) }

// VisibleAt is [Stencil.Visible] for an input of one size per axis; nil, or a negative number, where it
// is not known.
func (s Stencil) VisibleAt(size []int) error {
	for _, t := range s.Terms {
		for i := range t.Origin {
			for j := range t.Size[i] {
				offset := t.Origin[i] + j*t.Dilation[i]
				if s.seesFirst(i, offset, t.Hidden[0][i], sizeAt(size, i)) || s.seesLast(i, offset, t.Hidden[1][i], sizeAt(size, i)) {
					return ErrHidden
				}
			}
		}
	}
	return nil
}

// seesFirst reports whether the tap at the given offset reads one of the first hidden elements of axis
// i. Each output position reads further along than the one before it, so that the first one to read an
// element of the input decides.
func (s Stencil) seesFirst(i, offset, hidden, size int) bool {
	if hidden == 0 {
		return false
	}
	position := max(-floorDiv(offset, s.Stride[i]), 0) // the first p with s·p + offset ≥ 0
	if size >= 0 && position >= s.length(i, size) {
		return false
	}
	return s.Stride[i]*position+offset < hidden
}

// seesLast reports whether the tap reads one of the last hidden elements of axis i.
func (s Stencil) seesLast(i, offset, hidden, size int) bool {
	if hidden == 0 {
		return false
	}
	if size < 0 {
		// The largest index read is at most (size+h−1) + offset.
		return s.Growth[i]+offset+hidden > 0
	}
	position := min(floorDiv(size-1-offset, s.Stride[i]), s.length(i, size)-1) // the last p with s·p + offset < size
	return position >= 0 && s.Stride[i]*position+offset >= size-hidden
}

// Fitted returns a stencil that does the same to inputs of the given size, with the smallest growth that
// gives its length on each axis of known size: for one size ⌊(size+h−1)/s⌋ is the same for up to s
// growths.
func (s Stencil) Fitted(size []int) Stencil {
	growth := slices.Clone(s.Growth)
	for i, stride := range s.Stride {
		if n := sizeAt(size, i); n >= 0 && !s.Transposed && s.length(i, n) > 0 {
			growth[i] = (s.length(i, n)-1)*stride + 1 - n
		}
	}
	s.Growth, s.Slack = growth, nil
	return s
}
