package shapes

import (
	"math"
	"slices"

	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/tensor"
)

// resize infers sizes from constant scales or sizes.
func (c call) resize() facts {
	x := c.arg(0)
	if !x.ranked {
		return facts{}
	}
	axes, err := op.ResizeAxes(c.n, len(x.shape))
	if err != nil {
		return facts{}
	}
	out := slices.Clone(x.shape)
	for _, axis := range axes {
		out[axis] = none()
	}
	if c.Has("keep_aspect_ratio_policy") && c.Str("keep_aspect_ratio_policy") != "stretch" {
		return shaped(out)
	}
	if sizes := c.arg(3).ints; c.Input("sizes") != nil && len(sizes) == len(axes) {
		for i, d := range sizes {
			if positive(d) {
				out[axes[i]] = d
			}
		}
		return shaped(out)
	}
	var factors []float64
	if scales := c.Input("scales").Constant(); scales != nil && scales.Type() == tensor.Float32 {
		factors = scales.Float64s()
	}
	for _, f := range c.Floats("scales") {
		factors = append(factors, float64(f))
	}
	if len(factors) != len(axes) {
		return shaped(out)
	}
	for i, f := range factors {
		out[axes[i]] = c.scaled(x.shape[axes[i]], f)
	}
	return shaped(out)
}

// scaled is ⌊x·f⌋ where no rounding in between can change it: f is an integer, or the product is exact
// in float32.
func (c call) scaled(x Dim, f float64) Dim {
	if f == math.Trunc(f) && f >= 1 && f < 1<<20 {
		return c.terms.times(x, int64(f))
	}
	size, ok := x.Size()
	p := float64(size) * f
	if !ok || size < 0 || size >= 1<<24 || !(f > 0) || p >= 1<<24 || float64(float32(p)) != p {
		return none()
	}
	return Fixed(int64(p))
}
