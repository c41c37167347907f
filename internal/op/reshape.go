package op

import "github.com/acdeploy/acdeploy/graph"

// Reshape is the shape that a Reshape asks for, as it is written.
type Reshape struct {
	Sizes     []int64 // −1 for what is left, and 0 for the size that the operand has unless AllowZero
	AllowZero bool    // a size of 0 means no elements
}

// ReadReshape reads a Reshape.
func ReadReshape(n *graph.Node, read Reader) (Reshape, error) {
	o, err := Of(n)
	if err != nil {
		return Reshape{}, err
	}
	r := Reshape{AllowZero: o.Flag("allowzero")}
	r.Sizes, _, err = o.List("shape", read)
	return r, err
}

// FlattenAxis is the first of the axes that a Flatten makes the second axis of its result. It may be rank.
func FlattenAxis(n *graph.Node, rank int) (int, error) {
	o, err := Of(n)
	if err != nil {
		return 0, err
	}
	axis := o.Int("axis")
	if axis == int64(rank) {
		return rank, nil
	}
	at, ok := Axis(axis, rank)
	if !ok {
		return 0, fault(Invalid, "it has no axis %d", axis)
	}
	return at, nil
}

// SqueezeAxes is the axes that a Squeeze takes from an operand of so many axes. given is false where it
// takes all that have one element.
func SqueezeAxes(n *graph.Node, rank int, read Reader) (axes []int, given bool, err error) {
	o, err := Of(n)
	if err != nil {
		return nil, false, err
	}
	list, given, err := o.List("axes", read)
	if err != nil || !given {
		return nil, given, err
	}
	axes, err = Axes(list, rank)
	return axes, true, err
}

// UnsqueezeAxes is the axes that an Unsqueeze adds to an operand of so many axes, counted in its result.
func UnsqueezeAxes(n *graph.Node, rank int, read Reader) ([]int, error) {
	o, err := Of(n)
	if err != nil {
		return nil, err
	}
	list, given, err := o.List("axes", read)
	if err != nil {
		return nil, err
	}
	if !given {
		return nil, fault(Invalid, "it has no axes")
	}
	return Axes(list, rank+len(list))
}
