package op

import (
	"fmt"

	"github.com/acdeploy/acdeploy/graph"
)

// Check reports the first place where the graph breaks the rules of [graph.Graph.Check], or where a Conv of it or
// of its sub-graphs has attributes that contradict its weight or each other: no pass could keep what such a node
// means. A Conv whose weight is computed is checked as far as it is known.
func Check(g *graph.Graph) error { return g.Check(checkNode) }

func checkNode(n *graph.Node) error {
	if n.Is("Conv") {
		return checkConv(n)
	}
	return nil
}

func checkConv(n *graph.Node) error {
	w := n.Input(1)
	if n.Input(0) == nil || w == nil {
		return fmt.Errorf("Conv needs an input and a weight")
	}
	weight := w.Data()
	if weight == nil {
		return nil
	}
	shape := weight.Shape()
	if len(shape) < 3 {
		return fmt.Errorf("weight %q has %d axes, a Conv needs at least 3", w.Name(), len(shape))
	}
	kernel := shape[2:]
	for i, k := range n.Ints("kernel_shape") {
		if len(n.Ints("kernel_shape")) != len(kernel) || k != kernel[i] {
			return fmt.Errorf("kernel_shape is %v, weight %q has kernel %v", n.Ints("kernel_shape"), w.Name(), kernel)
		}
	}
	group := n.Int("group", 1)
	if group < 1 || shape[0]%group != 0 {
		return fmt.Errorf("group %d does not divide the %d output channels of weight %q", group, shape[0], w.Name())
	}
	if b := n.Input(2); b != nil && b.Data() != nil && (b.Data().Rank() != 1 || b.Data().Shape()[0] != shape[0]) {
		return fmt.Errorf("bias %q has shape %v, weight %q has %d output channels", b.Name(), b.Data().Shape(), w.Name(), shape[0])
	}
	return checkLists(n, len(kernel))
}

func checkLists(n *graph.Node, axes int) error {
	for _, name := range []string{"strides", "dilations"} {
		list := n.Ints(name)
		if list != nil && len(list) != axes {
			return fmt.Errorf("%s has %d numbers for %d spatial axes", name, len(list), axes)
		}
		for _, v := range list {
			if v < 1 {
				return fmt.Errorf("%s holds %d, it has to be positive", name, v)
			}
		}
	}
	if pads := n.Ints("pads"); pads != nil && len(pads) != 2*axes {
		return fmt.Errorf("pads has %d numbers for %d spatial axes", len(pads), axes)
	}
	return nil
}
