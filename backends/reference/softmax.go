package reference

import (
	"math"
	"slices"
)

// alongRows makes an operator that maps rows. From opset 13 on a row is the axis named; before, it is
// everything from that axis on.
func alongRows(f func(y, x []float64)) operator {
	return ofFloats(func(c *call) ([]*array, error) {
		x := c.in[0]
		def := int64(-1)
		if c.opset < 13 {
			def = 1
		}
		axis, err := axisOf(c.int("axis", def), x.rank())
		if err != nil {
			return nil, err
		}
		if c.opset < 13 || axis == x.rank()-1 {
			size := elements(x.shape[axis:])
			if c.opset >= 13 {
				size = x.shape[axis]
			}
			return one(mapRows(c, x, size, f))
		}
		return one(alongAxis(c, x, axis, f))
	})
}

func mapRows(c *call, x *array, size int, f func(y, x []float64)) (*array, error) {
	y, err := c.make(x.typ, x.shape...)
	if err != nil || y.len() == 0 {
		return y, err
	}
	parallel(y.len()/size, 1+grain/size, func(lo, hi int) {
		for r := lo; r < hi; r++ {
			f(y.f[r*size:(r+1)*size], x.f[r*size:(r+1)*size])
		}
	})
	return y, nil
}

func softmaxRow(y, x []float64) {
	top, sum := slices.Max(x), 0.0
	for k, v := range x {
		y[k] = math.Exp(v - top)
		sum += y[k]
	}
	for k := range y {
		y[k] /= sum
	}
}

func logSoftmaxRow(y, x []float64) {
	top, sum := slices.Max(x), 0.0
	for _, v := range x {
		sum += math.Exp(v - top)
	}
	for k, v := range x {
		y[k] = v - top - math.Log(sum)
	}
}

func hardmaxRow(y, x []float64) {
	best := 0
	for k, v := range x {
		if v > x[best] {
			best = k
		}
	}
	y[best] = 1
}
