package absorb

import "slices"

// regroup keeps the numbers in their order and gives them other axes, as a Reshape does. The axes are nil where
// their number is not known.
//
// The axes are matched in groups that hold equally many numbers. In a group, the labels are a function of the place in
// row-major order, and repeat after so many.
type regroup struct {
	in, out []extent
	cuts    []cut  // where groups are certain to end, in order
	last    extent // of the operand, where its axes are nil
}

// cut says that so many of the first axes before hold the same numbers as so many of the first axes after.
type cut struct{ before, after int }

func (m regroup) forward(l labels, _ joiner) (labels, bool) {
	return regrouped(l, m.in, m.out, m.cuts, extent{})
}

func (m regroup) backward(l labels, _ joiner) (labels, bool) {
	cuts := make([]cut, len(m.cuts))
	for i, c := range m.cuts {
		cuts[i] = cut{c.after, c.before}
	}
	return regrouped(l, m.out, m.in, cuts, m.last)
}

// matched is an axis on one side that is matched with those on the other.
type matched struct {
	size   extent
	period int
	at     int // which axis it is
}

func regrouped(l labels, before, after []extent, cuts []cut, last extent) (labels, bool) {
	l, ok := l.in(before)
	if !ok {
		return l, false
	}
	open := closed
	if after == nil {
		if len(l.at) == 1 {
			return labels{at: l.at, open: inFront}, true
		}
		open, after = inFront, []extent{last}
	}
	if open == inFront || l.open == inFront {
		cuts = nil
	}
	groups := sections(axesOf(l.sizes, l.period, l.open), axesOf(after, nil, open), cuts)
	period := slices.Repeat([]int{1}, len(after))
	for i := range groups {
		if !groups[i].fit() {
			return l, false
		}
		for _, a := range groups[i].to {
			if a.at >= 0 {
				period[a.at] = a.period
			} else if a.period > 1 {
				return l, false
			}
		}
	}
	old := make([]int, len(l.period))
	out, ok := table(slices.Clone(after), period, func(index []int) int {
		for _, g := range groups {
			g.place(index, old)
		}
		return l.get(old)
	})
	out.open = open
	return out, ok
}

// axesOf is the axes that may have more than one element. The one at −1 stands for those that are not known.
func axesOf(sizes []extent, period []int, open side) []matched {
	var out []matched
	if open == inFront {
		out = append(out, matched{period: 1, at: -1})
	}
	for i, size := range sizes {
		a := matched{size, 1, i}
		if period != nil {
			a.period = period[i]
		}
		if a.period > 1 || !size.equals(fixed(1)) {
			out = append(out, a)
		}
	}
	if open == behind {
		out = append(out, matched{period: 1, at: -1})
	}
	return out
}

// sections matches axes between one cut and the next.
func sections(from, to []matched, cuts []cut) []group {
	var groups []group
	for _, c := range cuts {
		n := slices.IndexFunc(from, func(a matched) bool { return a.at < 0 || a.at >= c.before })
		m := slices.IndexFunc(to, func(a matched) bool { return a.at >= c.after })
		if n < 0 {
			n = len(from)
		}
		if m < 0 {
			m = len(to)
		}
		groups = append(groups, grouped(from[:n:n], to[:m:m])...)
		from, to = from[n:], to[m:]
	}
	return append(groups, grouped(from, to)...)
}

// group is axes before and after that hold the same numbers in the same order.
type group struct{ from, to []matched }

// grouped matches axes: equal ones in front and at the end, and in between those whose products meet.
func grouped(from, to []matched) []group {
	var front, back []group
	for len(from) > 0 && len(to) > 0 {
		n, m := meeting(from, to)
		if n == 0 || n == len(from) && m == len(to) {
			break
		}
		front = append(front, group{from[:n:n], to[:m:m]})
		from, to = from[n:], to[m:]
	}
	for len(from) > 0 && len(to) > 0 && from[len(from)-1].size.equals(to[len(to)-1].size) {
		back = append(back, group{from[len(from)-1:], to[len(to)-1:]})
		from, to = from[:len(from)-1], to[:len(to)-1]
	}
	for {
		n, m := meetingBehind(from, to)
		if n == 0 {
			break
		}
		back = append(back, group{from[len(from)-n:], to[len(to)-m:]})
		from, to = from[:len(from)-n], to[:len(to)-m]
	}
	if len(from)+len(to) > 0 {
		back = append(back, group{from, to})
	}
	return append(front, back...)
}

