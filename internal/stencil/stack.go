package stencil

import (
	"errors"
	"fmt"
	"slices"

	"github.com/acdeploy/acdeploy/tensor"
)

// ErrLengths says that the parts of a stack cannot have one size.
var ErrLengths = errors.New("results of different sizes")

// Stack returns the stencil whose output channels are those of the parts, one part after the other. size is how
// long the input is per axis; nil, or a negative number, where that is not known.
//
// The parts have one size in every run, since they could not be joined otherwise, but their growths may differ:
// every other element from the first one on, and every other one from the second on, are equally many where the
// image has an even size. The stack has the largest growth of them, and [Stencil.Slack].
func Stack(size []int, parts ...Stencil) (Stencil, error) {
	first := parts[0]
	s := Stencil{In: first.In, Stride: first.Stride, Growth: slices.Clone(first.Growth), Slack: make([]int, first.Axes())}
	biased := false
	for _, p := range parts {
		if p.Transposed {
			return s, ErrTransposed
		}
		if p.In != s.In || !slices.Equal(p.Stride, s.Stride) {
			return s, fmt.Errorf("%d channels at strides %v, and %d channels at strides %v", s.In, s.Stride, p.In, p.Stride)
		}
		if err := s.widen(p, first, size); err != nil {
			return s, err
		}
		for _, t := range p.Terms {
			t.Kernel = p.rowsOf(t, s.Out)
			t.Groups = 1
			s.Terms = append(s.Terms, t)
		}
		s.Out += p.Out
		biased = biased || p.Bias != nil
	}
	if !biased {
		return s, nil
	}
	for _, p := range parts {
		s.Bias = append(s.Bias, slices.Concat(p.Bias, make([]float64, p.Out-len(p.Bias)))...)
	}
	return s, nil
}

// widen makes the growths that give the size of a stack include those of one more part.
func (s *Stencil) widen(p, first Stencil, size []int) error {
	for i, stride := range s.Stride {
		most := max(s.Growth[i], p.Growth[i])
		least := min(s.Growth[i]-s.Slack[i], p.Growth[i]-p.slack(i))
		s.Growth[i], s.Slack[i] = most, most-least
		n := sizeAt(size, i)
		if n >= 0 && p.length(i, n) != first.length(i, n) || n < 0 && most-least >= stride {
			return ErrLengths
		}
	}
	return nil
}

// slack is the slack on axis i.
func (s Stencil) slack(i int) int {
	if s.Slack == nil {
		return 0
	}
	return s.Slack[i]
}

// Tight returns the stencil with growths as small as [Stencil.Slack] and the kernel allow, so that it pads no
// more than it has to.
func (s Stencil) Tight() Stencil {
	if s.Slack == nil {
		return s
	}
	end := s.Union().End
	s.Growth, s.Slack = slices.Clone(s.Growth), slices.Clone(s.Slack)
	for i := range s.Growth {
		by := min(s.Slack[i], end[i])
		s.Growth[i] -= by
		s.Slack[i] -= by
	}
	return s
}

// rows is a kernel among others that are stacked: its rows come from the given one on, and all others are zeros.
type rows struct {
	of    tensor.Recipe
	first int // of its rows in the stack
	count int
	size  int               // of one of its rows
	at    func(row int) int // where that begins in a row of the stack
}

// rowsOf is the kernel of a term in a stack without groups, from a row on.
func (s Stencil) rowsOf(t Term, first int) tensor.Recipe {
	taps := product(t.Size)
	return rows{
		of: t.Kernel, first: first, count: s.Out, size: s.In / t.Groups * taps,
		at: func(row int) int { return s.firstInput(t.Groups, row) * taps },
	}
}

func (r rows) Row(dst []float64, row int) {
	clear(dst)
	if row -= r.first; row >= 0 && row < r.count {
		at := r.at(row)
		r.of.Row(dst[at:at+r.size], row)
	}
}

func (r rows) MaxAbs() float64 { return r.of.MaxAbs() }
