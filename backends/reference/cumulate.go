package reference

import "fmt"

// cumulation makes CumSum and CumProd: each element becomes the sum, or the product, of those up to it along an
// axis. With exclusive it is left out itself; with reverse they are counted from the end.
func cumulation(start int64, float func(a, b float64) float64, integer func(a, b int64) int64) operator {
	return func(c *call) ([]*array, error) {
		x := c.in[0]
		at, _, err := c.list(1, "")
		if err != nil {
			return nil, err
		}
		if len(at) != 1 {
			return nil, fmt.Errorf("the axis is %v, not one number", at)
		}
		axis, err := axisOf(at[0], x.rank())
		if err != nil {
			return nil, err
		}
		y, err := c.make(x.typ, x.shape...)
		if err != nil || y.len() == 0 {
			return one(y, err)
		}
		w := walk{size: x.shape[axis], step: elements(x.shape[axis+1:]), exclusive: c.int("exclusive", 0) != 0, reverse: c.int("reverse", 0) != 0}
		switch x.kind() {
		case floats:
			cumulate(w, y.f, x.f, float64(start), float)
		case integers:
			cumulate(w, y.i, x.i, start, integer)
			wrap(y.typ, y.i)
		default:
			return nil, fmt.Errorf("input is %s, not numbers", x.typ)
		}
		return one(y, nil)
	}
}

// walk is a way along an axis of size elements, step apart.
type walk struct {
	size, step         int
	exclusive, reverse bool
}

func cumulate[E any](w walk, y, x []E, start E, join func(a, b E) E) {
	for line := range len(x) / w.size {
		at, step := line/w.step*w.size*w.step+line%w.step, w.step
		if w.reverse {
			at, step = at+(w.size-1)*step, -step
		}
		total := start
		for range w.size {
			before := total
			total = join(total, x[at])
			if y[at] = total; w.exclusive {
				y[at] = before
			}
			at += step
		}
	}
}
