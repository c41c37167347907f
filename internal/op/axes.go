package op

import (
	"slices"

	"github.com/acdeploy/acdeploy/graph"
)

// Axis counts an axis from the first one: one below zero counts from the end. False where there is no such
// axis.
func Axis(axis int64, rank int) (int, bool) {
	if axis < 0 {
		axis += int64(rank)
	}
	return int(axis), axis >= 0 && axis < int64(rank)
}

// Axes is [Axis] of a list that names no axis twice.
func Axes(list []int64, rank int) ([]int, error) {
	out := make([]int, len(list))
	for i, a := range list {
		axis, ok := Axis(a, rank)
		if !ok || slices.Contains(out[:i], axis) {
			return nil, fault(Invalid, "axis %d is repeated, or is not one of the %d axes of the value; the model is invalid, export it again", a, rank)
		}
		out[i] = axis
	}
	return out, nil
}

// Axis is the attribute axis of the node, for an operand of so many axes.
func (n Node) Axis(rank int) (int, bool) { return Axis(n.Int("axis"), rank) }

// axesOr reads the list of axes of a node; where it is absent they are the first so many.
func (n Node) axesOr(absent, rank int, read Reader) ([]int, error) {
	list, given, err := n.List("axes", read)
	if err != nil {
		return nil, err
	}
	if !given {
		for i := range absent {
			list = append(list, int64(i))
		}
	}
	return Axes(list, rank)
}

// ResizeAxes is the axes of an operand of so many axes that the scales or sizes of a Resize are for: all, or since opset 18 those
// that it names.
func ResizeAxes(n *graph.Node, rank int) ([]int, error) {
	o, err := Of(n)
	if err != nil {
		return nil, err
	}
	if list := o.Ints("axes"); list != nil {
		return Axes(list, rank)
	}
	all := make([]int, rank)
	for i := range all {
		all[i] = i
	}
	return all, nil
}
