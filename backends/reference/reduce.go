package reference

import (
	"fmt"
	"math"
	"slices"

	"github.com/acdeploy/acdeploy/tensor"
)

// axes are the axes of x that an input, or before that an attribute, lists; given says whether there is one.
func (c *call) axes(x *array) (axes []int, given bool, err error) {
	list, given, err := c.list(1, "axes")
	if err != nil {
		return nil, false, err
	}
	axes, err = axesOf(list, x.rank())
	return axes, given, err
}

// reduction makes an operator that reduces axes, given as an attribute or an input, to one number.
func reduction(float func(row []float64) float64, integer func(row []int64) int64) operator {
	return func(c *call) ([]*array, error) {
		x := c.in[0]
		axes, _, err := c.axes(x)
		if err != nil {
			return nil, err
		}
		if len(axes) == 0 {
			if c.int("noop_with_empty_axes", 0) != 0 {
				axes = nil
			} else {
				axes = counting(x.rank())
			}
		}
		return one(c.reduce(x, axes, c.int("keepdims", 1) != 0, float, integer))
	}
}

func (c *call) reduce(x *array, axes []int, keep bool, float func([]float64) float64, integer func([]int64) int64) (*array, error) {
	size := 1
	full, short := slices.Clone(x.shape), []int{}
	for k, d := range x.shape {
		if slices.Contains(axes, k) {
			size *= d
			full[k] = 1
		} else {
			short = append(short, d)
		}
	}
	if keep {
		short = full
	}
	y, err := c.make(x.typ, short...)
	if err != nil {
		return nil, err
	}
	slices.Sort(axes)
	rows := transposed(x, lastly(x.rank(), axes))
	switch {
	case x.kind() == floats:
		parallel(len(y.f), 1+grain/max(1, size), func(lo, hi int) {
			for k := lo; k < hi; k++ {
				y.f[k] = float(rows.f[k*size : (k+1)*size])
			}
		})
	case x.kind() == integers && integer != nil:
		for k := range y.i {
			y.i[k] = integer(rows.i[k*size : (k+1)*size])
		}
		wrap(y.typ, y.i)
	default:
		return nil, fmt.Errorf("input is %s, not numbers", x.typ)
	}
	return y, nil
}

// total adds f of every element.
func total[E float64 | int64](f func(E) E) func(row []E) E {
	return func(row []E) E {
		var sum E
		for _, v := range row {
			sum += f(v)
		}
		return sum
	}
}

func same[E float64 | int64](v E) E { return v }

func square[E float64 | int64](v E) E { return v * v }

func magnitude[E float64 | int64](v E) E { return max(v, -v) }

func sum(row []float64) float64 { return total(same[float64])(row) }

func average(row []float64) float64 { return sum(row) / float64(len(row)) }

func averageInteger(row []int64) int64 {
	return total(same[int64])(row) / int64(max(1, len(row)))
}

func times[E float64 | int64](row []E) E {
	y := E(1)
	for _, v := range row {
		y *= v
	}
	return y
}

func norm(row []float64) float64 { return math.Sqrt(total(square[float64])(row)) }

func largest(row []float64) float64 {
	y := math.Inf(-1)
	for _, v := range row {
		y = max(y, v)
	}
	return y
}

func smallest(row []float64) float64 {
	y := math.Inf(1)
	for _, v := range row {
		y = min(y, v)
	}
	return y
}

func largestInteger(row []int64) int64 {
	y := int64(math.MinInt64)
	for _, v := range row {
		y = max(y, v)
	}
	return y
}

func smallestInteger(row []int64) int64 {
	y := int64(math.MaxInt64)
	for _, v := range row {
		y = min(y, v)
	}
	return y
}

func logSumExp(row []float64) float64 {
	top := largest(row)
	if math.IsInf(top, 0) {
		return top
	}
	s := 0.0
	for _, v := range row {
		s += math.Exp(v - top)
	}
	return top + math.Log(s)
}

// argument makes ArgMax and ArgMin: the place along an axis of the element that beats the others.
func argument(beats func(a, b float64) bool) operator {
	return func(c *call) ([]*array, error) {
		if c.in[0].kind() == text {
			return nil, fmt.Errorf("input is %s, not numbers", c.in[0].typ)
		}
		x := asFloats(c.in[0])
		axis, err := axisOf(c.int("axis", 0), x.rank())
		if err != nil {
			return nil, err
		}
		if x.shape[axis] == 0 {
			return nil, fmt.Errorf("axis %d of %v is empty", axis, x.shape)
		}
		last := c.int("select_last_index", 0) != 0
		y, err := c.reduce(x, []int{axis}, c.int("keepdims", 1) != 0, func(row []float64) float64 {
			best := 0
			for k, v := range row {
				if beats(v, row[best]) || last && v == row[best] {
					best = k
				}
			}
			return float64(best)
		}, nil)
		if err != nil {
			return nil, err
		}
		return one(castTo(c, y, tensor.Int64))
	}
}
