package reference

import (
	"fmt"
	"math"
	"strconv"

	"github.com/acdeploy/acdeploy/tensor"
)

// castTo changes the element type. Between floating-point types nothing is rounded; towards integers
// the fraction is cut off, and what does not fit wraps; NaN becomes 0.
func castTo(c *call, x *array, to tensor.Type) (*array, error) {
	from, target := x.kind(), kindOf(to)
	switch {
	case target == unsupported:
		return nil, fmt.Errorf("elements of type %s are not computed", to)
	case from == target && (to != tensor.Bool || x.typ == tensor.Bool) && from != integers:
		return x.typed(to), nil
	case target == text:
		return nil, fmt.Errorf("no cast from %s to string", x.typ)
	}
	y, err := c.make(to, x.shape...)
	if err != nil {
		return nil, err
	}
	for k := range x.len() {
		switch {
		case from == floats:
			y.i[k] = truncated(x.f[k], to)
		case from == integers && target == floats:
			y.f[k] = float64(x.i[k])
		case from == integers:
			y.i[k] = x.i[k]
			if to == tensor.Bool {
				y.i[k] = bit(x.i[k] != 0)
			}
		default:
			if err := y.parse(k, x.s[k]); err != nil {
				return nil, err
			}
		}
	}
	wrap(to, y.i)
	return y, nil
}

func truncated(v float64, to tensor.Type) int64 {
	switch {
	case to == tensor.Bool:
		return bit(v != 0)
	case v != v:
		return 0
	case v >= math.MaxInt64:
		return math.MaxInt64
	case v <= math.MinInt64:
		return math.MinInt64
	}
	return int64(v)
}

func (a *array) parse(k int, s string) error {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return fmt.Errorf("%q is not a number", s)
	}
	if a.kind() == floats {
		a.f[k] = v
		return nil
	}
	a.i[k] = truncated(v, a.typ)
	return nil
}

func cast(c *call) ([]*array, error) {
	to := c.int("to", 0)
	if to < 0 || to > math.MaxInt32 {
		return nil, fmt.Errorf("attribute to is %d, which is not a type that is computed", to)
	}
	return one(castTo(c, c.in[0], tensor.Type(to)))
}

func castLike(c *call) ([]*array, error) { return one(castTo(c, c.in[0], c.in[1].typ)) }
