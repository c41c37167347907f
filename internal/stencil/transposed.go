package stencil

import (
	"errors"
	"slices"
)

// ErrTransposed says that a transposed convolution is composed with another stencil.
var ErrTransposed = errors.New("a transposed convolution is not one convolution with what is before or after it")

// OfTransposed returns the stencil of a transposed convolution. It is held as the convolution that goes the other way:
// the terms have a row for each input channel, read from the output, and the growth is that from the size of the output
// to that of the input. So it is scaled, added up and lowered like any other:
//
//	y[o, q] = b[o] + Σ_δ Σ_c T[δ][c, o] · x[c, p]    over all p with s·p + δ = q;  s·(X−1)+1−h is the size of y
//
// more is how many elements the output has at its end beyond those that the kernel reaches: output_padding.
func OfTransposed(c Conv, more []int) Stencil {
	s := Of(c)
	s.Transposed = true
	for i, by := range more {
		s.Growth[i] -= by
	}
	return s
}

// rows and columns are the channels that the kernels have a row, and a number in each row, for.
func (s Stencil) rows() int {
	if s.Transposed {
		return s.In
	}
	return s.Out
}

func (s Stencil) columns() int {
	if s.Transposed {
		return s.Out
	}
	return s.In
}

// isIdentity reports whether s gives its input back.
func (s Stencil) isIdentity() bool {
	nothing := func(list []int) bool { return !slices.ContainsFunc(list, func(v int) bool { return v != 0 }) }
	if len(s.Terms) != 1 || s.biased() || product(s.Stride) != 1 || !nothing(s.Growth) || s.In != s.Out {
		return false
	}
	t := s.Terms[0]
	_, unchanged := t.Kernel.(unit)
	return unchanged && nothing(t.Origin) && nothing(t.Hidden[0]) && nothing(t.Hidden[1])
}
