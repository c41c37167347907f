package shapes

import (
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// source infers reductions, and operators whose result is made of shapes.
func (c call) source() facts {
	x := c.arg(0)
	switch op := c.n.OpType; {
	case op == "Shape":
		return c.shapeOf(x)
	case op == "Size":
		f := shaped(tensor.Int64, []Dim{})
		if x.ranked {
			f.ints = []Dim{c.count(x.shape)}
		}
		return f
	case op == "ConstantOfShape":
		f := facts{elem: tensor.Float32}
		if a := c.n.Attr("value"); a != nil {
			f.elem = tensor.Undefined
			if a.Tensor != nil {
				f.elem = a.Tensor.Type()
			}
		}
		if x.ints != nil && !slices.ContainsFunc(x.ints, func(d Dim) bool { return !positive(d) }) {
			f.ranked, f.shape = true, slices.Clone(x.ints)
		}
		return f
	case op == "Constant":
		if a := c.n.Attr("value"); a != nil && a.Kind == graph.AttrTensor && a.Tensor != nil {
			return constant(a.Tensor)
		}
		return facts{}
	case strings.HasPrefix(op, "Reduce"):
		return c.reduce()
	case op == "ArgMax" || op == "ArgMin":
		f := c.reduced([]int64{c.n.Int("axis", 0)})
		f.elem = tensor.Int64
		return f
	}
	return facts{}
}

// shapeOf is the list of x's sizes, or of a part of them.
func (c call) shapeOf(x facts) facts {
	if !x.ranked {
		return facts{elem: tensor.Int64, ranked: true, shape: []Dim{none()}}
	}
	rank := int64(len(x.shape))
	from, to := bound(c.n.Int("start", 0), rank), bound(c.n.Int("end", rank), rank)
	part := x.shape[from:max(from, to)]
	f := shaped(tensor.Int64, []Dim{Fixed(int64(len(part)))})
	f.ints = append([]Dim{}, part...)
	return f
}

func (c call) reduce() facts {
	list, given, ok := c.listOr("axes", 1)
	f := facts{elem: c.arg(0).elem}
	switch {
	case !ok:
		return f
	case len(list) == 0 && c.n.Int("noop_with_empty_axes", 0) != 0:
		return like(c.arg(0).elem, c.arg(0))
	case !given || len(list) == 0:
		list = nil
		for i := range c.arg(0).shape {
			list = append(list, int64(i))
		}
	}
	return c.reduced(list)
}

// reduced is the shape of x with the listed axes reduced.
func (c call) reduced(list []int64) facts {
	x := c.arg(0)
	set, ok := axes(list, len(x.shape))
	if !x.ranked || !ok {
		return facts{elem: x.elem}
	}
	keep := c.n.Int("keepdims", 1) != 0
	out := []Dim{}
	for i, d := range x.shape {
		switch {
		case !set[i]:
			out = append(out, d)
		case keep:
			out = append(out, Fixed(1))
		}
	}
	f := shaped(x.elem, out)
	if c.n.OpType == "ReduceProd" && x.ints != nil && x.elem == tensor.Int64 && len(out) <= 1 && len(set) == 1 {
		f.ints = []Dim{c.count(x.ints)}
	}
	return f
}
