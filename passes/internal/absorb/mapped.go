package absorb

import (
	"slices"

	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// mapped says which map each number of a value is to go through: its label is an index of the maps.
type mapped struct {
	labels
	maps stencil.Affine
}

// of is the scale and the constant that a label gives.
func (m mapped) of(label int) (scale, offset float64) {
	scale = 1
	if label < 0 {
		return scale, 0
	}
	if m.maps.Scale != nil {
		scale = m.maps.Scale[label]
	}
	if m.maps.Shift != nil {
		offset = m.maps.Shift[label]
	}
	if m.maps.Center != nil {
		offset -= float64(scale * m.maps.Center[label])
	}
	return scale, offset
}

// all reports whether a condition holds for the map of every number.
func (m mapped) all(holds func(scale, offset float64) bool) bool {
	return !slices.ContainsFunc(m.used(), func(label int) bool { return !holds(m.of(label)) })
}

// one is the map of all numbers, if they have one.
func (m mapped) one() (scale, offset float64, ok bool) {
	used := m.used()
	if len(used) == 0 {
		return 1, 0, true
	}
	scale, offset = m.of(used[0])
	return scale, offset, m.all(func(s, o float64) bool { return s == scale && o == offset })
}

// join makes one of two labels whose maps are the same.
func (m mapped) join(a, b int) (int, bool) {
	switch {
	case a == b || b == free:
		return a, true
	case a == free:
		return b, true
	}
	for _, part := range []struct {
		numbers []float64
		none    float64
	}{{m.maps.Scale, 1}, {m.maps.Center, 0}, {m.maps.Shift, 0}} {
		if part.numbers == nil {
			continue
		}
		x, y := part.none, part.none
		if a >= 0 {
			x = part.numbers[a]
		}
		if b >= 0 {
			y = part.numbers[b]
		}
		if x != y {
			return a, false
		}
	}
	return a, true
}

// with is other maps for the same labels: what give makes of the scale and the constant of each. A part that is 1 or 0
// everywhere is left out.
func (m mapped) with(give func(scale, offset float64) (float64, float64)) mapped {
	count := max(len(m.maps.Scale), len(m.maps.Center), len(m.maps.Shift))
	out := stencil.Affine{Scale: make([]float64, count), Shift: make([]float64, count)}
	for label := range count {
		out.Scale[label], out.Shift[label] = give(m.of(label))
	}
	if !slices.ContainsFunc(out.Scale, func(s float64) bool { return s != 1 }) {
		out.Scale = nil
	}
	if !slices.ContainsFunc(out.Shift, func(t float64) bool { return t != 0 }) {
		out.Shift = nil
	}
	if out.Scale == nil && out.Shift == nil {
		out.Scale = slices.Repeat([]float64{1}, count)
	}
	m.maps = out
	return m
}

// onChannels is the map for each channel of a target, which reads or gives the value with its channels on an axis; false
// where the numbers of a channel have different ones.
func (m mapped) onChannels(v algebra.Axis) (stencil.Affine, bool) {
	labels, ok := m.perChannel(v, m.join)
	if !ok {
		return stencil.Affine{}, false
	}
	identity := len(labels) == max(len(m.maps.Scale), len(m.maps.Center), len(m.maps.Shift))
	for channel, label := range labels {
		identity = identity && channel == label
	}
	if identity {
		return m.maps, true
	}
	spread := func(numbers []float64, none float64) []float64 {
		if numbers == nil {
			return nil
		}
		out := make([]float64, len(labels))
		for channel, label := range labels {
			out[channel] = none
			if label >= 0 {
				out[channel] = numbers[label]
			}
		}
		return out
	}
	return stencil.Affine{Scale: spread(m.maps.Scale, 1), Center: spread(m.maps.Center, 0), Shift: spread(m.maps.Shift, 0)}, true
}

// perChannel is the label of each channel of a target; false where the numbers of a channel do not have one.
func (l labels) perChannel(v algebra.Axis, join joiner) ([]int, bool) {
	if v.Ranked() {
		var ok bool
		if l, ok = l.in(make([]extent, v.LeastRank())); !ok {
			return nil, false
		}
	}
	at := v.Front
	switch {
	case l.open == inFront && v.Back >= 0:
		at = len(l.period) - 1 - v.Back
		if len(l.period) > v.LeastRank() {
			return nil, false
		}
	case l.open == closed && v.Back >= 0:
		at = len(l.period) - 1 - v.Back
	}
	period := 1
	for axis := range l.period {
		if axis == at {
			period = l.period[axis]
			continue
		}
		var ok bool
		if l, ok = l.collapsed(axis, join); !ok {
			return nil, false
		}
	}
	if at < 0 && l.open == closed || period > 1 && v.Channels%period != 0 {
		return nil, false
	}
	out := make([]int, v.Channels)
	for channel := range out {
		out[channel] = l.at[channel%period]
	}
	return out, true
}

// cannotBeFollowed says that it is not known which number goes where.
func cannotBeFollowed(label string) *refusal.Refusal {
	return refusal.New(refusal.NotChannel, "the channel axis cannot be followed through %s; export the model with its shapes, or with the constant next to the convolution", label)
}

// count is how many maps there are.
func (m mapped) count() int { return max(len(m.maps.Scale), len(m.maps.Center), len(m.maps.Shift)) }

// share is what an addend with a sign takes of the map of a sum, or gives to it: the scale, and the constant if it is the one
// that takes that.
func (m mapped) share(sign float64, constant bool) mapped {
	switch {
	case constant && sign == 1:
		return m
	case m.maps.Center == nil && m.maps.Shift == nil:
		return m
	}
	return m.with(func(scale, offset float64) (float64, float64) {
		if !constant {
			return scale, 0
		}
		return scale, float64(sign * offset)
	})
}

// meet is the map of a value that has to go through m for one reader, and through n for another; false where these differ.
func (m mapped) meet(n mapped) (mapped, bool) {
	if !sameMaps(m.maps, n.maps) {
		count := m.count()
		m.maps = stencil.Affine{
			Scale:  concatenated(m.maps.Scale, n.maps.Scale, 1, count, n.count()),
			Center: concatenated(m.maps.Center, n.maps.Center, 0, count, n.count()),
			Shift:  concatenated(m.maps.Shift, n.maps.Shift, 0, count, n.count()),
		}
		n.at = slices.Clone(n.at)
		for i, label := range n.at {
			if label >= 0 {
				n.at[i] += count
			}
		}
	}
	l, ok := m.joined(n.labels, m.join)
	return mapped{l, m.maps}, ok
}

// sameMaps reports whether two lists of maps are one.
func sameMaps(a, b stencil.Affine) bool {
	same := func(x, y []float64) bool {
		return len(x) == len(y) && (len(x) == 0 || &x[0] == &y[0])
	}
	return same(a.Scale, b.Scale) && same(a.Center, b.Center) && same(a.Shift, b.Shift)
}

// concatenated is two lists of numbers, of which one that is nil holds the same number so often.
func concatenated(a, b []float64, none float64, countA, countB int) []float64 {
	if a == nil && b == nil {
		return nil
	}
	if a == nil {
		a = slices.Repeat([]float64{none}, countA)
	}
	if b == nil {
		b = slices.Repeat([]float64{none}, countB)
	}
	return slices.Concat(a, b)
}

// plus is the map of a sum whose addends have been mapped; false where a number has addends with different scales.
func (m mapped) plus(n mapped) (mapped, bool) {
	period, ok := common(m.period, n.period)
	if !ok || m.open != closed || n.open != closed {
		return m, false
	}
	var maps stencil.Affine
	seen := map[[2]int]int{}
	l, fits := table(m.sizes, period, func(index []int) int {
		pair := [2]int{m.get(index), n.get(index)}
		label, known := seen[pair]
		if known {
			return label
		}
		label = free
		if pair != [2]int{free, free} {
			scale, offset := m.of(pair[0])
			scale2, offset2 := n.of(pair[1])
			if pair[0] == free {
				scale = scale2
			}
			ok = ok && (scale == scale2 || pair[1] == free)
			label = len(maps.Scale)
			maps.Scale, maps.Shift = append(maps.Scale, scale), append(maps.Shift, offset+offset2)
		}
		seen[pair] = label
		return label
	})
	out := mapped{l, maps}
	return out.with(func(scale, offset float64) (float64, float64) { return scale, offset }), ok && fits
}
