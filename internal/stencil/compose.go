package stencil

import (
	"errors"
	"fmt"
	"slices"
)

// ErrOverlap says that a composed kernel would see the image where the first stencil has no output.
var ErrOverlap = errors.New("the second convolution pads the result of the first with zeros, where the merged convolution would read the image")

// ErrTooLarge says that a composed kernel would have more taps, or reach further, than any image needs.
var ErrTooLarge = errors.New("the merged kernel would be larger than any image needs")

// MaxTaps bounds the taps of a kernel that is not there as a tensor, so that a small file cannot ask for a huge
// one.
const MaxTaps = 1 << 16

const farthest = 1 << 30 // offset, stride or growth: products of two of them are still numbers

// Compose returns outer after inner: T[δ₁+s₁·δ₂] += T₂[δ₂]·T₁[δ₁], b = b₂ + Σ T₂[δ₂]·b₁. size is how
// long the input of inner is per axis; nil, or a negative number, where that is not known.
//
// Outer reads the result of inner as zero outside its domain, which the composed stencil must do too.
// It fails with [ErrOverlap] when an axis has outer reading padding at one end while inner would read
// the image from there, with [ErrBorder] when a tap of outer carries a bias of inner onto padding, and
// with [ErrHidden] when one of the two is no stencil over its own input.
func Compose(outer, inner Stencil, size []int) (Stencil, error) {
	if outer.In != inner.Out || outer.Axes() != inner.Axes() {
		return outer, fmt.Errorf("a layer gives %d channels on %d axes, and the next one takes %d channels on %d axes", inner.Out, inner.Axes(), outer.In, outer.Axes())
	}
	switch {
	case !outer.Transposed && !inner.Transposed:
	case inner.isIdentity():
		return outer, nil
	case outer.isIdentity():
		return inner, nil
	default:
		return outer, ErrTransposed
	}
	middle := inner.lengths(size)
	if err := errors.Join(outer.VisibleAt(middle), inner.VisibleAt(size)); err != nil {
		return outer, ErrHidden
	}
	for i := range inner.Stride {
		before, after := outer.outside(i, sizeAt(middle, i))
		if !inner.blankOutside(i, sizeAt(size, i), before, after) {
			return outer, ErrOverlap
		}
	}
	if inner.biased() && outer.carries(inner.Bias, middle) {
		return outer, ErrBorder
	}
	return ComposeInside(outer, inner)
}

// biased reports whether s adds anything but zero.
func (s Stencil) biased() bool {
	return slices.ContainsFunc(s.Bias, func(b float64) bool { return b != 0 })
}

// ComposeInside is [Compose] without a look at the border: right where outer reads no padding.
func ComposeInside(outer, inner Stencil) (Stencil, error) {
	s := Stencil{In: inner.In, Out: outer.Out, Bias: outer.Bias}
	for i, stride := range inner.Stride {
		s.Stride = append(s.Stride, stride*outer.Stride[i])
		s.Growth = append(s.Growth, inner.Growth[i]+stride*outer.Growth[i])
		s.Slack = append(s.Slack, inner.slack(i)+stride*outer.slack(i))
		if max(s.Stride[i], s.Growth[i], -s.Growth[i]) > farthest {
			return s, ErrTooLarge
		}
	}
	for _, t2 := range outer.Terms {
		for _, t1 := range inner.Terms {
			t, err := composeTerms(outer, inner, t2, t1)
			if err != nil {
				return s, err
			}
			s.Terms = append(s.Terms, t)
		}
	}
	if inner.biased() {
		s.Bias = outer.throughTaps(inner.Bias)
	}
	return s, nil
}

// sizeAt is the i-th size, −1 where it is not known.
func sizeAt(size []int, i int) int {
	if size == nil {
		return -1
	}
	return size[i]
}

// length is how long the output is on axis i over an input of the given length: ⌊(size+h−1)/s⌋+1, none
// below zero, −1 where the size is not known.
func (s Stencil) length(i, size int) int {
	if size < 0 {
		return -1
	}
	return max(floorDiv(size+s.Growth[i]-1, s.Stride[i])+1, 0)
}

// lengths is the length of the output on every axis, nil where no size is known.
func (s Stencil) lengths(size []int) []int {
	if size == nil {
		return nil
	}
	out := make([]int, len(size))
	for i := range size {
		out[i] = s.length(i, size[i])
	}
	return out
}

// outside returns how near s comes to its input from outside on axis i: the last index before the first
// element that a tap reads, 0 where none reads one; and how far after the last element the first one
// is, 1 or more, 0 where none is.
func (s Stencil) outside(i, size int) (before, after int) {
	for _, t := range s.Terms {
		for j := range t.Size[i] {
			offset, stride := t.Origin[i]+j*t.Dilation[i], s.Stride[i]
			if offset < 0 {
				steps := (-1 - offset) / stride
				if size >= 0 {
					steps = min(steps, s.length(i, size)-1)
				}
				before = nearer(before, offset+stride*steps)
			}
			switch {
			case !s.overruns(i, size, offset):
			case size < 0:
				after = 1
			default:
				steps := max(-floorDiv(offset-size, stride), 0) // the first p with s·p + offset ≥ size
				after = nearer(after, stride*steps+offset-size+1)
			}
		}
	}
	return before, after
}

