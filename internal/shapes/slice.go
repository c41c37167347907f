package shapes

import (
	"math"
	"slices"

	"github.com/acdeploy/acdeploy/internal/op"
)

func (c call) slice() facts {
	x := c.arg(0)
	if !x.ranked {
		return facts{}
	}
	s, err := op.ReadSlice(c.n, len(x.shape), c.ints)
	if err != nil {
		return c.somewhereSliced(err)
	}
	out := slices.Clone(x.shape)
	var f facts
	for i, at := range s.Axes {
		out[at] = c.sliced(x.shape[at], s.Starts[i], s.Ends[i], s.Steps[i])
		if x.ints != nil && len(x.shape) == 1 {
			f.ints = cut(x.ints, s.Starts[i], s.Ends[i], s.Steps[i])
		}
	}
	f.ranked, f.shape = true, out
	return f
}

// somewhereSliced is the shape of a slice whose operands are not all known: that of its input, but for the
// axes that it may take from.
func (c call) somewhereSliced(err error) facts {
	x := c.arg(0)
	if op.KindOf(err) != op.Computed {
		return facts{}
	}
	out := slices.Clone(x.shape)
	starts, ok := length(c.arg(1))
	if !ok {
		starts = len(out)
	}
	axes, err := op.SliceAxes(c.n, min(starts, len(out)), len(out), c.ints)
	if op.KindOf(err) != op.Computed && err != nil {
		return facts{}
	}
	for i := range out {
		if err != nil || slices.Contains(axes, i) {
			out[i] = none()
		}
	}
	return shaped(out)
}

// sliced is the length of start:end:step of an axis of size x.
func (c call) sliced(x Dim, start, end, step int64) Dim {
	if size, ok := x.Size(); ok && size >= 0 && step != 0 {
		_, count := op.Taken(start, end, step, size)
		return Fixed(count)
	}
	if step <= 0 || step > limit || start < 0 {
		return none()
	}
	var kept Dim
	switch {
	case end >= math.MaxInt32:
		kept = plus(x, -start)
	case end < 0:
		kept = plus(plus(x, end), -start)
	default:
		return none()
	}
	return c.terms.quotient(plus(c.terms.atLeastZero(kept), step-1), step)
}

// cut takes start:end:step of a list; nil for negative steps.
func cut(list []Dim, start, end, step int64) []Dim {
	if step < 1 || step > limit {
		return nil
	}
	size := int64(len(list))
	out := []Dim{}
	for i := op.Bound(start, size); i < op.Bound(end, size); i += step {
		out = append(out, list[i])
	}
	return out
}

func (c call) pad() facts {
	x := c.arg(0)
	if !x.ranked {
		return facts{}
	}
	pads, err := op.ReadPad(c.n, len(x.shape), c.ints)
	out := slices.Clone(x.shape)
	for i := range out {
		if out[i] = none(); err == nil {
			out[i] = plus(plus(x.shape[i], pads.Begin[i]), pads.End[i])
		}
	}
	return shaped(out)
}
