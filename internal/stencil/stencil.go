// Package stencil is the algebra of convolution.
//
// A convolution computes each element of its result from a few elements of its input, at fixed offsets.
// So do a batch normalisation, an identity, an average pool, a crop and a zero pad. All of them are a
// [Stencil] here. Stencils are scaled, shifted, moved, added and composed, and the result is lowered to
// one convolution again:
//
//	Conv 3×3 ┐
//	Conv 1×3 ├─ Of ─▶ stencils ─ Then, Crop, Pad, Add, Compose ─▶ one stencil ─ Lower ─▶ Conv 3×3
//	Conv 3×1 ┘
//
// A stencil from C input channels to D output channels with stride s is a finite map T from integer
// offsets to D×C matrices, and a bias b:
//
//	y[o, p] = b[o] + Σ_δ Σ_c T[δ][o, c] · x̃[c, s·p + δ]        x̃ = x, zero outside its domain
//
// Per axis a growth h fixes the size of the output: a size of X becomes ⌊(X+h−1)/s⌋+1.
//
// The map is held as a sum of terms. Each [Term] is a kernel on a regular grid of offsets. Kernels are
// recipes: nothing is computed until somebody reads the result. What would not be exact is an error
// that says why.
package stencil

import (
	"errors"
	"fmt"
	"slices"

	"github.com/acdeploy/acdeploy/tensor"
)

// Stencil is a linear map of images with a constant. Its methods return new stencils and share what
// did not change.
type Stencil struct {
	In, Out int   // channels
	Stride  []int // per spatial axis
	Growth  []int // per spatial axis: h above
	// Slack is by how much Growth may be smaller on each axis without changing the size of the output, in every run
	// that succeeds; nil for nothing.
	Slack []int
	Terms []Term
	Bias  []float64 // per output channel; nil means none
	// Transposed says that the terms go the other way: see [OfTransposed].
	Transposed bool
}

// Term is a kernel whose tap i reads offset Origin + Dilation·i.
type Term struct {
	Kernel   tensor.Recipe // [Out, In/Groups, Size…], one row per output channel
	Groups   int
	Size     []int
	Dilation []int
	Origin   []int
	// Hidden is how far crops hide the input from this term, from its first and from its last index.
	Hidden [2][]int
}

// ErrHidden says that a padded crop would show the merged kernel what the crop hid.
var ErrHidden = errors.New("the branch pads what it cropped, so it sees zeros where the input has data")

// Conv is a convolution as ONNX writes it.
type Conv struct {
	Weight     tensor.Recipe // [Out, In/Group, Kernel…]
	Bias       []float64     // nil means none
	In, Out    int
	Group      int
	Kernel     []int
	Strides    []int
	Dilations  []int
	Begin, End []int // pads
	Transposed bool  // a ConvTranspose: the weight is [In, Out/Group, Kernel…]
}

// Geometry is where the kernel of the convolution reads.
func (c Conv) Geometry() Geometry {
	return Geometry{Kernel: c.Kernel, Dilations: c.Dilations, Begin: c.Begin, End: c.End}
}

// Of returns the stencil of a convolution: tap i of the kernel reads offset d·i − pad.
func Of(c Conv) Stencil {
	axes := len(c.Kernel)
	origin, growth := make([]int, axes), make([]int, axes)
	for i := range axes {
		origin[i] = -c.Begin[i]
		growth[i] = c.Begin[i] + c.End[i] - c.Dilations[i]*(c.Kernel[i]-1)
	}
	return Stencil{
		In: c.In, Out: c.Out, Stride: c.Strides, Growth: growth, Bias: c.Bias,
		Terms: []Term{{
			Kernel: c.Weight, Groups: c.Group, Size: c.Kernel, Dilation: c.Dilations, Origin: origin,
			Hidden: [2][]int{make([]int, axes), make([]int, axes)},
		}},
	}
}

// Identity returns the stencil that gives its input back: T[0] = I.
func Identity(channels, axes int) Stencil {
	return Sample(channels, slices.Repeat([]int{1}, axes))
}

// Sample returns the stencil that keeps one element in so many on each axis: T[0] = I with a stride.
func Sample(channels int, strides []int) Stencil {
	ones, zeros := slices.Repeat([]int{1}, len(strides)), make([]int, len(strides))
	return Of(Conv{
		Weight: unit{}, In: channels, Out: channels, Group: channels,
		Kernel: ones, Strides: strides, Dilations: ones, Begin: zeros, End: zeros,
	})
}

