package stencil

import "fmt"

// Geometry is the kernel that a stencil is lowered into.
type Geometry struct {
	Kernel, Dilations []int
	Begin, End        []int // pads
}

// Union returns the smallest kernel that holds every tap of s; see [Extent.Union].
func (s Stencil) Union() Geometry { return s.Extent().Union() }

// Group is the number of groups of the convolution that s becomes: what all terms have in common.
func (s Stencil) Group() int {
	g := 0
	for _, t := range s.Terms {
		g = gcd(g, t.Groups)
	}
	return g
}

// Taps is the number of taps of a kernel; huge ones count as 2⁵⁰.
func Taps(g Geometry) int { return Product(g.Kernel...) }

// Cost is the number of multiply-adds per output position of the convolution that s becomes in g:
// D·(C/group)·ΠK, zero taps included. Huge costs count as 2⁵⁰.
func (s Stencil) Cost(g Geometry) int {
	return Product(s.Out, s.In/s.Group(), Taps(g))
}

// Sum is the sum of two costs; huge ones count as 2⁵⁰.
func Sum(a, b int) int { return min(a+b, 1<<50) }

// Product is a product of numbers that are not negative. It stops at 2⁵⁰, so that it cannot overflow.
func Product(factors ...int) int {
	const most = 1 << 50
	p := 1
	for _, f := range factors {
		if f > 0 && p > most/f {
			return most
		}
		p *= f
	}
	return p
}

// Lower returns s as one convolution with the given kernel. It fails when a term has no place in it,
// when the sizes would change, or with [ErrHidden].
//
// A term (k, d, origin) has its place in (K, D, begin) when off = (origin + begin)/D is an integer
// ≥ 0, k = 1 or d mod D = 0, and off + (k−1)·d/D ≤ K−1; then W[off + i·d/D] += w[i].
func (s Stencil) Lower(g Geometry) (Conv, error) {
	if err := s.Visible(); err != nil {
		return Conv{}, err
	}
	for i, h := range s.Growth {
		if got := g.Begin[i] + g.End[i] - g.Dilations[i]*(g.Kernel[i]-1); got != h || g.Begin[i] < 0 || g.End[i] < 0 {
			return Conv{}, fmt.Errorf("kernel %v with pads %v and %v changes the size by %d on axis %d, not by %d",
				g.Kernel, g.Begin, g.End, got, i, h)
		}
	}
	sum := placedSum{kernelSize: product(g.Kernel), scratch: &scratch{}}
	group := s.Group()
	for _, t := range s.Terms {
		at, err := t.place(g)
		if err != nil {
			return Conv{}, err
		}
		sum.terms = append(sum.terms, placed{
			kernel: t.Kernel, at: at, size: s.columns() / t.Groups * len(at),
			// Rows of a finer group start inside the row of the coarser one.
			shift: func(o int) int { return s.firstInput(t.Groups, o) - s.firstInput(group, o) },
		})
	}
	return Conv{
		Weight: sum.simplified(s.columns() / group), Bias: s.Bias, In: s.In, Out: s.Out, Group: group,
		Kernel: g.Kernel, Strides: s.Stride, Dilations: g.Dilations, Begin: g.Begin, End: g.End,
		Transposed: s.Transposed,
	}, nil
}

// place returns where each tap of t stands in the flattened kernel of g.
func (t Term) place(g Geometry) ([]int, error) {
	at := []int{0}
	for i, size := range t.Size {
		offset := t.Origin[i] + g.Begin[i]
		step := t.Dilation[i]
		if size == 1 {
			step = g.Dilations[i]
		}
		if offset < 0 || offset%g.Dilations[i] != 0 || step%g.Dilations[i] != 0 ||
			(offset+(size-1)*step)/g.Dilations[i] > g.Kernel[i]-1 {
			return nil, fmt.Errorf("a tap at offset %d does not fit kernel %v", t.Origin[i], g.Kernel)
		}
		next := make([]int, 0, len(at)*size)
		for _, base := range at {
			for j := range size {
				next = append(next, base*g.Kernel[i]+(offset+j*step)/g.Dilations[i])
			}
		}
		at = next
	}
	return at, nil
}

func gcd(a, b int) int {
	if b < 0 {
		b = -b
	}
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
