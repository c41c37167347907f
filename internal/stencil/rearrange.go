package stencil

import (
	"slices"

	"github.com/acdeploy/acdeploy/tensor"
)

// Rearranged returns the stencil with its spatial axes in another order: axis i is axis from[i] of s. Axes of s that are
// not among them go. They have one element before and after, so false where s does more on one than read that.
func (s Stencil) Rearranged(from []int) (Stencil, bool) {
	for i := range s.Stride {
		if slices.Contains(from, i) {
			continue
		}
		for _, t := range s.Terms {
			if t.Size[i] != 1 || t.Origin[i] != 0 || s.Growth[i] != 0 {
				return s, false
			}
		}
	}
	if slices.IsSorted(from) && len(from) == s.Axes() {
		return s, true
	}
	terms := slices.Clone(s.Terms)
	for j, t := range terms {
		terms[j] = Term{
			Kernel: t.rearranged(from), Groups: t.Groups, Size: chosen(t.Size, from), Dilation: chosen(t.Dilation, from), Origin: chosen(t.Origin, from),
			Hidden: [2][]int{chosen(t.Hidden[0], from), chosen(t.Hidden[1], from)},
		}
	}
	s.Terms = terms
	s.Stride, s.Growth = chosen(s.Stride, from), chosen(s.Growth, from)
	if s.Slack != nil {
		s.Slack = chosen(s.Slack, from)
	}
	return s, true
}

// chosen is the numbers of some axes.
func chosen(list, from []int) []int {
	out := make([]int, len(from))
	for i, axis := range from {
		out[i] = list[axis]
	}
	return out
}

// rearranged is the kernel of a term with its axes in another order.
func (t Term) rearranged(from []int) tensor.Recipe {
	step := make([]int, len(t.Size)) // of each axis in the flattened kernel
	taps := 1
	for i, size := range slices.Backward(t.Size) {
		step[i] = taps
		taps *= size
	}
	at := []int{0}
	for _, axis := range from {
		next := make([]int, 0, len(at)*t.Size[axis])
		for _, base := range at {
			for j := range t.Size[axis] {
				next = append(next, base+j*step[axis])
			}
		}
		at = next
	}
	if slices.IsSorted(at) {
		return t.Kernel
	}
	return reordered{t.Kernel, at}
}

// reordered is a kernel whose tap i is tap at[i] of another one.
type reordered struct {
	of tensor.Recipe
	at []int
}

func (r reordered) Row(dst []float64, row int) {
	was := make([]float64, len(dst))
	r.of.Row(was, row)
	for base := 0; base < len(dst); base += len(r.at) {
		for i, at := range r.at {
			dst[base+i] = was[base+at]
		}
	}
}

func (r reordered) MaxAbs() float64 { return r.of.MaxAbs() }
