package emit

import (
	"math"

	"github.com/acdeploy/acdeploy/passes/internal/refusal"
	"github.com/acdeploy/acdeploy/tensor"
)

// weighted multiplies each element of a weight by a factor that depends on its row and its place there.
type weighted struct {
	of     tensor.Recipe
	factor func(row, i int) float64
	bound  float64 // of the factors' magnitudes
}

func (w weighted) Row(dst []float64, row int) {
	w.of.Row(dst, row)
	for i, v := range dst {
		dst[i] = float64(v * w.factor(row, i))
	}
}

func (w weighted) MaxAbs() float64 { return w.of.MaxAbs() * w.bound }

// Scaled multiplies a weight by scale[at(row, i)]; it stays as it is where there is no scale.
func Scaled(t *tensor.Tensor, scale []float64, at func(row, i int) int) (*tensor.Tensor, *refusal.Refusal) {
	if scale == nil {
		return t, nil
	}
	w := weighted{t, func(row, i int) float64 { return scale[at(row, i)] }, tensor.Vector(scale).MaxAbs()}
	return Fitting(tensor.Compute(t.Type(), t.Shape(), w))
}

// Fitting refuses what its type cannot hold.
func Fitting(t *tensor.Tensor) (*tensor.Tensor, *refusal.Refusal) {
	if !t.Fits() {
		return nil, refusal.New(refusal.Overflow, "a fused weight or bias is too large for %s; fuse the model in a wider type and convert it afterwards", t.Type())
	}
	return t, nil
}

// Bias makes one number per channel a tensor of a shape that has as many elements.
func Bias(elem tensor.Type, values []float64, shape ...int64) (*tensor.Tensor, *refusal.Refusal) {
	if math.IsNaN(tensor.Vector(values).MaxAbs()) {
		return nil, refusal.New(refusal.Overflow, "a fused bias is too large for %s; fuse the model in a wider type and convert it afterwards", elem)
	}
	return Fitting(tensor.Compute(elem, shape, tensor.Vector(values)))
}