// Select returns the stencil whose output channel o is input channel from[o], or zero where that is −1.
func Select(channels int, from []int, axes int) Stencil {
	ones, zeros := slices.Repeat([]int{1}, axes), make([]int, axes)
	return Of(Conv{
		Weight: selection(from), In: channels, Out: len(from), Group: 1,
		Kernel: ones, Strides: ones, Dilations: ones, Begin: zeros, End: zeros,
	})
}

// Average returns the stencil of an average over windows whose padding counts as zeros: the kernel of
// c becomes one group per channel with equal weights. Only the windows of c are read.
func Average(channels int, c Conv) Stencil {
	c.Weight, c.Bias = uniform(1/float64(product(c.Kernel))), nil
	c.In, c.Out, c.Group = channels, channels, channels
	return Of(c)
}

// Axes is the number of spatial axes.
func (s Stencil) Axes() int { return len(s.Stride) }

// Affine is the map y = Scale·(x − Center) + Shift per channel. A nil slice leaves its part out.
type Affine struct{ Scale, Center, Shift []float64 }

// Then returns the affine map after the stencil: the taps of channel o are scaled, and the bias goes
// through the map.
func (s Stencil) Then(a Affine) Stencil {
	if a.Scale != nil {
		terms := slices.Clone(s.Terms)
		for i := range terms {
			if s.Transposed {
				terms[i].Kernel = s.scaleColumns(terms[i], a.Scale)
			} else {
				terms[i].Kernel = scaleRows(terms[i].Kernel, a.Scale)
			}
		}
		s.Terms = terms
	}
	s.Bias = a.Of(s.Bias, s.Out)
	return s
}

// Of is the map of one number per channel, nil for zeros before and after.
func (a Affine) Of(v []float64, channels int) []float64 {
	if v == nil && a.Center == nil && a.Shift == nil {
		return nil
	}
	out := make([]float64, channels)
	copy(out, v)
	for o := range out {
		if a.Center != nil {
			out[o] -= a.Center[o]
		}
		if a.Scale != nil {
			out[o] = float64(out[o] * a.Scale[o])
		}
		if a.Shift != nil {
			out[o] += a.Shift[o]
		}
	}
	return out
}

// Times returns the stencil whose output is so many times that of s.
func (s Stencil) Times(factor float64) Stencil {
	if factor == 1 {
		return s
	}
	return s.Then(Affine{Scale: slices.Repeat([]float64{factor}, s.Out)})
}

// ReadsPadding reports whether a tap can fall outside the input.
func (s Stencil) ReadsPadding() bool {
	for i := range s.Stride {
		if before, after := s.outside(i, -1); before != 0 || after != 0 {
			return true
		}
	}
	return false
}

// ErrBorder says that a constant before a stencil changes its border.
var ErrBorder = errors.New("the constant before the convolution is not added to its zero padding, so the border of the result would change")

// After returns the stencil after an affine map of its input channels: T[δ][o,c]·Scale[c], and
// what Center and Shift give goes into the bias. The latter is exact only where no tap falls on
// padding; otherwise it fails with [ErrBorder].
func (s Stencil) After(a Affine) (Stencil, error) {
	offset := a.Offset(s.In)
	if offset != nil && s.ReadsPadding() {
		return s, ErrBorder
	}
	if offset != nil {
		s.Bias = s.throughTaps(offset)
	}
	if a.Scale != nil {
		terms := slices.Clone(s.Terms)
		for i, t := range terms {
			terms[i].Kernel = s.scaleColumns(t, a.Scale)
		}
		s.Terms = terms
	}
	return s, nil
}

// Offset is the map of zero, Shift − Scale·Center; nil when it is zero everywhere.
func (a Affine) Offset(channels int) []float64 {
	out := a.Of(nil, channels)
	for _, v := range out {
		if v != 0 {
			return out
		}
	}
	return nil
}

