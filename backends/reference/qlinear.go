package reference

import (
	"fmt"
	"slices"

	"github.com/acdeploy/acdeploy/tensor"
)

// qlinearConv is Conv of quantized operands: they are dequantized, and the result is quantized. The bias has the
// scale of the input times that of the weight.
func qlinearConv(c *call) ([]*array, error) {
	x, err := c.dequantized(c.in[0], c.in[1], c.in[2], 1)
	if err != nil {
		return nil, err
	}
	w, err := c.dequantized(c.in[3], c.in[4], c.in[5], 0)
	if err != nil {
		return nil, err
	}
	inner := *c
	inner.in = []*array{x, w}
	if b := c.input(8); b != nil {
		scale, err := pairFloats(c, c.in[1], c.in[4], func(a, b float64) float64 { return a * b })
		if err != nil {
			return nil, err
		}
		bias, err := c.dequantized(b, scale, nil, 0)
		if err != nil {
			return nil, err
		}
		inner.in = append(inner.in, bias)
	}
	y, err := conv(&inner)
	if err != nil {
		return nil, err
	}
	return c.requantized(y[0], 1)
}

// qlinearMatMul is MatMul of quantized operands; the first may have a scale for each row, the second for each
// column.
func qlinearMatMul(c *call) ([]*array, error) {
	a, err := c.dequantized(c.in[0], c.in[1], c.in[2], -2)
	if err != nil {
		return nil, err
	}
	b, err := c.dequantized(c.in[3], c.in[4], c.in[5], -1)
	if err != nil {
		return nil, err
	}
	inner := *c
	inner.in = []*array{a, b}
	y, err := matMul(&inner)
	if err != nil {
		return nil, err
	}
	return c.requantized(y[0], -2)
}

// ofIntegers makes an operator of integers that only have zero points: it computes without rounding, and the result is
// int32.
func ofIntegers(run operator, first, second int64) operator {
	return func(c *call) ([]*array, error) {
		x, err := c.dequantized(c.in[0], nil, c.input(2), first)
		if err != nil {
			return nil, err
		}
		w, err := c.dequantized(c.in[1], nil, c.input(3), second)
		if err != nil {
			return nil, err
		}
		inner := *c
		inner.in = []*array{x, w}
		y, err := run(&inner)
		if err != nil {
			return nil, err
		}
		return one(castTo(c, y[0], tensor.Int32))
	}
}

// dequantized is (x − zero)·scale; scales are along the axis, all 1 when they are absent.
func (c *call) dequantized(x, scale, zero *array, axis int64) (*array, error) {
	if x.kind() != integers {
		return nil, fmt.Errorf("input is %s, not quantized", x.typ)
	}
	if scale == nil {
		scale = &array{typ: tensor.Float32, f: []float64{1}}
		if zero != nil {
			scale.shape, scale.f = zero.shape, slices.Repeat(scale.f, zero.len())
		}
	}
	if scale.len() == 1 {
		axis = 0
	}
	q, err := quantizationOf(x, scale, zero, x.typ, axis, 0)
	if err != nil {
		return nil, err
	}
	return q.dequantize(c, x, scale.typ)
}

// requantized is the result of an operator, quantized by inputs 6 and 7.
func (c *call) requantized(y *array, axis int64) ([]*array, error) {
	scale, zero := c.in[6], c.in[7]
	q, err := quantizationOf(y, scale, zero, zero.typ, axis, 0)
	if err != nil {
		return nil, err
	}
	return one(q.quantize(c, y))
}
