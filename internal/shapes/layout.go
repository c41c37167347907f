package shapes

import (
	"slices"

	"github.com/acdeploy/acdeploy/internal/op"
)

// layout infers operators that move elements.
func (c call) layout() facts {
	x := c.arg(0)
	switch c.n.OpType {
	case "Reshape", "Flatten", "Squeeze", "Unsqueeze":
		f := c.reshape()
		if f.ranked && len(f.shape) <= 1 {
			f.ints = x.ints
		}
		return f
	case "Transpose":
		return c.transpose()
	case "Concat":
		return c.concat()
	case "Slice":
		return c.slice()
	case "Pad":
		return c.pad()
	case "Gather":
		return c.gather()
	case "GatherElements":
		return like(c.arg(1))
	case "OneHot":
		return c.oneHot()
	case "Expand":
		return c.expand()
	case "Tile":
		return c.tile()
	case "Split":
		return c.split()
	case "DepthToSpace", "SpaceToDepth":
		return c.blocks()
	case "Resize", "Upsample":
		return c.resize()
	}
	return c.source()
}

func (c call) transpose() facts {
	x := c.arg(0)
	perm, err := op.Permutation(c.n, len(x.shape))
	if !x.ranked || err != nil {
		return facts{}
	}
	out := make([]Dim, len(perm))
	for i, p := range perm {
		out[i] = x.shape[p]
	}
	return shaped(out)
}

func (c call) concat() facts {
	x := c.arg(0)
	at, err := op.ConcatAxis(c.n, len(x.shape))
	if !x.ranked || err != nil {
		return facts{}
	}
	f := facts{ints: []Dim{}}
	var out []Dim
	for i, in := range c.in {
		if !in.ranked {
			return facts{}
		}
		if i == 0 {
			out = slices.Clone(in.shape)
		} else if len(in.shape) != len(out) {
			return facts{}
		}
		for k, d := range in.shape {
			switch {
			case k == at && i > 0:
				out[k] = c.terms.sum(out[k], d)
			case d.term == nil:
				out[k] = d // sizes off the axis are equal: the number says it
			}
		}
		if in.ints == nil || len(f.ints) > maxInts {
			f.ints = nil
		}
		if f.ints != nil {
			f.ints = append(f.ints, in.ints...)
		}
	}
	f.ranked, f.shape = true, out
	return f
}

func (c call) expand() facts {
	x, to := c.arg(0), c.arg(1)
	if !x.ranked || to.ints == nil || slices.ContainsFunc(to.ints, negative) {
		return facts{}
	}
	f := shaped(broadcast(x.shape, to.ints))
	for i, d := range f.shape {
		if !positive(d) {
			f.shape[i] = none()
		}
	}
	if len(x.ints) == 1 && len(f.shape) == 1 {
		if n, ok := f.shape[0].Size(); ok && n >= 0 && n <= maxInts {
			f.ints = slices.Repeat(x.ints, int(n))
		}
	}
	return f
}

func (c call) tile() facts {
	x := c.arg(0)
	if !x.ranked {
		return facts{}
	}
	out := slices.Clone(x.shape)
	times := c.arg(1).ints
	for i := range out {
		if len(times) != len(out) || !positive(times[i]) {
			out[i] = none()
			continue
		}
		out[i] = c.terms.product(out[i], times[i])
	}
	return shaped(out)
}

// split infers the result of Split that is asked for.
func (c call) split() facts {
	x := c.arg(0)
	if !x.ranked {
		return facts{}
	}
	says, err := op.ReadSplit(c.n, len(x.shape), c.ints)
	if err != nil && op.KindOf(err) != op.Computed {
		return facts{}
	}
	out := slices.Clone(x.shape)
	size, known := out[says.Axis].Size()
	_, part, fits := says.Part(c.out.ProducerIndex(), size)
	switch {
	case err == nil && known && fits:
		out[says.Axis] = Fixed(part)
	case err == nil && !known && says.Sizes != nil:
		out[says.Axis] = Fixed(says.Sizes[c.out.ProducerIndex()])
	default:
		out[says.Axis] = none()
	}
	return shaped(out)
}

// blocks infers DepthToSpace and SpaceToDepth.
func (c call) blocks() facts {
	x := c.arg(0)
	size, err := op.BlockSize(c.n)
	if len(x.shape) != 4 || err != nil {
		return facts{}
	}
	out := slices.Clone(x.shape)
	if c.n.OpType == "DepthToSpace" {
		out[1] = c.terms.quotient(out[1], size*size)
		out[2], out[3] = c.terms.times(out[2], size), c.terms.times(out[3], size)
	} else {
		out[1] = c.terms.times(out[1], size*size)
		out[2], out[3] = c.terms.quotient(out[2], size), c.terms.quotient(out[3], size)
	}
	return shaped(out)
}
