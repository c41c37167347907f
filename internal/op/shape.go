package op

import "github.com/acdeploy/acdeploy/graph"

// ShapeRange is the axes of an operand of so many axes whose sizes a Shape lists: from first up to end.
func ShapeRange(n *graph.Node, rank int) (first, end int, err error) {
	o, err := Of(n)
	if err != nil {
		return 0, 0, err
	}
	to := int64(rank)
	if o.Has("end") {
		to = o.Int("end")
	}
	first = int(Bound(o.Int("start"), int64(rank)))
	return first, max(first, int(Bound(to, int64(rank)))), nil
}
