package absorb

import "slices"

// move is a part of what an operator does with the places of numbers. forward gives the labels of the result for those
// of the operand, backward those of the operand. They are false where the labels cannot be followed, or where numbers
// of different labels meet.
type move interface {
	forward(l labels, join joiner) (labels, bool)
	backward(l labels, join joiner) (labels, bool)
}

// arrange gives the axes another order, drops some and adds others: axis i of the result is axis from[i] of the operand, a new
// one where that is −1. Numbers along an axis that is dropped or new have one label.
type arrange struct {
	from    []int
	in, out []extent // the axes of the operand, and of the result
}

func (m arrange) forward(l labels, join joiner) (labels, bool) {
	return rearranged(l, m.from, m.in, m.out, join)
}

func (m arrange) backward(l labels, join joiner) (labels, bool) {
	from := make([]int, len(m.in))
	for i := range from {
		from[i] = slices.Index(m.from, i)
	}
	return rearranged(l, from, m.out, m.in, join)
}

func rearranged(l labels, from []int, in, out []extent, join joiner) (labels, bool) {
	l, ok := l.in(in)
	for axis := range in {
		if ok && !slices.Contains(from, axis) {
			l, ok = l.collapsed(axis, join)
		}
	}
	if !ok {
		return l, false
	}
	sizes, period := make([]extent, len(from)), make([]int, len(from))
	for i, axis := range from {
		sizes[i], period[i] = extent{}, 1
		if axis >= 0 {
			sizes[i], period[i] = l.sizes[axis], l.period[axis]
		}
		if out[i].ok {
			sizes[i] = out[i]
		}
	}
	old := make([]int, len(in))
	return table(sizes, period, func(index []int) int {
		for i, axis := range from {
			if axis >= 0 {
				old[axis] = index[i]
			}
		}
		return l.get(old)
	})
}

// mix moves, joins or repeats numbers along an axis in ways that are not followed: they have one label. Where there is
// no such axis the operand is what it was.
type mix struct {
	axis    int
	in, out []extent
}

func (m mix) forward(l labels, join joiner) (labels, bool) { return m.mixed(l, m.in, m.out, join) }

func (m mix) backward(l labels, join joiner) (labels, bool) { return m.mixed(l, m.out, m.in, join) }

func (m mix) mixed(l labels, before, after []extent, join joiner) (labels, bool) {
	l, ok := l.in(before)
	if !ok {
		return l, false
	}
	if l, ok = l.collapsed(m.axis, join); ok {
		l.sizes = slices.Clone(l.sizes)
		l.sizes[m.axis] = after[m.axis]
	}
	return l, ok
}

// take makes index i on an axis of the result index from[i] of the operand; −1 is a number that comes from elsewhere, and
// goes with the others where nothing depends on the axis.
type take struct {
	axis    int
	from    []int
	in, out []extent // the size of the operand on the axis is known
	// exact says that numbers that are not taken have labels of their own. Otherwise they go with those that are where
	// nothing depends on the axis.
	exact bool
}

func (m take) forward(l labels, join joiner) (labels, bool) {
	l, ok := l.in(m.in)
	if !ok {
		return l, false
	}
	sizes := slices.Clone(l.sizes)
	sizes[m.axis] = m.out[m.axis]
	if l.period[m.axis] == 1 || len(m.from) == 0 {
		l.sizes = sizes
		return l.collapsed(m.axis, join)
	}
	period, old := slices.Clone(l.period), make([]int, len(l.period))
	period[m.axis] = len(m.from)
	return table(sizes, period, func(index []int) int {
		copy(old, index)
		if old[m.axis] = m.from[index[m.axis]]; old[m.axis] < 0 {
			return free
		}
		return l.get(old)
	})
}

func (m take) backward(l labels, join joiner) (labels, bool) {
	l, ok := l.in(m.out)
	if !ok {
		return l, false
	}
	size := m.in[m.axis].number()
	sizes := slices.Clone(l.sizes)
	sizes[m.axis] = m.in[m.axis]
	if l.period[m.axis] == 1 && !m.exact || size == 0 || len(m.from) == 0 {
		l.sizes = sizes
		return l.collapsed(m.axis, join)
	}
	readers := make([][]int, size)
	for i, at := range m.from {
		if at >= 0 {
			readers[at] = append(readers[at], i)
		}
	}
	period, place := slices.Clone(l.period), make([]int, len(l.period))
	period[m.axis] = size
	all := true
	out, ok := table(sizes, period, func(index []int) int {
		label := free
		copy(place, index)
		for _, i := range readers[index[m.axis]] {
			place[m.axis] = i
			var fits bool
			label, fits = join(label, l.get(place))
			all = all && fits
		}
		return label
	})
	return out, ok && all
}

// reversed is a move from the result to the operand.
type reversed struct{ of move }

func (m reversed) forward(l labels, join joiner) (labels, bool)  { return m.of.backward(l, join) }
func (m reversed) backward(l labels, join joiner) (labels, bool) { return m.of.forward(l, join) }