// meeting is how many of the first axes on both sides hold equally many numbers, 0 where none are certain to.
func meeting(from, to []matched) (n, m int) {
	if len(from) == 0 || len(to) == 0 {
		return 0, 0
	}
	if from[0].size.equals(to[0].size) {
		return 1, 1
	}
	a, b := from[0].size.number(), to[0].size.number()
	n, m = 1, 1
	for a != b {
		switch {
		case a < 1 || b < 1 || a > maxLabels || b > maxLabels:
			return 0, 0
		case a < b && n < len(from):
			a *= from[n].size.number()
			n++
		case b < a && m < len(to):
			b *= to[m].size.number()
			m++
		default:
			return 0, 0
		}
	}
	if a < 1 {
		return 0, 0
	}
	return n, m
}

// meetingBehind is [meeting] of the last axes.
func meetingBehind(from, to []matched) (n, m int) {
	from, to = slices.Clone(from), slices.Clone(to)
	slices.Reverse(from)
	slices.Reverse(to)
	return meeting(from, to)
}

// fit sets the periods of the axes after, and makes those before as long as they have to be; false where the labels
// are no function of the place that repeats.
func (g *group) fit() bool {
	g.from, g.to = slices.Clone(g.from), slices.Clone(g.to)
	first := slices.IndexFunc(g.from, func(a matched) bool { return a.period > 1 })
	if first < 0 {
		return true
	}
	if len(g.from) == 1 && len(g.to) == 1 {
		g.to[0].period = g.from[0].period
		return true
	}
	if !g.inferInner(first) {
		return false
	}
	repeats := g.from[first].period
	for i := first + 1; i < len(g.from); i++ {
		n := g.from[i].size.number()
		if n < 1 || repeats > maxLabels/n {
			return false
		}
		repeats *= n
	}
	rest := repeats
	for i := len(g.to) - 1; i >= 0 && rest > 1; i-- {
		n := g.to[i].size.number()
		switch {
		case n == 0:
			return false
		case i == 0 && n < 0:
			g.to[i].period, rest = rest, 1
		case n < 0:
			return false
		case n%rest == 0:
			g.to[i].period, rest = rest, 1
		case rest%n == 0:
			g.to[i].period, rest = n, rest/n
		default:
			g.to[i].period, rest = n, rest/gcd(rest, n)
		}
	}
	return rest == 1
}

// inferInner gives axes before, of which the size is not known, the one that the numbers after leave for them: one axis, or
// several side by side on which nothing depends. They must be behind the first axis on which something does.
func (g *group) inferInner(first int) bool {
	open := func(a matched) bool { return a.size.number() < 0 }
	at := slices.IndexFunc(g.from[first+1:], open)
	if at < 0 {
		return true
	}
	at += first + 1
	end := at
	for end < len(g.from) && open(g.from[end]) && g.from[end].period == 1 {
		end++
	}
	if end == at {
		return false
	}
	total, known := 1, 1
	for _, a := range g.to {
		total = times(total, a.size.number())
	}
	for i, a := range g.from {
		if i < at || i >= end {
			known = times(known, a.size.number())
		}
	}
	if total < 1 || known < 1 || total%known != 0 {
		return false
	}
	g.from = slices.Replace(g.from, at, end, matched{fixed(total / known), 1, -1})
	return true
}

// times is the product of two sizes; below zero where one is not known, or it is too large.
func times(a, b int) int {
	if a < 0 || b < 0 || b > 0 && a > maxLabels/b {
		return -1
	}
	return a * b
}

// place writes the index before of the number that has the index after.
func (g *group) place(after, before []int) {
	if len(g.from) == 1 && len(g.to) == 1 {
		if at, to := g.from[0].at, g.to[0].at; at >= 0 && to >= 0 {
			before[at] = after[to]
		}
		return
	}
	flat, scale := 0, 1
	for i, a := range slices.Backward(g.to) {
		if a.at >= 0 {
			flat += after[a.at] * scale
		}
		if n := a.size.number(); i > 0 && n > 0 {
			scale *= n
		}
	}
	for i, a := range slices.Backward(g.from) {
		n := a.size.number()
		if a.at >= 0 {
			before[a.at] = 0
			if a.period > 1 {
				before[a.at] = flat % a.period
			}
		}
		if n > 0 {
			if a.at >= 0 && a.period > 1 {
				before[a.at] = flat % n
			}
			flat /= n
		} else if i > 0 && a.period == 1 {
			break
		}
	}
}