// nearer is the number that is nearer to zero; zero means none.
func nearer(a, b int) int {
	if a == 0 || max(b, -b) < max(a, -a) {
		return b
	}
	return a
}

// overruns reports whether a tap at the given offset falls after the last index of axis i.
func (s Stencil) overruns(i, size, offset int) bool {
	if size < 0 {
		// The largest index read is at most (size+h−1) + offset.
		return s.Growth[i]+offset > 0
	}
	return s.Stride[i]*(s.length(i, size)-1)+offset >= size
}

// blankOutside reports whether s reads nothing but zeros from output positions outside its domain: those
// from q before the first one on, where it reads s·q + max δ at most, and those from the n-th after the
// last one on, where it reads s·(M+n−1) + min δ at least, M being the output's length. Zero means none.
func (s Stencil) blankOutside(i, size, q, n int) bool {
	stride := s.Stride[i]
	for _, t := range s.Terms {
		first, last := t.span(i)
		if q < 0 && stride*q+last >= 0 {
			return false
		}
		switch {
		case n == 0:
		case size < 0: // s·M ≥ size + h, and for some sizes they are equal
			if first+s.Growth[i] < 0 {
				return false
			}
		case stride*(s.length(i, size)+n-1)+first < size:
			return false
		}
	}
	return true
}

// span is the offsets of the first and the last tap of t on axis i.
func (t Term) span(i int) (first, last int) {
	return t.Origin[i], t.Origin[i] + t.Dilation[i]*(t.Size[i]-1)
}

// carries reports whether a tap that can stand on padding has a weight for an input channel whose
// constant is not zero.
func (s Stencil) carries(constant []float64, size []int) bool {
	for _, t := range s.Terms {
		outside := s.onPadding(t, size)
		if !slices.Contains(outside, true) {
			continue
		}
		row := make([]float64, s.In/t.Groups*len(outside))
		for o := range s.Out {
			t.Kernel.Row(row, o)
			first := s.firstInput(t.Groups, o)
			for i, w := range row {
				if w != 0 && outside[i%len(outside)] && constant[first+i/len(outside)] != 0 {
					return true
				}
			}
		}
	}
	return false
}

// onPadding reports for each tap of t whether it can stand on padding.
func (s Stencil) onPadding(t Term, size []int) []bool {
	out := []bool{false}
	for i, taps := range t.Size {
		next := make([]bool, 0, len(out)*taps)
		for _, already := range out {
			for j := range taps {
				offset := t.Origin[i] + j*t.Dilation[i]
				next = append(next, already || offset < 0 || s.overruns(i, sizeAt(size, i), offset))
			}
		}
		out = next
	}
	return out
}

// composeTerms is the product of one term of each stencil: a kernel on the grid that holds every sum
// of an offset of t1 and a strided offset of t2.
func composeTerms(outer, inner Stencil, t2, t1 Term) (Term, error) {
	axes := inner.Axes()
	t := Term{
		Groups: gcd(t1.Groups, t2.Groups), Size: make([]int, axes), Dilation: make([]int, axes), Origin: make([]int, axes),
		Hidden: [2][]int{make([]int, axes), make([]int, axes)},
	}
	at1, at2 := []int{0}, []int{0}
	for i, stride := range inner.Stride {
		t.Origin[i] = t1.Origin[i] + stride*t2.Origin[i]
		step1, step2 := t1.Dilation[i], stride*t2.Dilation[i]
		t.Size[i], t.Dilation[i] = 1, 1
		grid := 0
		if t1.Size[i] > 1 {
			grid = gcd(grid, step1)
		}
		if t2.Size[i] > 1 {
			grid = gcd(grid, step2)
		}
		if grid > 0 {
			t.Dilation[i] = grid
			t.Size[i] = (step1*(t1.Size[i]-1)+step2*(t2.Size[i]-1))/grid + 1
		}
		if Product(t.Size[:i+1]...) > MaxTaps || max(t.Origin[i], -t.Origin[i]) > farthest {
			return t, ErrTooLarge
		}
		at1 = alongAxis(at1, t.Size[i], t1.Size[i], step1/t.Dilation[i])
		at2 = alongAxis(at2, t.Size[i], t2.Size[i], step2/t.Dilation[i])
	}
	_, passes1 := t1.Kernel.(unit)
	_, passes2 := t2.Kernel.(unit)
	switch {
	case passes1:
		t.Kernel, t.Groups = t2.Kernel, t2.Groups
	case passes2:
		t.Kernel, t.Groups = t1.Kernel, t1.Groups
	default:
		t.Kernel = newComposed(outer, inner, t2, t1, t.Groups, at2, at1, product(t.Size))
	}
	return t, nil
}

// alongAxis adds an axis of the given size to flattened positions: taps on it, step apart.
func alongAxis(at []int, size, taps, step int) []int {
	next := make([]int, 0, len(at)*taps)
	for _, base := range at {
		for j := range taps {
			next = append(next, base*size+j*step)
		}
	}
	return next
}

func floorDiv(a, b int) int {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}
