package stencil

import (
	"errors"
	"math"
	"slices"

	"github.com/acdeploy/acdeploy/tensor"
)

// ErrBorderValue says that a border holds other numbers than the constant of the stencil inside it.
var ErrBorderValue = errors.New("the border does not hold the bias of the convolution inside it")

// ErrBorderReach says that a stencil that went on into the border around its result would read the input
// there.
var ErrBorderReach = errors.New("the merged convolution would read the image where the border is")

// PadResult returns s with a border around its result, begin and end elements wide per axis. The border
// holds one number per output channel. The two are one stencil where s would read nothing but padding
// for the border, and its constant is what the border holds: y'[o, q] = y[o, q−begin]. size is how long
// the input is per axis; nil, or a negative number, where that is not known.
//
// It fails with [ErrBorderValue] or [ErrBorderReach] where they are not.
func (s Stencil) PadResult(begin, end []int, border []float64, size []int) (Stencil, error) {
	if !s.HasConstant(border) {
		return s, ErrBorderValue
	}
	for i := range s.Stride {
		if s.Transposed || !s.blankOutside(i, sizeAt(size, i), -min(begin[i], 1), min(end[i], 1)) {
			return s, ErrBorderReach
		}
	}
	steps := [2][]int{make([]int, s.Axes()), make([]int, s.Axes())}
	for i, stride := range s.Stride {
		steps[0][i], steps[1][i] = stride*begin[i], stride*end[i]
	}
	return s.shifted(negated(steps[0]), negated(steps[1])), nil
}

// HasConstant reports whether s adds these numbers, one per output channel. They count as equal when they
// differ by no more than float64 rounds expressions of their size: they may be the same one in two orders.
func (s Stencil) HasConstant(numbers []float64) bool {
	const roundings = 0x1p-47 // of a few operations, relative to the largest number
	constant := s.Bias
	if constant == nil {
		constant = make([]float64, s.Out)
	}
	allowed := roundings * max(tensor.Vector(numbers).MaxAbs(), tensor.Vector(constant).MaxAbs())
	return slices.EqualFunc(numbers, constant, func(v, c float64) bool { return math.Abs(v-c) <= allowed }) // NaN is none
}
