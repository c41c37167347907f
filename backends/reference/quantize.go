package reference

import (
	"fmt"
	"math"

	"github.com/acdeploy/acdeploy/tensor"
)

// quantizeLinear is y = round(x / scale) + zero point, to nearest even, and no further than the range of the
// integer type.
func quantizeLinear(c *call) ([]*array, error) {
	x, zero := c.in[0], c.input(2)
	typ := tensor.Uint8
	if zero != nil {
		typ = zero.typ
	} else if to := c.int("output_dtype", 0); to != 0 {
		typ = tensor.Type(to)
	}
	if x.kind() == text {
		return nil, fmt.Errorf("input is %s, not numbers", x.typ)
	}
	q, err := quantizationOf(x, c.in[1], zero, typ, c.int("axis", 1), c.int("block_size", 0))
	if err != nil {
		return nil, err
	}
	return one(q.quantize(c, asFloats(x)))
}

// dequantizeLinear is y = (x − zero point) · scale.
func dequantizeLinear(c *call) ([]*array, error) {
	x, scale := c.in[0], c.in[1]
	typ := scale.typ
	if to := c.int("output_dtype", 0); to != 0 {
		typ = tensor.Type(to)
	}
	if kindOf(typ) != floats {
		return nil, fmt.Errorf("the result is %s, not floating-point", typ)
	}
	q, err := quantizationOf(x, scale, c.input(2), x.typ, c.int("axis", 1), c.int("block_size", 0))
	if err != nil {
		return nil, err
	}
	return one(q.dequantize(c, x, typ))
}

// quantization is how real numbers stand for integers: the scale and the zero point of each element.
type quantization struct {
	typ    tensor.Type // of the integers
	lo, hi int64       // their range
	scale  []float64
	zero   []int64
	at     func(k int) int // which scale and zero point the element k has
}

// quantizationOf checks scale and zero point: there is one for all elements of x, one for each index of an axis, or
// one for each block of an axis.
func quantizationOf(x, scale, zero *array, typ tensor.Type, axis, block int64) (quantization, error) {
	q := quantization{typ: typ, scale: scale.f, zero: make([]int64, scale.len())}
	bits := typ.Bits()
	switch {
	case scale.kind() != floats:
		return q, fmt.Errorf("the scale is %s, not floating-point", scale.typ)
	case !typ.IsInteger() || kindOf(typ) != integers || bits > 32:
		return q, fmt.Errorf("quantization to %s is not computed", typ)
	case typ == tensor.Uint8 || typ == tensor.Uint16 || typ == tensor.Uint32:
		q.lo, q.hi = 0, 1<<bits-1
	default:
		q.lo, q.hi = -1<<(bits-1), 1<<(bits-1)-1
	}
	if zero != nil {
		if zero.kind() != integers || zero.len() != scale.len() {
			return q, fmt.Errorf("zero point %s%v does not fit scale of shape %v", zero.typ, zero.shape, scale.shape)
		}
		q.zero = zero.i
	}
	var err error
	q.at, err = placesOf(x, scale, axis, block)
	return q, err
}

// placesOf says which scale each element of x has.
func placesOf(x, scale *array, axis, block int64) (func(k int) int, error) {
	if scale.len() == 1 && block == 0 {
		return func(int) int { return 0 }, nil
	}
	at, err := axisOf(axis, x.rank())
	if err != nil {
		return nil, err
	}
	inner, size := elements(x.shape[at+1:]), x.shape[at]
	if block == 0 {
		if scale.rank() != 1 || scale.len() != size {
			return nil, fmt.Errorf("scale of shape %v does not fit axis %d of %v", scale.shape, axis, x.shape)
		}
		return func(k int) int { return k / inner % size }, nil
	}
	fits := block > 0 && block <= math.MaxInt32 && scale.rank() == x.rank()
	for k := 0; fits && k < x.rank(); k++ {
		d := x.shape[k]
		if k == at {
			d = (d + int(block) - 1) / int(block)
		}
		fits = scale.shape[k] == d
	}
	if !fits {
		return nil, fmt.Errorf("scale of shape %v does not fit blocks of %d in %v", scale.shape, block, x.shape)
	}
	blocks := scale.shape[at]
	return func(k int) int {
		return (k/inner/size*blocks+k/inner%size/int(block))*inner + k%inner
	}, nil
}

func (q quantization) quantize(c *call, x *array) (*array, error) {
	y, err := c.make(q.typ, x.shape...)
	if err != nil {
		return nil, err
	}
	for k, v := range x.f {
		p := q.at(k)
		// What is not a number has no integer; engines differ there, and take the lowest or zero.
		if v = math.RoundToEven(v/q.scale[p]) + float64(q.zero[p]); v == v {
			y.i[k] = int64(max(float64(q.lo), min(float64(q.hi), v)))
		}
	}
	return y, nil
}

func (q quantization) dequantize(c *call, x *array, typ tensor.Type) (*array, error) {
	y, err := c.make(typ, x.shape...)
	if err != nil {
		return nil, err
	}
	for k, v := range x.i {
		p := q.at(k)
		y.f[k] = float64(v-q.zero[p]) * q.scale[p]
	}
	return y, nil
}

// dynamicQuantizeLinear quantizes to uint8, with the scale and the zero point that the range of the input asks for.
func dynamicQuantizeLinear(c *call) ([]*array, error) {
	x := c.in[0]
	lo, hi := 0.0, 0.0
	for _, v := range x.f {
		lo, hi = min(lo, v), max(hi, v)
	}
	scale := (hi - lo) / math.MaxUint8
	if scale == 0 {
		scale = 1
	}
	zero := max(0, min(math.MaxUint8, math.RoundToEven(-lo/scale)))
	if zero != zero {
		return nil, fmt.Errorf("the input is not finite")
	}
	q := quantization{typ: tensor.Uint8, hi: math.MaxUint8, scale: []float64{scale}, zero: []int64{int64(zero)}, at: func(int) int { return 0 }}
	y, err := q.quantize(c, x)
	if err != nil {
		return nil, err
	}
	return []*array{y, {typ: x.typ, f: []float64{scale}}, {typ: tensor.Uint8, i: []int64{int64(zero)}}}, nil
}