// throughTaps is b[o] + Σ_δ Σ_c T[δ][o,c]·offset[c].
func (s Stencil) throughTaps(offset []float64) []float64 {
	bias := make([]float64, s.Out)
	copy(bias, s.Bias)
	for _, t := range s.Terms {
		taps := product(t.Size)
		row := make([]float64, s.In/t.Groups*taps)
		for o := range bias {
			t.Kernel.Row(row, o)
			first := s.firstInput(t.Groups, o)
			for i, w := range row {
				bias[o] += float64(w * offset[first+i/taps])
			}
		}
	}
	return bias
}

// firstInput is the first input channel of the group that output channel o belongs to.
func (s Stencil) firstInput(groups, o int) int {
	return o / (s.rows() / groups) * (s.columns() / groups)
}

// Crop returns the stencil after a crop of its input by begin and end elements per axis.
func (s Stencil) Crop(begin, end []int) Stencil {
	return s.move(begin, end)
}

// Pad returns the stencil after a zero pad of its input by begin and end elements per axis.
func (s Stencil) Pad(begin, end []int) Stencil {
	return s.move(negated(begin), negated(end))
}

// move shifts the origin of the input: by a crop of its begin and end, or a pad where they are
// negative.
func (s Stencil) move(begin, end []int) Stencil {
	s = s.shifted(begin, end)
	for j, t := range s.Terms {
		t.Hidden = [2][]int{slices.Clone(t.Hidden[0]), slices.Clone(t.Hidden[1])}
		for i := range t.Origin {
			t.Hidden[0][i] = hide(t.Hidden[0][i], begin[i])
			t.Hidden[1][i] = hide(t.Hidden[1][i], end[i])
		}
		s.Terms[j] = t
	}
	return s
}

// shifted reads so many elements further along, and stops so many earlier.
func (s Stencil) shifted(begin, end []int) Stencil {
	s.Growth, s.Terms = slices.Clone(s.Growth), slices.Clone(s.Terms)
	for i := range s.Growth {
		s.Growth[i] -= begin[i] + end[i]
	}
	for j, t := range s.Terms {
		t.Origin = slices.Clone(t.Origin)
		for i := range t.Origin {
			t.Origin[i] += begin[i]
		}
		s.Terms[j] = t
	}
	return s
}

// hide is how far the input of a crop is hidden, where its result is hidden by so much. A negative crop
// is a pad.
func hide(hidden, by int) int { return max(max(hidden, 0)+by, 0) }

// Add returns the sum of stencils. They must have the same channels, strides and growth.
func Add(parts ...Stencil) (Stencil, error) {
	sum := parts[0]
	sum.Terms = slices.Clone(sum.Terms)
	for _, p := range parts[1:] {
		if err := sum.Compatible(p); err != nil {
			return sum, err
		}
		sum.Terms = append(sum.Terms, p.Terms...)
		sum.Slack = jointSlack(sum, p)
		sum.Bias = addVectors(sum.Bias, p.Bias)
	}
	return sum, nil
}

// jointSlack is the slack of the sum of stencils with one growth.
func jointSlack(s, p Stencil) []int {
	if s.Slack == nil || p.Slack == nil {
		return nil
	}
	out := make([]int, len(s.Slack))
	for i := range out {
		out[i] = min(s.Slack[i], p.Slack[i])
	}
	return out
}

// Compatible says why the sum of s and p is not a stencil.
func (s Stencil) Compatible(p Stencil) error {
	switch {
	case s.Transposed != p.Transposed:
		return errors.New("a convolution and a transposed one")
	case s.In != p.In:
		return fmt.Errorf("%d and %d input channels", s.In, p.In)
	case s.Out != p.Out:
		return fmt.Errorf("%d and %d output channels", s.Out, p.Out)
	case !slices.Equal(s.Stride, p.Stride):
		return fmt.Errorf("strides %v and %v", s.Stride, p.Stride)
	case !slices.Equal(s.Growth, p.Growth):
		return fmt.Errorf("outputs whose sizes differ from the input's by %v and %v", s.Growth, p.Growth)
	}
	return nil
}

func addVectors(a, b []float64) []float64 {
	if a == nil {
		return b
	}
	if b == nil {
		return a
	}
	sum := slices.Clone(a)
	for i, v := range b {
		sum[i] += v
	}
	return sum
}

func negated(v []int) []int {
	out := make([]int, len(v))
	for i, x := range v {
		out[i] = -x
	}
	return out
}

func product(v []int) int {
	p := 1
	for _, x := range v {
		p *= x
	}
	return p
}
