package equalize

import (
	"math"

	"github.com/acdeploy/acdeploy/passes/internal/absorb"
)

// free is the class of a channel whose scale stays as it is.
const free = -1

// layer is what the arithmetic needs to know of a layer.
type layer struct {
	absorb.Weights
	ranges
	name    string
	out, in []int // the class of each output channel and of each input channel, or free
}

// side is the outputs of a layer, or its inputs.
type side struct {
	layer *layer
	input bool
}

// classes are those of the channels of the side.
func (s side) classes() []int {
	if s.input {
		return s.layer.in
	}
	return s.layer.out
}

// classes are the classes of channels that share a scale, and what each is multiplied by.
type classes struct {
	scale []float64
	fixed []bool // whose scale is 1, since something but layers reads or computes the numbers
	exact bool   // powers of two alone
}

// maxSweeps bounds how often all groups are made alike again. Each sweep brings neighbours nearer; some ten are enough for
// networks of a hundred layers.
const maxSweeps = 100

// solve finds the scales to the fixed point of Nagel et al., Data-Free Quantization Through Weight Equalization and Bias
// Correction, ICCV 2019, equation 11: s = √(r₁·r₂)/r₂ for a channel whose range is r₁ where it is computed and r₂ where it is read.
// A channel is divided by s where it is computed, so that both ranges become √(r₁·r₂). A group is a list of the sides that share
// classes; groups are made alike one after the other.
func (c *classes) solve(groups [][]side) {
	for range maxSweeps {
		settled := true
		for _, g := range groups {
			if c.equalize(g) {
				settled = false
			}
		}
		if settled {
			return
		}
	}
}

// equalize makes the two ranges of every class of a group alike, and reports whether that changed a scale.
func (c *classes) equalize(group []side) bool {
	made, read := map[int]float64{}, map[int]float64{}
	for _, s := range group {
		into := made
		if s.input {
			into = read
		}
		s.layer.each(func(out, in int, most float64) {
			class := s.layer.out[out]
			if s.input {
				class = s.layer.in[in]
			}
			if class != free {
				into[class] = max(into[class], float64(most*c.factor(s.layer.out[out])/c.factor(s.layer.in[in])))
			}
		})
	}
	changed := false
	for class, r1 := range made {
		if r2 := read[class]; !c.fixed[class] && r1 > 0 && r2 > 0 {
			s := c.step(r1, r2)
			c.scale[class] /= s
			changed = changed || s != 1
		}
	}
	return changed
}

// factor is what the channels of a class are multiplied by.
func (c *classes) factor(class int) float64 {
	if class == free {
		return 1
	}
	return c.scale[class]
}

// nearOne is how far a scale that is no power of two may be from 1 to be left alone.
const nearOne = 1.01

// step is what a channel is divided by, with ranges r1 and r2.
func (c *classes) step(r1, r2 float64) float64 {
	if r1 < r2 {
		return 1 / c.step(r2, r1)
	}
	ratio := r1 / r2
	if c.exact {
		return math.Ldexp(1, halved(ratio))
	}
	if s := math.Sqrt(ratio); s > nearOne && !math.IsInf(s, 0) {
		return s
	}
	return 1
}

// halved is half the logarithm to the base 2 of a number that is at least 1, rounded to the nearest integer, and a half downwards: a
// channel that is as near to the one power of two as to the other does not swing between them.
func halved(ratio float64) int {
	fraction, exponent := math.Frexp(ratio) // ratio = fraction·2^exponent, and the fraction is at least ½
	floor := exponent - 1
	if fraction == 0.5 {
		return floor / 2
	}
	return (floor + 1) / 2
}
