package reference

import (
	"fmt"
	"math"
	"slices"

	"github.com/acdeploy/acdeploy/tensor"
)

// eachPair computes f for every pair of elements of two broadcast operands.
func eachPair[A, B, R any](shape []int, a []A, aStrides []int, b []B, bStrides []int, y []R, f func(A, B) R) {
	n := newNest(shape, aStrides, bStrides)
	stepA, stepB := n.step(0), n.step(1)
	n.rows(func(out int, at []int) {
		i, j := at[0], at[1]
		for k := range n.inner() {
			y[out+k] = f(a[i], b[j])
			i += stepA
			j += stepB
		}
	})
}

// makeBroadcast returns zeros of a's type, in the shape that a and b broadcast to.
func (c *call) makeBroadcast(a, b *array) (*array, error) {
	shape, err := broadcast(a.shape, b.shape)
	if err != nil {
		return nil, err
	}
	return c.make(a.typ, shape...)
}

// pairFloats applies f to two floating-point arrays.
func pairFloats(c *call, a, b *array, f func(a, b float64) float64) (*array, error) {
	y, err := c.makeBroadcast(a, b)
	if err == nil {
		eachPair(y.shape, a.f, spread(a.shape, y.shape), b.f, spread(b.shape, y.shape), y.f, f)
	}
	return y, err
}

// pairIntegers applies f to two integer arrays; the result wraps as the type does.
func pairIntegers(c *call, a, b *array, f func(a, b int64) int64) (*array, error) {
	y, err := c.makeBroadcast(a, b)
	if err == nil {
		eachPair(y.shape, a.i, spread(a.shape, y.shape), b.i, spread(b.shape, y.shape), y.i, f)
		wrap(y.typ, y.i)
	}
	return y, err
}

// arithmetic is an operator of two operands of one type, in two forms.
type arithmetic struct {
	float   func(a, b float64) float64 // each nil where there is none
	integer func(a, b int64) int64
}

func (op arithmetic) apply(c *call, a, b *array) (*array, error) {
	if a.kind() != b.kind() {
		return nil, fmt.Errorf("operands are %s and %s, which do not combine", a.typ, b.typ)
	}
	switch {
	case a.kind() == floats && op.float != nil:
		return pairFloats(c, a, b, op.float)
	case a.kind() == integers && op.integer != nil:
		return pairIntegers(c, a, b, op.integer)
	}
	return nil, fmt.Errorf("the operation does not exist on %s", a.typ)
}

// pairwise makes an operator of two operands.
func pairwise(float func(a, b float64) float64, integer func(a, b int64) int64) operator {
	op := arithmetic{float, integer}
	return func(c *call) ([]*array, error) {
		return one(op.apply(c, c.in[0], c.oldBroadcast()))
	}
}

// oldBroadcast is the second operand. Before opset 7 it may say at which axis of the first it is
// aligned.
func (c *call) oldBroadcast() *array {
	a, b := c.in[0], c.in[1]
	if c.opset >= 7 || c.int("broadcast", 0) == 0 || !c.has("axis") {
		return b
	}
	axis, err := axisOf(c.int("axis", 0), a.rank())
	if err != nil || axis+b.rank() > a.rank() {
		return b
	}
	return b.reshaped(append(slices.Clone(b.shape), ones(a.rank()-axis-b.rank())...))
}

// variadic makes an operator that joins any number of operands, from the first on.
func variadic(float func(a, b float64) float64, integer func(a, b int64) int64) operator {
	op := arithmetic{float, integer}
	return func(c *call) ([]*array, error) {
		y := c.in[0]
		for k, b := range c.in[1:] {
			if b == nil {
				return nil, fmt.Errorf("input %d is absent", k+1)
			}
			var err error
			if y, err = op.apply(c, y, b); err != nil {
				return nil, err
			}
		}
		return one(y, nil)
	}
}

func mean(c *call) ([]*array, error) {
	out, err := variadic(func(a, b float64) float64 { return a + b }, nil)(c)
	if err != nil {
		return nil, err
	}
	n := float64(len(c.in))
	return one(mapFloats(c, out[0], func(v float64) float64 { return v / n }))
}

