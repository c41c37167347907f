package shapes

import (
	"slices"

	"github.com/acdeploy/acdeploy/internal/op"
)

// reshape is the shape that Reshape, Flatten, Squeeze or Unsqueeze gives its input.
func (c call) reshape() facts {
	x := c.arg(0)
	switch c.n.OpType {
	case "Reshape":
		return c.reshaped(x)
	case "Flatten":
		at, err := op.FlattenAxis(c.n, len(x.shape))
		if !x.ranked || err != nil {
			return facts{}
		}
		return shaped([]Dim{c.count(x.shape[:at]), c.count(x.shape[at:])})
	case "Squeeze":
		return c.squeeze(x)
	}
	axes, err := op.UnsqueezeAxes(c.n, len(x.shape), c.ints)
	if !x.ranked || err != nil {
		return facts{}
	}
	out, rest := make([]Dim, len(x.shape)+len(axes)), x.shape
	for i := range out {
		if slices.Contains(axes, i) {
			out[i] = Fixed(1)
		} else {
			out[i], rest = rest[0], rest[1:]
		}
	}
	return shaped(out)
}

func (c call) squeeze(x facts) facts {
	axes, given, err := op.SqueezeAxes(c.n, len(x.shape), c.ints)
	if !x.ranked || err != nil {
		return facts{}
	}
	out := []Dim{}
	for i, d := range x.shape {
		size, number := d.Size()
		switch {
		case given && !slices.Contains(axes, i), !given && number && size != 1:
			out = append(out, d)
		case number && size != 1, !given && !number:
			return facts{}
		}
	}
	return shaped(out)
}

// count is the product of sizes.
func (c call) count(shape []Dim) Dim {
	out := Fixed(1)
	for _, d := range shape {
		out = c.terms.product(out, d)
	}
	return out
}

// reshaped follows what a Reshape asks for: a number, 0 for the input's own size, one −1 for what is
// left.
func (c call) reshaped(x facts) facts {
	want, zeros := c.arg(1).ints, c.Flag("allowzero")
	for _, v := range c.Ints("shape") {
		want = append(want, Fixed(v))
	}
	if want == nil {
		if rank, ok := length(c.arg(1)); ok {
			return shaped(slices.Repeat([]Dim{none()}, rank))
		}
		return facts{}
	}
	out, open := make([]Dim, len(want)), -1
	for i, d := range want {
		own := none()
		if x.ranked && i < len(x.shape) {
			own = x.shape[i]
		}
		size, number := d.Size()
		switch {
		case number && size == -1 && open < 0:
			open, out[i] = i, Fixed(1)
		case number && size == 0 && !zeros:
			out[i] = own
		case number && size < 0:
			return facts{}
		case number, d == own, zeros && positive(d):
			out[i] = d
		case d.add > 0 && positive(d):
			out[i] = d
		case !positive(d):
			// It may be the −1.
			return shaped(slices.Repeat([]Dim{none()}, len(want)))
		default:
			out[i] = none() // a term that turns out to be 0 stands for the input's own size
		}
	}
	if open >= 0 {
		out[open] = none()
		if x.ranked {
			out[open] = c.left(x.shape, slices.Concat(out[:open], out[open+1:]))
		}
	}
	return shaped(out)
}

// length is the number of elements of a list.
func length(f facts) (int, bool) {
	if !f.ranked || len(f.shape) != 1 {
		return 0, false
	}
	n, ok := f.shape[0].Size()
	return int(n), ok && n >= 0 && n <= maxRank
}

// left is the product of one list of sizes divided by that of another.
func (c call) left(of, by []Dim) Dim {
	of, by = slices.Clone(of), slices.Clone(by)
	for i := 0; i < len(by); i++ {
		if by[i].term == nil {
			continue
		}
		at := slices.Index(of, by[i])
		if at < 0 {
			return none()
		}
		of = slices.Delete(of, at, at+1)
		by = slices.Delete(by, i, i+1)
		i--
	}
	total, known := Fixed(1), Fixed(1)
	var symbols []Dim
	for _, d := range of {
		if d.term != nil {
			symbols = append(symbols, d)
			continue
		}
		total = c.terms.product(total, d)
	}
	for _, d := range by {
		known = c.terms.product(known, d)
	}
	n, ok1 := total.Size()
	k, ok2 := known.Size()
	if !ok1 || !ok2 || k < 1 || n%k != 0 {
		return none()
	}
	return c.terms.product(Fixed(n/k), c.count(symbols))
}
