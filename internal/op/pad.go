package op

import (
	"github.com/acdeploy/acdeploy/graph"
)

// Pad is what a Pad node says of an operand whose number of axes is known.
type Pad struct {
	Mode       string
	Begin, End []int64 // for every axis of the operand; a number below zero crops
}

// ReadPad reads the amounts of a Pad. [PadMode] and [PadValue] say what it pads with.
func ReadPad(n *graph.Node, rank int, read Reader) (Pad, error) {
	o, err := Of(n)
	if err != nil {
		return Pad{}, err
	}
	pads, err := o.padAmounts(read)
	if err != nil {
		return Pad{}, err
	}
	axes, err := o.axesOr(rank, rank, read)
	if err != nil {
		return Pad{}, err
	}
	if len(pads) != 2*len(axes) {
		return Pad{}, fault(Padding, "it has %d pads for %d axes", len(pads), len(axes))
	}
	p := Pad{Mode: o.Str("mode"), Begin: make([]int64, rank), End: make([]int64, rank)}
	for i, axis := range axes {
		p.Begin[axis], p.End[axis] = pads[i], pads[len(axes)+i]
		if max(p.Begin[axis], p.End[axis]) > MaxExtent || min(p.Begin[axis], p.End[axis]) < -MaxExtent {
			return Pad{}, fault(Invalid, "it pads more elements than any image has")
		}
	}
	return p, nil
}

// padAmounts is the list of pads, which the first opset calls paddings.
func (n Node) padAmounts(read Reader) ([]int64, error) {
	name := "pads"
	if n.of.Graph().Opset() < 2 {
		name = "paddings"
	}
	list, _, err := n.List(name, read)
	if KindOf(err) == Computed {
		err = fault(Computed, "its pads are computed at run time; export for a fixed size of the image, or with pads that do not depend on it")
	}
	return list, err
}

// PadMode is how a Pad fills: "constant", "reflect", "edge" or "wrap".
func PadMode(n *graph.Node) string {
	o, err := Of(n)
	if err != nil {
		return ""
	}
	return o.Str("mode")
}

// PadAmounts is the list of pads as it is written, the begins first, for the axes that the node names; nil
// where they are not known.
func PadAmounts(n *graph.Node, read Reader) []int64 {
	o, err := Of(n)
	if err != nil {
		return nil
	}
	list, err := o.padAmounts(read)
	if err != nil {
		return nil
	}
	return list
}

// PadValue is what a Pad in mode "constant" fills with: a value of the graph, or where that is nil a number.
func PadValue(n *graph.Node) (*graph.Value, float64) {
	o, err := Of(n)
	if err != nil {
		return nil, 0
	}
	return o.Input("constant_value"), o.Float("value")
}
