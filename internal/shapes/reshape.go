package shapes

import "slices"

// reshape is the shape that Reshape, Flatten, Squeeze or Unsqueeze gives its input.
func (c call) reshape() facts {
	x := c.arg(0)
	switch c.n.OpType {
	case "Reshape":
		return c.reshaped(x)
	case "Flatten":
		at, ok := axis(c.n.Int("axis", 1), len(x.shape)+1)
		if c.n.Int("axis", 1) < 0 {
			at, ok = axis(c.n.Int("axis", 1), len(x.shape))
		}
		if !x.ranked || !ok {
			return facts{}
		}
		return shaped(0, []Dim{c.count(x.shape[:at]), c.count(x.shape[at:])})
	case "Squeeze":
		return c.squeeze(x)
	}
	list, given, ok := c.listOr("axes", 1)
	if !x.ranked || !given || !ok {
		return facts{}
	}
	rank := len(x.shape) + len(list)
	set, ok := axes(list, rank)
	if !ok {
		return facts{}
	}
	out, rest := make([]Dim, 0, rank), x.shape
	for i := range rank {
		if set[i] {
			out = append(out, Fixed(1))
		} else {
			out, rest = append(out, rest[0]), rest[1:]
		}
	}
	return shaped(0, out)
}

func (c call) squeeze(x facts) facts {
	list, given, ok := c.listOr("axes", 1)
	if !x.ranked || !ok {
		return facts{}
	}
	set, ok := axes(list, len(x.shape))
	if !ok {
		return facts{}
	}
	out := []Dim{}
	for i, d := range x.shape {
		switch {
		case given && set[i]:
		case !given && d.term != nil:
			return facts{}
		case !given && d.Is(1):
		default:
			out = append(out, d)
		}
	}
	return shaped(0, out)
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
	want, zeros := c.arg(1).ints, c.n.Int("allowzero", 0) != 0
	if attr := c.n.Ints("shape"); attr != nil && c.n.Graph().Opset() < 5 {
		for _, v := range attr {
			want = append(want, Fixed(v))
		}
	}
	if want == nil {
		if rank, ok := length(c.arg(1)); ok {
			return shaped(0, slices.Repeat([]Dim{none()}, rank))
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
			return shaped(0, slices.Repeat([]Dim{none()}, len(want)))
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
	return shaped(0, out)
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
