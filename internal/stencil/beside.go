package stencil

import (
	"errors"
	"slices"

	"github.com/acdeploy/acdeploy/tensor"
)

// ErrUnlike says that convolutions side by side differ in more than their numbers.
var ErrUnlike = errors.New("convolutions with other kernels, strides, pads, channels or groups, or only some of them with a bias")

// Beside returns convolutions, each of its own part of the channels, as one with groups. It fails with [ErrUnlike] where
// they differ in more than their numbers.
func Beside(parts ...Conv) (Conv, error) {
	c := parts[0]
	all := beside{rows: c.Out}
	c.In, c.Out, c.Group, c.Bias = 0, 0, 0, nil
	for _, p := range parts {
		first := parts[0]
		if p.In != first.In || p.Out != first.Out || p.Group != first.Group || (p.Bias == nil) != (first.Bias == nil) ||
			!slices.Equal(p.Kernel, first.Kernel) || !slices.Equal(p.Strides, first.Strides) || !slices.Equal(p.Dilations, first.Dilations) ||
			!slices.Equal(p.Begin, first.Begin) || !slices.Equal(p.End, first.End) || p.Transposed || first.Transposed {
			return c, ErrUnlike
		}
		c.In, c.Out, c.Group = c.In+p.In, c.Out+p.Out, c.Group+p.Group
		c.Bias = append(c.Bias, p.Bias...)
		all.of = append(all.of, p.Weight)
	}
	c.Weight = all
	return c, nil
}

// beside is kernels of so many rows each, one after the other.
type beside struct {
	of   []tensor.Recipe
	rows int
}

func (b beside) Row(dst []float64, row int) { b.of[row/b.rows].Row(dst, row%b.rows) }

func (b beside) MaxAbs() float64 {
	most := 0.0
	for _, r := range b.of {
		most = max(most, r.MaxAbs())
	}
	return most
}
