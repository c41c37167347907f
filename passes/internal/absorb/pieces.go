package absorb

import (
	"slices"

	"github.com/acdeploy/acdeploy/internal/op"
)

// readPieces reads Split, Concat and Pad: numbers that stand next to others on one side.
func readPieces(c *crossing, r reading) bool {
	switch r.OpType {
	case "Split":
		c.parts = r.split()
	case "Concat":
		for _, v := range r.Inputs() {
			if v == nil {
				return false
			}
		}
		c.parts = r.concat()
	case "Pad":
		return r.pad(c)
	default:
		return false
	}
	return true
}

// run is the numbers from start on, so many.
func run(start, count int) []int {
	out := make([]int, count)
	for i := range out {
		out[i] = start + i
	}
	return out
}

func (r reading) split() []part {
	in := r.axes(r.Input(0))
	says, err := op.ReadSplit(r.Node, len(in), r.ints)
	if in == nil || err != nil {
		return nil
	}
	size := in[says.Axis].number()
	var parts []part
	for i := range r.NumOutputs() {
		if r.Output(i) == nil || !r.Output(i).Used() {
			continue
		}
		out := r.axes(r.Output(i))
		if len(out) != len(in) {
			return nil
		}
		if size < 0 {
			parts = append(parts, part{0, i, []move{mix{says.Axis, in, out}}})
			continue
		}
		start, count, ok := says.Part(i, int64(size))
		if !ok {
			return nil
		}
		parts = append(parts, part{0, i, []move{take{says.Axis, run(int(start), int(count)), in, out, true}}})
	}
	return parts
}

func (r reading) concat() []part {
	out := r.axes(r.Output(0))
	axis, err := op.ConcatAxis(r.Node, len(out))
	if out == nil || err != nil {
		return nil
	}
	total, start := out[axis].number(), 0
	var parts []part
	for i, v := range r.Inputs() {
		in := r.axes(v)
		if len(in) != len(out) {
			return nil
		}
		size := in[axis].number()
		if total < 0 || size < 0 {
			parts = append(parts, part{i, 0, []move{mix{axis, in, out}}})
			continue
		}
		if start+size > total {
			return nil
		}
		whole := slices.Clone(in)
		whole[axis] = out[axis]
		parts = append(parts, part{i, 0, []move{reversed{take{axis, run(start, size), whole, in, true}}}})
		start += size
	}
	return parts
}

// pad reads a Pad. What a constant pads with changes with the map.
func (r reading) pad(c *crossing) bool {
	mode := op.PadMode(r.Node)
	in, out := r.axes(r.Input(0)), r.axes(r.Output(0))
	if in == nil || out == nil {
		return true
	}
	says, err := op.ReadPad(r.Node, len(in), r.ints)
	if err != nil || len(out) != len(in) {
		return false
	}
	if mode == "constant" {
		value, number := op.PadValue(r.Node)
		if value != nil {
			t := value.Constant()
			if t == nil || t.Len() != 1 || !t.Type().IsFloat() || !t.Finite() {
				return false
			}
			number = t.Float64s()[0]
		}
		var axes []int
		for axis := range in {
			if says.Begin[axis] != 0 || says.End[axis] != 0 {
				axes = append(axes, axis)
			}
		}
		c.lets, c.homogeneous = padsWith(r.Node, number, axes), number == 0
	}
	moves, now := []move{}, in
	for axis := range in {
		begin, end := int(says.Begin[axis]), int(says.End[axis])
		if begin == 0 && end == 0 {
			continue
		}
		next := slices.Clone(now)
		next[axis] = out[axis]
		size := in[axis].number()
		if from, ok := padded(mode, size, begin, end); ok && size > 0 {
			next[axis] = fixed(len(from))
			moves = append(moves, take{axis: axis, from: from, in: now, out: next})
		} else {
			moves = append(moves, mix{axis, now, next})
		}
		now = next
	}
	c.parts = only(moves...)
	return true
}

// padded is which index of an axis of that size each index of the padded axis shows, −1 for a constant; false where it
// is not followed.
func padded(mode string, size, begin, end int) ([]int, bool) {
	count := size + begin + end
	if size < 1 || count < 0 || count > maxLabels || mode != "constant" && min(begin, end) < 0 {
		return nil, false
	}
	out := make([]int, count)
	for i := range out {
		at := i - begin
		inside := at >= 0 && at < size
		switch {
		case inside:
		case mode == "constant":
			at = -1
		case mode == "edge":
			at = min(max(at, 0), size-1)
		case mode == "wrap":
			at = (at%size + size) % size
		case mode == "reflect" && size > 1:
			turn := 2 * (size - 1)
			at = (at%turn + turn) % turn
			at = min(at, turn-at)
		default:
			return nil, false
		}
		out[i] = at
	}
	return out, true
}
