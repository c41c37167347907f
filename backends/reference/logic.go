package reference

import (
	"cmp"
	"fmt"
	"math"

	"github.com/acdeploy/acdeploy/tensor"
)

func bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// comparison makes an operator whose result is bool. Each comparison of NaN but inequality is false.
func comparison(holds func(order int) bool) operator {
	return func(c *call) ([]*array, error) {
		a, b := c.in[0], c.oldBroadcast()
		if a.kind() != b.kind() {
			return nil, fmt.Errorf("operands are %s and %s, not of one type", a.typ, b.typ)
		}
		shape, err := broadcast(a.shape, b.shape)
		if err != nil {
			return nil, err
		}
		y, err := c.make(tensor.Bool, shape...)
		if err != nil {
			return nil, err
		}
		as, bs := spread(a.shape, shape), spread(b.shape, shape)
		switch a.kind() {
		case floats:
			eachPair(shape, a.f, as, b.f, bs, y.i, func(a, b float64) int64 {
				return bit(a == a && b == b && holds(cmp.Compare(a, b)))
			})
		case integers:
			eachPair(shape, a.i, as, b.i, bs, y.i, func(a, b int64) int64 { return bit(holds(cmp.Compare(a, b))) })
		default:
			eachPair(shape, a.s, as, b.s, bs, y.i, func(a, b string) int64 { return bit(holds(cmp.Compare(a, b))) })
		}
		return one(y, nil)
	}
}

// logic makes an operator of two bools.
func logic(f func(a, b int64) int64) operator {
	return func(c *call) ([]*array, error) {
		if c.in[0].typ != tensor.Bool || c.in[1].typ != tensor.Bool {
			return nil, fmt.Errorf("operands are %s and %s, not bool", c.in[0].typ, c.in[1].typ)
		}
		return one(pairIntegers(c, c.in[0], c.oldBroadcast(), f))
	}
}

func not(c *call) ([]*array, error) {
	if c.in[0].typ != tensor.Bool {
		return nil, fmt.Errorf("input is %s, not bool", c.in[0].typ)
	}
	return unaryNumber(nil, func(v int64) int64 { return 1 - v })(c)
}

// test makes an operator that asks something of each floating-point element.
func test(f func(float64) bool) operator {
	return ofFloats(func(c *call) ([]*array, error) {
		y, err := c.make(tensor.Bool, c.in[0].shape...)
		if err != nil {
			return nil, err
		}
		for k, v := range c.in[0].f {
			y.i[k] = bit(f(v))
		}
		return one(y, nil)
	})
}

// where takes each element from the second input if the first is true, from the third if not.
func where(c *call) ([]*array, error) {
	cond, a, b := c.in[0], c.in[1], c.in[2]
	if cond.typ != tensor.Bool || a.typ != b.typ {
		return nil, fmt.Errorf("inputs are %s, %s and %s, not a bool and two of one type", cond.typ, a.typ, b.typ)
	}
	shape, err := broadcast(cond.shape, a.shape, b.shape)
	if err != nil {
		return nil, err
	}
	y, err := c.make(a.typ, shape...)
	if err != nil {
		return nil, err
	}
	n := newNest(shape, spread(cond.shape, shape), spread(a.shape, shape), spread(b.shape, shape))
	n.rows(func(out int, at []int) {
		for k := range n.inner() {
			if cond.i[at[0]+k*n.step(0)] != 0 {
				y.copyFrom(out+k, a, at[1]+k*n.step(1), 1)
			} else {
				y.copyFrom(out+k, b, at[2]+k*n.step(2), 1)
			}
		}
	})
	return one(y, nil)
}

// isInf tells infinite numbers of the signs that are asked for.
func isInf(c *call) ([]*array, error) {
	negative, positive := c.int("detect_negative", 1) != 0, c.int("detect_positive", 1) != 0
	return test(func(v float64) bool { return negative && math.IsInf(v, -1) || positive && math.IsInf(v, 1) })(c)
}
