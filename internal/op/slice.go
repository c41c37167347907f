package op

import (
	"github.com/acdeploy/acdeploy/graph"
)

// Slice is what a Slice node says: of each of its axes, where it starts and ends, and its step.
type Slice struct {
	Axes                []int
	Starts, Ends, Steps []int64
}

// ReadSlice reads a Slice of an operand of so many axes.
func ReadSlice(n *graph.Node, rank int, read Reader) (Slice, error) {
	var s Slice
	o, err := Of(n)
	if err != nil {
		return s, err
	}
	var errs [2]error
	s.Starts, _, errs[0] = o.List("starts", read)
	s.Ends, _, errs[1] = o.List("ends", read)
	for _, err := range errs {
		if KindOf(err) == Computed {
			err = fault(Computed, "its starts or ends are computed at run time; export for a fixed size of the image")
		}
		if err != nil {
			return s, err
		}
	}
	if s.Axes, err = o.axesOr(len(s.Starts), rank, read); err != nil {
		return s, err
	}
	var given bool
	s.Steps, given, err = o.List("steps", read)
	if KindOf(err) == Computed {
		return s, fault(Computed, "its steps are computed at run time; export for a fixed size of the image")
	} else if err != nil {
		return s, err
	}
	if !given {
		s.Steps = repeat(1, len(s.Starts))
	}
	if len(s.Ends) != len(s.Starts) || len(s.Axes) != len(s.Starts) || len(s.Steps) != len(s.Starts) {
		return s, fault(Invalid, "its starts, ends, axes and steps have different lengths")
	}
	return s, nil
}

// SliceAxes is the axes of a Slice with so many starts, of an operand of so many axes.
func SliceAxes(n *graph.Node, starts, rank int, read Reader) ([]int, error) {
	o, err := Of(n)
	if err != nil {
		return nil, err
	}
	return o.axesOr(starts, rank, read)
}

// Bound is a position on an axis of that size, counted from the first element and moved inside. One below
// zero counts from the end.
func Bound(at, size int64) int64 {
	if at < 0 {
		at += size
	}
	return min(max(at, 0), size)
}

// Taken is where a slice of an axis of that size starts, and how many elements it takes, step apart.
// The step is not 0.
func Taken(start, end, step, size int64) (first, count int64) {
	step = min(max(step, -size-1), size+1) // longer ones leave the axis all the same
	if step > 0 {
		first, end = Bound(start, size), Bound(end, size)
		return first, max(end-first+step-1, 0) / step
	}
	if start < 0 {
		start += size
	}
	if end < 0 {
		end += size
	}
	first, end = min(max(start, 0), size-1), min(max(end, -1), size-1)
	return first, max(first-end-step-1, 0) / -step
}

func repeat(v int64, count int) []int64 {
	out := make([]int64, count)
	for i := range out {
		out[i] = v
	}
	return out
}
