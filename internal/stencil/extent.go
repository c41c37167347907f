package stencil

import (
	"encoding/binary"
	"slices"
)

// Extent is where a stencil reads: enough to tell the kernel that holds all of its taps, and what that costs. The
// extent of a sum follows from those of its addends.
type Extent struct {
	in, out, group int
	axes           []reach
}

// reach is where a stencil reads along one axis.
type reach struct {
	first, last int // offset
	step        int // what all distances between offsets are multiples of; 0 where there is one offset
	origin      int // one of the offsets
	growth      int
}

// Extent is where s reads.
func (s Stencil) Extent() Extent {
	e := Extent{in: s.In, out: s.Out, group: s.Group(), axes: make([]reach, s.Axes())}
	for i := range e.axes {
		origin := s.Terms[0].Origin[i]
		r := reach{first: origin, last: origin, origin: origin, growth: s.Growth[i]}
		for _, t := range s.Terms {
			if t.Size[i] > 1 {
				r.step = gcd(r.step, t.Dilation[i])
			}
			r.step = gcd(r.step, t.Origin[i]-origin)
			r.first, r.last = min(r.first, t.Origin[i]), max(r.last, t.Origin[i]+t.Dilation[i]*(t.Size[i]-1))
		}
		e.axes[i] = r
	}
	return e
}

// Join is the extent of the sum of two stencils, which must be [Stencil.Compatible].
func (e Extent) Join(f Extent) Extent {
	e.group, e.axes = gcd(e.group, f.group), slices.Clone(e.axes)
	for i, r := range f.axes {
		a := &e.axes[i]
		a.step = gcd(gcd(a.step, r.step), r.origin-a.origin)
		a.first, a.last = min(a.first, r.first), max(a.last, r.last)
	}
	return e
}

// Union returns the smallest kernel that holds every tap: the dilation is the greatest common divisor of the
// differences between offsets (1 where there is one offset), the size follows from their span. Where a pad would be
// negative, taps that are zero are added at that end, one dilation apart, until it is not.
func (e Extent) Union() Geometry {
	axes := len(e.axes)
	g := Geometry{make([]int, axes), make([]int, axes), make([]int, axes), make([]int, axes)}
	for i, r := range e.axes {
		g.Kernel[i], g.Dilations[i], g.Begin[i], g.End[i] = r.union()
	}
	return g
}

func (r reach) union() (size, step, begin, end int) {
	step = max(r.step, 1)
	first, last := r.first, r.last
	// begin = −first; size' = size + h gives end = h + last.
	if first > 0 {
		first -= (first + step - 1) / step * step
	}
	if short := -(r.growth + last); short > 0 {
		last += (short + step - 1) / step * step
	}
	return (last-first)/step + 1, step, -first, r.growth + last
}

// Cost is the number of multiply-adds per output position of the convolution into the smallest kernel; see
// [Stencil.Cost].
func (e Extent) Cost() int {
	taps := 1
	for _, r := range e.axes {
		size, _, _, _ := r.union()
		taps = Product(taps, size)
	}
	return Product(e.out, e.in/e.group, taps)
}

// Class is equal for stencils that are [Stencil.Compatible], and for no others.
func (s Stencil) Class() string {
	key := binary.AppendVarint(binary.AppendVarint(nil, int64(s.In)), int64(s.Out))
	if s.Transposed {
		key = append(key, 't')
	}
	for i, stride := range s.Stride {
		key = binary.AppendVarint(binary.AppendVarint(key, int64(stride)), int64(s.Growth[i]))
	}
	return string(key)
}
