package reference

import (
	"fmt"
	"math"
)

func relu(v float64) float64 { return max(v, 0) }

func sigmoid(v float64) float64 {
	if v >= 0 {
		return 1 / (1 + math.Exp(-v))
	}
	e := math.Exp(v)
	return e / (1 + e)
}

// softplus is log(1 + eᵛ), without overflow.
func softplus(v float64) float64 { return max(v, 0) + math.Log1p(math.Exp(-math.Abs(v))) }

func softsign(v float64) float64 { return v / (1 + math.Abs(v)) }

func mish(v float64) float64 { return v * math.Tanh(softplus(v)) }

func hardSwish(v float64) float64 { return v * max(0, min(1, v/6+0.5)) }

func erfGelu(v float64) float64 { return v / 2 * (1 + math.Erf(v/math.Sqrt2)) }

// tanhGelu is the approximation of Gelu with approximate="tanh".
func tanhGelu(v float64) float64 {
	return v / 2 * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(v+0.044715*v*v*v)))
}

func gelu(c *call) ([]*array, error) {
	switch mode := c.str("approximate", "none"); mode {
	case "none":
		return one(mapFloats(c, c.in[0], erfGelu))
	case "tanh":
		return one(mapFloats(c, c.in[0], tanhGelu))
	default:
		return nil, fmt.Errorf("approximate %q is not known", mode)
	}
}

// shaped makes an activation with two float attributes and their defaults.
func shaped(first string, def1 float32, second string, def2 float32, f func(v, a, b float64) float64) operator {
	return ofFloats(func(c *call) ([]*array, error) {
		a, b := c.float(first, def1), 0.0
		if second != "" {
			b = c.float(second, def2)
		}
		return one(mapFloats(c, c.in[0], func(v float64) float64 { return f(v, a, b) }))
	})
}

func leaky(v, alpha, _ float64) float64 {
	if v < 0 {
		return alpha * v
	}
	return v
}

func elu(v, alpha, _ float64) float64 {
	if v < 0 {
		return alpha * math.Expm1(v)
	}
	return v
}

func celu(v, alpha, _ float64) float64 {
	return max(0, v) + min(0, alpha*math.Expm1(v/alpha))
}

func selu(v, alpha, gamma float64) float64 { return gamma * elu(v, alpha, 0) }

func hardSigmoid(v, alpha, beta float64) float64 { return max(0, min(1, alpha*v+beta)) }

func thresholded(v, alpha, _ float64) float64 {
	if v > alpha {
		return v
	}
	return 0
}

func shrink(v, lambda, bias float64) float64 {
	switch {
	case v < -lambda:
		return v + bias
	case v > lambda:
		return v - bias
	}
	return 0
}

func swish(v, alpha, _ float64) float64 { return v * sigmoid(alpha*v) }

// prelu broadcasts the slope to the input. Before opset 7 a slope of one axis stands at the channel.
func prelu(c *call) ([]*array, error) {
	x, slope := c.in[0], c.in[1]
	if c.opset < 7 && slope.rank() == 1 && x.rank() > 2 {
		slope = slope.reshaped(append([]int{slope.len()}, ones(x.rank()-2)...))
	}
	return one(pairFloats(c, x, slope, func(v, s float64) float64 { return leaky(v, s, 0) }))
}

// clip takes its bounds from attributes up to opset 10, from inputs later; an absent one is none.
func clip(c *call) ([]*array, error) {
	x := c.in[0]
	if x.kind() == integers {
		return clipIntegers(c)
	}
	lo, hi := c.float("min", -math.MaxFloat32), c.float("max", math.MaxFloat32)
	if !c.has("min") {
		lo = math.Inf(-1)
	}
	if !c.has("max") {
		hi = math.Inf(1)
	}
	var err error
	if c.input(1) != nil {
		if lo, err = c.scalar(1); err != nil {
			return nil, err
		}
	}
	if c.input(2) != nil {
		if hi, err = c.scalar(2); err != nil {
			return nil, err
		}
	}
	return one(mapFloats(c, x, func(v float64) float64 { return min(max(v, lo), hi) }))
}

func clipIntegers(c *call) ([]*array, error) {
	lo, hi := int64(math.MinInt64), int64(math.MaxInt64)
	for k, bound := range []*int64{&lo, &hi} {
		b := c.input(k + 1)
		if b == nil {
			continue
		}
		if b.kind() != integers || b.len() != 1 {
			return nil, fmt.Errorf("input %d is %s%v, not one integer", k+1, b.typ, b.shape)
		}
		*bound = b.i[0]
	}
	return unaryNumber(nil, func(v int64) int64 { return min(max(v, lo), hi) })(c)
}
