package op

import "github.com/acdeploy/acdeploy/graph"

// Reduce is what a ReduceSum, ReduceMean … node says.
type Reduce struct {
	Axes     []int // in the order in which they are written; none where it reduces nothing
	KeepDims bool  // an axis that is reduced stays, with one element
}

// ReadReduce reads a reduction of an operand of so many axes.
func ReadReduce(n *graph.Node, rank int, read Reader) (Reduce, error) {
	o, err := Of(n)
	if err != nil {
		return Reduce{}, err
	}
	r := Reduce{KeepDims: o.Flag("keepdims")}
	list, _, err := o.List("axes", read)
	if err != nil {
		return r, err
	}
	if len(list) == 0 && !o.Flag("noop_with_empty_axes") {
		for i := range rank {
			list = append(list, int64(i))
		}
	}
	r.Axes, err = Axes(list, rank)
	return r, err
}
