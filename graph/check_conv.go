package graph

import "fmt"

// checkConv reports attributes of a Conv that contradict its weight or each other. A Conv whose
// weight is computed, or whose auto_pad leaves the pads open, is checked as far as it is known.
func checkConv(n *Node) error {
	w := n.Input(1)
	if n.Input(0) == nil || w == nil {
		return fmt.Errorf("node %s: Conv needs an input and a weight", n.Label())
	}
	if w.data == nil {
		return nil
	}
	shape := w.data.Shape()
	if len(shape) < 3 {
		return fmt.Errorf("node %s: weight %q has %d axes, a Conv needs at least 3", n.Label(), w.name, len(shape))
	}
	kernel := shape[2:]
	for i, k := range n.Ints("kernel_shape") {
		if len(n.Ints("kernel_shape")) != len(kernel) || k != kernel[i] {
			return fmt.Errorf("node %s: kernel_shape is %v, weight %q has kernel %v", n.Label(), n.Ints("kernel_shape"), w.name, kernel)
		}
	}
	group := n.Int("group", 1)
	if group < 1 || shape[0]%group != 0 {
		return fmt.Errorf("node %s: group %d does not divide the %d output channels of weight %q", n.Label(), group, shape[0], w.name)
	}
	if b := n.Input(2); b != nil && b.data != nil && (b.data.Rank() != 1 || b.data.Shape()[0] != shape[0]) {
		return fmt.Errorf("node %s: bias %q has shape %v, weight %q has %d output channels", n.Label(), b.name, b.data.Shape(), w.name, shape[0])
	}
	return checkConvLists(n, len(kernel))
}

func checkConvLists(n *Node, axes int) error {
	for _, name := range []string{"strides", "dilations"} {
		list := n.Ints(name)
		if list != nil && len(list) != axes {
			return fmt.Errorf("node %s: %s has %d numbers for %d spatial axes", n.Label(), name, len(list), axes)
		}
		for _, v := range list {
			if v < 1 {
				return fmt.Errorf("node %s: %s holds %d, it has to be positive", n.Label(), name, v)
			}
		}
	}
	if pads := n.Ints("pads"); pads != nil && len(pads) != 2*axes {
		return fmt.Errorf("node %s: pads has %d numbers for %d spatial axes", n.Label(), len(pads), axes)
	}
	return nil
}
