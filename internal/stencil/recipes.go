package stencil

import (
	"math"

	"github.com/acdeploy/acdeploy/tensor"
)

// unit is the kernel of the identity: one group per channel, one tap, the number one.
type unit struct{}

func (unit) Row(dst []float64, _ int) { dst[0] = 1 }
func (unit) MaxAbs() float64          { return 1 }

// selection is the kernel that picks one input channel for each row, none where it is −1.
type selection []int

func (s selection) Row(dst []float64, row int) {
	clear(dst)
	if s[row] >= 0 {
		dst[s[row]] = 1
	}
}

func (s selection) MaxAbs() float64 { return 1 }

// uniform is a kernel of equal numbers.
type uniform float64

func (u uniform) Row(dst []float64, _ int) {
	for i := range dst {
		dst[i] = float64(u)
	}
}

func (u uniform) MaxAbs() float64 { return math.Abs(float64(u)) }

// scaled multiplies row o by scale[o].
type scaled struct {
	of    tensor.Recipe
	scale []float64
}

// scaleRows multiplies row o of a kernel by scale[o].
func scaleRows(of tensor.Recipe, scale []float64) tensor.Recipe { return scaled{of, scale} }

func (s scaled) Row(dst []float64, row int) {
	s.of.Row(dst, row)
	a := s.scale[row]
	for i, v := range dst {
		dst[i] = float64(v * a)
	}
}

func (s scaled) MaxAbs() float64 { return s.of.MaxAbs() * tensor.Vector(s.scale).MaxAbs() }

// inputScaled multiplies the taps of each input channel by the scale of that channel.
type inputScaled struct {
	of    tensor.Recipe
	scale []float64
	taps  int
	first func(row int) int // the channel at which a row begins
}

// scaleColumns multiplies the taps of each column of a kernel by the scale of its channel.
func (s Stencil) scaleColumns(t Term, scale []float64) tensor.Recipe {
	return inputScaled{of: t.Kernel, scale: scale, taps: product(t.Size), first: func(row int) int { return s.firstInput(t.Groups, row) }}
}

func (s inputScaled) Row(dst []float64, row int) {
	s.of.Row(dst, row)
	first := s.first(row)
	for i, v := range dst {
		dst[i] = float64(v * s.scale[first+i/s.taps])
	}
}

func (s inputScaled) MaxAbs() float64 { return s.of.MaxAbs() * tensor.Vector(s.scale).MaxAbs() }

// placedSum is a sum of kernels, each placed in a larger one.
type placedSum struct {
	terms      []placed
	kernelSize int
	scratch    *scratch
}

// placed is a kernel whose tap i stands at at[i], from channel shift(row) on.
type placed struct {
	kernel tensor.Recipe
	at     []int
	size   int // of its row
	shift  func(row int) int
}

func (p placedSum) Row(dst []float64, row int) {
	terms := p.terms
	if len(terms) > 0 && len(terms[0].at) == p.kernelSize && terms[0].size == len(dst) {
		terms[0].kernel.Row(dst, row)
		for i := range dst {
			dst[i] += 0 // −0 becomes 0, as in the sum of all terms
		}
		terms = terms[1:]
	} else {
		clear(dst)
	}
	for _, t := range terms {
		buf := p.scratch.take(t.size)
		t.kernel.Row(*buf, row)
		t.add(dst[t.shift(row)*p.kernelSize:], *buf, p.kernelSize)
		p.scratch.give(buf)
	}
}

// add adds the taps of a kernel's row to those of kernels of another size.
func (t placed) add(dst, part []float64, size int) {
	switch {
	case len(t.at) == size:
		for i, v := range part {
			dst[i] += v
		}
	case len(t.at) == 3: // the branches of an ACNet: a loop of so few would cost more than what it does
		a, b, c := t.at[0], t.at[1], t.at[2]
		for len(part) >= 3 && len(dst) >= size {
			taps := dst[:size]
			taps[a] += part[0]
			taps[b] += part[1]
			taps[c] += part[2]
			dst, part = dst[size:], part[3:]
		}
	default:
		for len(part) > 0 {
			for i, at := range t.at {
				dst[at] += part[i]
			}
			dst, part = dst[size:], part[len(t.at):]
		}
	}
}

func (p placedSum) MaxAbs() float64 {
	sum := 0.0
	for _, t := range p.terms {
		sum += t.kernel.MaxAbs()
	}
	return sum
}

// simplified is the kernel itself where the sum has one term that fills its place.
func (p placedSum) simplified(channels int) tensor.Recipe {
	if len(p.terms) == 1 {
		if t := p.terms[0]; len(t.at) == p.kernelSize && t.size == channels*p.kernelSize {
			return t.kernel
		}
	}
	return p
}
