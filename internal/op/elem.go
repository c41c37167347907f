package op

import (
	"strconv"
	"strings"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// Elem is the element type of a result of the node, by the types of its inputs, which the caller knows:
// [tensor.Undefined] where that is not certain.
func (n Node) Elem(result int, of func(*graph.Value) tensor.Type) tensor.Type {
	if n.of.Is("Constant") {
		return constantElem(n.of)
	}
	for rule := range strings.SplitSeq(n.schema.element(result), "|") {
		if t, ok := n.elemBy(rule, of); ok {
			return t
		}
	}
	return tensor.Undefined
}

// elemBy follows one rule; false where it says nothing and the next one counts.
func (n Node) elemBy(rule string, of func(*graph.Value) tensor.Type) (tensor.Type, bool) {
	switch rule[0] {
	case '?':
		return tensor.Undefined, true
	case '=':
		code, err := strconv.Atoi(rule[1:])
		return tensor.Type(code), err == nil
	case '@':
		return n.elemIn(rule[1:])
	}
	i, err := strconv.Atoi(rule)
	if err != nil || n.of.Input(i) == nil {
		return tensor.Undefined, false
	}
	t := of(n.of.Input(i))
	return t, t != tensor.Undefined
}

// elemIn is the element type that an attribute names, or that the tensor in it has.
func (n Node) elemIn(name string) (tensor.Type, bool) {
	a := n.of.Attr(name)
	switch {
	case a == nil:
		code := n.Int(name)
		return tensor.Type(code), code != 0
	case a.Kind == graph.AttrInt:
		return tensor.Type(a.Int), true
	case a.Kind == graph.AttrTensor && a.Tensor != nil:
		return a.Tensor.Type(), true
	}
	return tensor.Undefined, true
}

// constantElem is the element type of a Constant, whose one attribute holds its value.
func constantElem(n *graph.Node) tensor.Type {
	for _, a := range n.Attrs() {
		switch a.Name {
		case "value":
			if a.Tensor != nil {
				return a.Tensor.Type()
			}
		case "value_float", "value_floats":
			return tensor.Float32
		case "value_int", "value_ints":
			return tensor.Int64
		case "value_string", "value_strings":
			return tensor.String
		}
	}
	return tensor.Undefined
}
