package reference

import (
	"fmt"
	"math"
	"slices"
)

// alongAxis maps the rows along an axis.
func alongAxis(c *call, x *array, axis int, f func(y, x []float64)) (*array, error) {
	order := lastly(x.rank(), []int{axis})
	y, err := mapRows(c, transposed(x, order), x.shape[axis], f)
	if err != nil {
		return nil, err
	}
	return transposed(y, inverse(order)), nil
}

// lpNormalization divides each row along an axis by its 1-norm or 2-norm. A row of zeros stays.
func lpNormalization(c *call) ([]*array, error) {
	x := c.in[0]
	axis, err := axisOf(c.int("axis", -1), x.rank())
	if err != nil {
		return nil, err
	}
	length := norm
	switch p := c.int("p", 2); p {
	case 1:
		length = total(magnitude[float64])
	case 2:
	default:
		return nil, fmt.Errorf("p is %d, and must be 1 or 2", p)
	}
	return one(alongAxis(c, x, axis, func(y, x []float64) {
		if n := length(x); n != 0 {
			scaleShift(y, x, 0, 1/n, 0)
		}
	}))
}

// rmsNormalization divides by the root of the mean square over the axes from axis on, and scales.
func rmsNormalization(c *call) ([]*array, error) {
	x, scale := c.in[0], c.in[1]
	axis, err := axisOf(c.int("axis", -1), x.rank())
	if err != nil {
		return nil, err
	}
	epsilon := c.float("epsilon", defaultEpsilon)
	y, err := mapRows(c, x, elements(x.shape[axis:]), func(y, x []float64) {
		scaleShift(y, x, 0, 1/math.Sqrt(total(square[float64])(x)/float64(len(x))+epsilon), 0)
	})
	if err != nil {
		return nil, err
	}
	return one(pairFloats(c, y, scale, func(a, b float64) float64 { return a * b }))
}

// meanVarianceNormalization subtracts the mean over the axes, and divides by the standard deviation.
func meanVarianceNormalization(c *call) ([]*array, error) {
	const epsilon = 1e-9 // on the standard deviation, by the definition of the operator
	x, list := c.in[0], c.ints("axes")
	if list == nil {
		list = []int64{0, 2, 3}
	}
	axes, err := axesOf(list, x.rank())
	if err != nil {
		return nil, err
	}
	slices.Sort(axes)
	order, size := lastly(x.rank(), axes), 1
	for _, axis := range axes {
		size *= x.shape[axis]
	}
	y, err := mapRows(c, transposed(x, order), size, func(y, x []float64) {
		mean, variance := moments(x)
		scaleShift(y, x, mean, 1/(math.Sqrt(variance)+epsilon), 0)
	})
	if err != nil {
		return nil, err
	}
	return one(transposed(y, inverse(order)), nil)
}
