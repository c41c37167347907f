package stencil

import (
	"errors"
	"math"
	"slices"

	"github.com/acdeploy/acdeploy/tensor"
)

// ErrEdge says that a border holds other numbers than the constant of the stencil inside it.
var ErrEdge = errors.New("the border does not hold the constant of the convolution inside it")

// ErrReach says that a stencil that went on into the border around its result would read the input there.
var ErrReach = errors.New("the convolution inside the border would read the image from there")

// Framed returns s with a border around its result, begin and end elements wide per axis, that holds edge,
// one number per output channel. It is one stencil where s, asked for the border, reads nothing and adds
// edge: y'[o, q] = y[o, q−begin]. size is how long the input is per axis; nil, or a negative number, where
// that is not known.
//
// It fails with [ErrEdge] or [ErrReach] where it is not.
func (s Stencil) Framed(begin, end []int, edge []float64, size []int) (Stencil, error) {
	if !s.HasEdge(edge) {
		return s, ErrEdge
	}
	for i := range s.Stride {
		if !s.blankOutside(i, sizeAt(size, i), -min(begin[i], 1), min(end[i], 1)) {
			return s, ErrReach
		}
	}
	steps := [2][]int{make([]int, s.Axes()), make([]int, s.Axes())}
	for i, stride := range s.Stride {
		steps[0][i], steps[1][i] = stride*begin[i], stride*end[i]
	}
	return s.shifted(negated(steps[0]), negated(steps[1])), nil
}

// HasEdge reports whether edge is the constant of s. They count as equal when they differ by no more than
// float64 rounds expressions of their size: they may be the same one in two orders.
func (s Stencil) HasEdge(edge []float64) bool {
	const roundings = 0x1p-47 // of a few operations, relative to the largest number
	constant := s.Bias
	if constant == nil {
		constant = make([]float64, s.Out)
	}
	allowed := roundings * max(tensor.Vector(edge).MaxAbs(), tensor.Vector(constant).MaxAbs())
	return slices.EqualFunc(edge, constant, func(v, c float64) bool { return math.Abs(v-c) <= allowed }) // NaN is no edge
}
