package shapes

import (
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/tensor"
)

// source infers reductions, and operators whose result is made of shapes.
func (c call) source() facts {
	x := c.arg(0)
	switch operator := c.n.OpType; {
	case operator == "Shape":
		return c.shapeOf(x)
	case operator == "Size":
		f := shaped([]Dim{})
		if x.ranked {
			f.ints = []Dim{c.count(x.shape)}
		}
		return f
	case operator == "ConstantOfShape":
		f := facts{}
		if x.ints != nil && !slices.ContainsFunc(x.ints, func(d Dim) bool { return !positive(d) }) {
			f.ranked, f.shape = true, slices.Clone(x.ints)
		}
		return f
	case operator == "Constant":
		if t := c.Tensor("value"); t != nil {
			return constant(t)
		}
		return facts{}
	case strings.HasPrefix(operator, "Reduce"):
		return c.reduce()
	case operator == "ArgMax" || operator == "ArgMin":
		if axis, ok := c.Axis(len(x.shape)); ok && x.ranked {
			return c.reduced(op.Reduce{Axes: []int{axis}, KeepDims: c.Flag("keepdims")})
		}
	case operator == "Range":
		return c.sequence()
	default:
		return c.head()
	}
	return facts{}
}

// sequence infers Range over integers.
func (c call) sequence() facts {
	var p [3]int64
	for i := range p {
		list, ok := c.ints(c.n.Input(i))
		if !ok || len(list) != 1 || max(list[0], -list[0]) > limit || c.elem != tensor.Int64 {
			return shaped([]Dim{none()})
		}
		p[i] = list[0]
	}
	if p[2] == 0 {
		return facts{}
	}
	count := (p[1] - p[0]) / p[2]
	if (p[1]-p[0])%p[2] != 0 && count >= 0 && (p[1] > p[0]) == (p[2] > 0) {
		count++
	}
	return shaped([]Dim{Fixed(max(count, 0))})
}

// shapeOf is the list of x's sizes, or of a part of them.
func (c call) shapeOf(x facts) facts {
	first, end, err := op.ShapeRange(c.n, len(x.shape))
	if !x.ranked || err != nil {
		return shaped([]Dim{none()})
	}
	f := shaped([]Dim{Fixed(int64(end - first))})
	f.ints = append([]Dim{}, x.shape[first:end]...)
	return f
}

func (c call) reduce() facts {
	x := c.arg(0)
	says, err := op.ReadReduce(c.n, len(x.shape), c.ints)
	if !x.ranked || err != nil {
		return facts{}
	}
	return c.reduced(says)
}

// reduced is the shape of x with the listed axes reduced.
func (c call) reduced(says op.Reduce) facts {
	x, out := c.arg(0), []Dim{}
	for i, d := range x.shape {
		switch {
		case !slices.Contains(says.Axes, i):
			out = append(out, d)
		case says.KeepDims:
			out = append(out, Fixed(1))
		}
	}
	f := shaped(out)
	if c.n.OpType == "ReduceProd" && x.ints != nil && c.elem == tensor.Int64 && len(out) <= 1 && len(says.Axes) == 1 {
		f.ints = []Dim{c.count(x.ints)}
	}
	return f
}
