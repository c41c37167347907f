package op

import "github.com/acdeploy/acdeploy/graph"

// GatherAxis is the axis from which a Gather or GatherElements takes, and along which a ScatterElements
// writes, of an operand of so many axes.
func GatherAxis(n *graph.Node, rank int) (int, error) { return axisOf(n, rank) }

// Replaces reports whether a ScatterND or ScatterElements puts its updates in place of what is there,
// instead of adding them to it or the like.
func Replaces(n *graph.Node) bool {
	o, err := Of(n)
	if err != nil {
		return false
	}
	reduction := o.Str("reduction")
	return reduction == "" || reduction == "none"
}

// axisOf is the attribute axis of a node whose operand has so many axes.
func axisOf(n *graph.Node, rank int) (int, error) {
	o, err := Of(n)
	if err != nil {
		return 0, err
	}
	axis, ok := o.Axis(rank)
	if !ok {
		return 0, fault(Invalid, "it has no axis %d", o.Int("axis"))
	}
	return axis, nil
}
