package absorb

import (
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
)

// readMoves reads an operator that moves the numbers of one operand. Every map passes it.
func readMoves(c *crossing, r reading) bool {
	in, out := r.axes(r.Input(0)), r.axes(r.Output(0))
	switch r.OpType {
	case "Identity":
		c.parts = only()
	case "Dropout":
		mode, err := op.ReadDropout(r.Node, op.Constant)
		if err != nil || mode != op.DropsNever {
			return false
		}
		c.parts = only()
	case "Cast", "CastLike":
		if !r.known.Elem(r.Input(0)).IsFloat() || r.known.Elem(r.Input(0)) != r.known.Elem(r.Output(0)) {
			return false
		}
		c.parts = only()
	case "Transpose":
		c.parts = r.transpose(in)
	case "Reshape", "Flatten", "Squeeze", "Unsqueeze":
		c.parts = only(regroup{in, out, r.cuts(), lastOf(r.Input(0))})
	case "Expand", "Tile":
		if in != nil && out != nil {
			c.parts = only(repeated(in, out)...)
		}
	case "Slice":
		if in != nil {
			c.parts = r.slice(in, out)
		}
	case "Gather":
		if in != nil {
			return r.gather(c, in, out)
		}
	case "DepthToSpace", "SpaceToDepth":
		if len(in) == 4 && len(out) == 4 {
			c.parts = r.blocks(in, out)
		}
	default:
		return false
	}
	return true
}

// cuts is where the groups of axes of a Reshape or Flatten are certain to end: the first axes of a Reshape may be kept, and a
// Flatten makes two groups.
func (r reading) cuts() []cut {
	if says, err := op.Of(r.Node); r.OpType == "Flatten" && err == nil && says.Int("axis") > 0 {
		return []cut{{int(says.Int("axis")), 1}}
	}
	says, err := op.ReadReshape(r.Node, r.ints)
	if r.OpType != "Reshape" || err != nil || says.AllowZero {
		return nil
	}
	var cuts []cut
	for i := 0; i < len(says.Sizes) && says.Sizes[i] == 0; i++ {
		cuts = append(cuts, cut{i + 1, i + 1})
	}
	return cuts
}

// lastOf is the last axis of a value whose other axes need not be known: of a product with a constant matrix on the right.
func lastOf(v *graph.Value) extent {
	if p := v.Producer(); p.Is("MatMul") {
		if w := p.Input(1).Constant(); w != nil && w.Rank() == 2 {
			return fixed(int(w.Shape()[1]))
		}
	}
	return extent{}
}

func (r reading) transpose(in []extent) []part {
	perm, ok := op.WrittenPermutation(r.Node)
	if !ok {
		if in == nil {
			return nil
		}
		perm, _ = op.Permutation(r.Node, len(in))
	}
	if in == nil {
		in = make([]extent, len(perm))
	}
	if len(perm) != len(in) {
		return nil
	}
	out := make([]extent, len(perm))
	for i, axis := range perm {
		out[i] = in[axis]
	}
	return only(arrange{perm, in, out})
}

// repeated is a value that is repeated until it has other sizes, or broadcasts to them.
func repeated(in, out []extent) []move {
	more := len(out) - len(in)
	if more < 0 {
		return nil
	}
	from, now := make([]int, len(out)), slices.Concat(slices.Repeat([]extent{fixed(1)}, more), in)
	for i := range from {
		from[i] = max(i-more, -1)
	}
	moves := []move{}
	if more > 0 {
		moves = append(moves, arrange{from, in, now})
	}
	for axis := range out {
		next := slices.Clone(now)
		next[axis] = out[axis]
		n, m := now[axis].number(), out[axis].number()
		switch {
		case now[axis].equals(out[axis]):
		case n > 1 && m > 0 && m%n == 0:
			turn := make([]int, m)
			for i := range turn {
				turn[i] = i % n
			}
			moves = append(moves, take{axis: axis, from: turn, in: now, out: next})
		default:
			moves = append(moves, mix{axis, now, next})
		}
		now = next
	}
	return moves
}

func (r reading) slice(in, out []extent) []part {
	says, err := op.ReadSlice(r.Node, len(in), r.ints)
	if err != nil || len(out) != len(in) {
		return nil
	}
	moves, now := []move{}, in
	for i, axis := range says.Axes {
		next := slices.Clone(now)
		next[axis] = out[axis]
		size := in[axis].number()
		if size < 0 || says.Steps[i] == 0 {
			moves, now = append(moves, mix{axis, now, next}), next
			continue
		}
		first, count := op.Taken(says.Starts[i], says.Ends[i], says.Steps[i], int64(size))
		from := make([]int, count)
		for k := range from {
			from[k] = int(first + int64(k)*says.Steps[i])
		}
		next[axis] = fixed(int(count))
		moves, now = append(moves, take{axis: axis, from: from, in: now, out: next}), next
	}
	return only(moves...)
}

// gather reads a Gather by constant indices.
func (r reading) gather(c *crossing, in, out []extent) bool {
	axis, err := op.GatherAxis(r.Node, len(in))
	indices := r.Input(1).Constant()
	if err != nil || indices == nil || len(out) != len(in)-1+indices.Rank() {
		return false
	}
	list, ok := indices.Int64s()
	if !ok {
		return false
	}
	size, taken := in[axis].number(), slices.Clone(in)
	taken[axis] = fixed(len(list))
	moves := []move{}
	if size < 0 {
		moves = append(moves, mix{axis, in, taken})
	} else {
		from := make([]int, len(list))
		for i, at := range list {
			if at < 0 {
				at += int64(size)
			}
			if at < 0 || at >= int64(size) {
				return false
			}
			from[i] = int(at)
		}
		moves = append(moves, take{axis: axis, from: from, in: in, out: taken})
	}
	switch indices.Rank() {
	case 1:
	case 0:
		from := make([]int, len(out))
		for i := range from {
			from[i] = i
			if i >= axis {
				from[i]++
			}
		}
		moves = append(moves, arrange{from, taken, out})
	default:
		moves = append(moves, regroup{in: taken, out: out})
	}
	c.parts = only(moves...)
	return true
}

// blocks reads DepthToSpace and SpaceToDepth: the one is the other backwards.
func (r reading) blocks(in, out []extent) []part {
	says, err := op.Of(r.Node)
	size, err2 := op.BlockSize(r.Node)
	deep, wide := in, out
	if r.OpType == "SpaceToDepth" {
		deep, wide = out, in
	}
	channels := wide[1].number()
	if err != nil || err2 != nil || channels < 0 || size > maxLabels {
		return nil
	}
	b, rest := fixed(int(size)), fixed(channels)
	split := []extent{deep[0], b, b, rest, deep[2], deep[3]} // depth is block row, block column, channel
	from := []int{0, 3, 4, 1, 5, 2}
	if r.OpType == "DepthToSpace" && says.Str("mode") == "CRD" {
		split, from = []extent{deep[0], rest, b, b, deep[2], deep[3]}, []int{0, 1, 4, 2, 5, 3}
	}
	joint := make([]extent, len(from))
	for i, axis := range from {
		joint[i] = split[axis]
	}
	moves := []move{regroup{in: deep, out: split, cuts: []cut{{1, 1}, {2, 4}, {3, 5}}}, arrange{from, split, joint}, regroup{in: joint, out: wide, cuts: []cut{{1, 1}, {2, 2}, {4, 3}}}}
	if r.OpType == "SpaceToDepth" {
		moves = []move{reversed{moves[2]}, reversed{moves[1]}, reversed{moves[0]}}
	}
	return only(moves...)
}
