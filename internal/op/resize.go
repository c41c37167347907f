package op

import "github.com/acdeploy/acdeploy/graph"

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
