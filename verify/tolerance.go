package verify

import (
	"math"

	"github.com/acdeploy/acdeploy/tensor"
)

// AlgebraTolerance bounds the difference of two models that are equal in real arithmetic and run in
// float64, relative to the largest magnitude of the output.
const AlgebraTolerance = 1e-12

// RoundingTolerance bounds the difference that rounding makes between two models that are equal in
// real arithmetic and whose parameters and values are of type t, relative to the largest magnitude
// of the output:
//
//	8 · u · √layers
//
// with u the unit round-off of t and layers the number of convolutions and matrix products that lie
// one after another. Errors of different layers are independent, so they grow with the square root
// of the depth (Higham & Mary, A New Approach to Probabilistic Rounding Error Analysis, 2019); eight
// units cover the sum within a layer, its parameters' own rounding, and the largest of many outputs.
// For float it is 2e-6 at twenty layers. A network of that depth shows 2e-7 between engines, and
// what a wrong fold does starts at 1e-5.
//
// Types that are not floating point have none: their tolerance is 0.
func RoundingTolerance(t tensor.Type, layers int) float64 {
	return 8 * unitRoundoff(t) * math.Sqrt(float64(max(layers, 1)))
}

func unitRoundoff(t tensor.Type) float64 {
	switch t {
	case tensor.Float64:
		return 0x1p-53
	case tensor.Float32:
		return 0x1p-24
	case tensor.Float16:
		return 0x1p-11
	case tensor.BFloat16:
		return 0x1p-8
	}
	return 0
}
