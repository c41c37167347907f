package op

import "github.com/acdeploy/acdeploy/graph"

// Permutation is the order of the axes that a Transpose gives an operand of so many axes: axis i of the
// result is axis perm[i] of the operand.
func Permutation(n *graph.Node, rank int) ([]int, error) {
	o, err := Of(n)
	if err != nil {
		return nil, err
	}
	list := o.Ints("perm")
	if list == nil {
		perm := make([]int, rank)
		for i := range perm {
			perm[i] = rank - 1 - i
		}
		return perm, nil
	}
	if len(list) != rank {
		return nil, fault(Invalid, "its perm has %d axes, and its input has %d", len(list), rank)
	}
	return permutation(list)
}

// WrittenPermutation is [Permutation] of a node that writes it, whatever the operand is.
func WrittenPermutation(n *graph.Node) ([]int, bool) {
	o, err := Of(n)
	if err != nil || len(o.Ints("perm")) == 0 {
		return nil, false
	}
	perm, err := permutation(o.Ints("perm"))
	return perm, err == nil
}

func permutation(list []int64) ([]int, error) {
	for _, axis := range list {
		if axis < 0 {
			return nil, fault(Invalid, "its perm %v is not an order of the axes", list)
		}
	}
	return Axes(list, len(list))
}