// division truncates integers towards zero, and refuses to divide them by zero.
func division(c *call) ([]*array, error) {
	if b := c.in[1]; b.kind() == integers && slices.Contains(b.i, 0) {
		return nil, fmt.Errorf("an integer is divided by zero")
	}
	return pairwise(func(a, b float64) float64 { return a / b }, func(a, b int64) int64 { return a / b })(c)
}

// modulo has the sign of the divisor, or with fmod=1 that of the dividend.
func modulo(c *call) ([]*array, error) {
	if b := c.in[1]; b.kind() == integers && slices.Contains(b.i, 0) {
		return nil, fmt.Errorf("an integer is divided by zero")
	}
	if c.int("fmod", 0) != 0 {
		return pairwise(math.Mod, func(a, b int64) int64 { return a % b })(c)
	}
	return pairwise(
		func(a, b float64) float64 { return a - math.Floor(a/b)*b },
		func(a, b int64) int64 {
			r := a % b
			if r != 0 && (r < 0) != (b < 0) {
				r += b
			}
			return r
		})(c)
}

// power has the type of the base; the exponent may have another.
func power(c *call) ([]*array, error) {
	base, exponent := c.in[0], c.oldBroadcast()
	result := base.typ
	if base.kind() == text || exponent.kind() == text {
		return nil, fmt.Errorf("operands are %s and %s, not numbers", base.typ, exponent.typ)
	}
	if base.kind() == integers && exponent.kind() == integers && !slices.ContainsFunc(exponent.i, func(e int64) bool { return e < 0 }) {
		return one(pairIntegers(c, base, exponent, integerPower))
	}
	y, err := pairFloats(c, asFloats(base), asFloats(exponent), math.Pow)
	if err != nil {
		return nil, err
	}
	return one(castTo(c, y, result))
}

func integerPower(base, exponent int64) int64 {
	y := int64(1)
	for ; exponent > 0; exponent >>= 1 {
		if exponent&1 != 0 {
			y *= base
		}
		base *= base
	}
	return y
}

// asFloats is a as double, for numbers of any type.
func asFloats(a *array) *array {
	if a.kind() == floats {
		return a
	}
	y := &array{typ: tensor.Float64, shape: a.shape, f: make([]float64, len(a.i))}
	for k, v := range a.i {
		y.f[k] = float64(v)
	}
	return y
}

// mapFloats applies f to every element.
func mapFloats(c *call, x *array, f func(float64) float64) (*array, error) {
	if x.kind() != floats {
		return nil, fmt.Errorf("input is %s, not floating-point", x.typ)
	}
	y, err := c.make(x.typ, x.shape...)
	if err != nil {
		return nil, err
	}
	parallel(len(y.f), grain, func(lo, hi int) {
		for k := lo; k < hi; k++ {
			y.f[k] = f(x.f[k])
		}
	})
	return y, nil
}

// unary makes a floating-point operator of one operand.
func unary(f func(float64) float64) operator {
	return ofFloats(func(c *call) ([]*array, error) { return one(mapFloats(c, c.in[0], f)) })
}

// unaryNumber makes an operator of one operand, floating-point or integer.
func unaryNumber(float func(float64) float64, integer func(int64) int64) operator {
	return func(c *call) ([]*array, error) {
		x := c.in[0]
		switch {
		case x.kind() == floats && float != nil:
			return one(mapFloats(c, x, float))
		case x.kind() == integers:
			y, err := c.make(x.typ, x.shape...)
			if err != nil {
				return nil, err
			}
			for k, v := range x.i {
				y.i[k] = integer(v)
			}
			wrap(y.typ, y.i)
			return one(y, nil)
		}
		return nil, fmt.Errorf("the operation does not exist on %s", x.typ)
	}
}

func sign(v float64) float64 {
	switch {
	case v > 0:
		return 1
	case v < 0:
		return -1
	}
	return v
}

func sign64(v int64) int64 {
	switch {
	case v > 0:
		return 1
	case v < 0:
		return -1
	}
	return 0
}
