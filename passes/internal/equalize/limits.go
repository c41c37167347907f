package equalize

import (
	"math"

	"github.com/acdeploy/acdeploy/tensor"
)

// normal is the smallest magnitude that the type has with all of its digits.
func normal(t tensor.Type) float64 {
	switch t {
	case tensor.Float16:
		return 0x1p-14
	case tensor.Float64:
		return 0x1p-1022
	}
	return 0x1p-126 // float and bfloat16
}

// survives reports whether a number of a type is still one of all digits when it is multiplied by a factor. In float16 a number below the
// normal ones is kept in the file, so it may become larger; in the other types it is written as zero.
func survives(v, factor float64, t tensor.Type) bool {
	now := math.Abs(float64(v * factor))
	switch {
	case v == 0 || factor == 1:
		return true
	case now > t.MaxFinite():
		return false
	case now >= normal(t):
		return true
	}
	return t == tensor.Float16 && factor > 1
}
