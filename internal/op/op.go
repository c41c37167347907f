// Package op says what one ONNX node means: the value of each attribute with its default, lists that were
// attributes in old opsets and are inputs in new ones, axes counted from the first, pads made explicit, and
// the element type of each result. It reads every opset from 1.
//
// A node is read by the published schema of its operator in the opset of its graph:
//
//	Squeeze in opset 11   axes is an attribute    n.List("axes", op.Constant) reads the attribute
//	Squeeze in opset 13   axes is an input        n.List("axes", op.Constant) reads the input
//	Concat in opset 3     axis may be absent      n.Int("axis") is 1, the published default
//	Concat in opset 4     axis is required        a node without it has no meaning: [Of] returns an error
//
// schemas_generated.go holds the schemas, schema.go how they are written there. Every other file reads one
// family of operators.
package op

import (
	"errors"
	"fmt"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// MaxExtent bounds the numbers that are read as pads, crops, strides and dilations: images are smaller.
// It keeps a hostile file from asking for a kernel of any size.
const MaxExtent = 1 << 20

// Kind says what is wrong with a node.
type Kind int

// The kinds of errors.
const (
	Invalid  Kind = iota // it contradicts its schema or itself, or is beyond all bounds
	Computed             // an operand that should be known is computed while the model runs
	Padding              // its pads cannot be read
)

// Error says why a node is not read. The text is a clause about the node: "its axes are computed at run time".
type Error struct {
	Kind Kind
	Text string
}

// Error is the text.
func (e *Error) Error() string { return e.Text }

// KindOf is the kind of an error of this package.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Invalid
}

func fault(kind Kind, format string, args ...any) *Error {
	return &Error{kind, fmt.Sprintf(format, args...)}
}

// Node is a node together with the schema of its operator.
type Node struct {
	of     *graph.Node
	schema schema
}

// Of reads a node of ONNX's own domain. It returns an error where the operator is not published in the
// opset of the node's graph, and where the node breaks its schema: it has too many inputs or too few, a
// required attribute is absent, or an attribute is of another kind.
func Of(n *graph.Node) (Node, error) {
	if n.Graph() == nil || !n.Is(n.OpType) {
		return Node{}, fault(Invalid, "%s is not an operator of ONNX", n.OpType)
	}
	opset := n.Graph().Opset()
	s, ok := published(n.OpType, opset)
	if !ok {
		return Node{}, fault(Invalid, "opset %d has no operator %s", opset, n.OpType)
	}
	if err := s.checkInputs(n); err != nil {
		return Node{}, err
	}
	if err := s.checkAttributes(n); err != nil {
		return Node{}, err
	}
	return Node{n, s}, nil
}

// Has reports whether the node itself has the attribute.
func (n Node) Has(name string) bool { return n.of.Attr(name) != nil }

// Int is an integer attribute, or its published default; 0 where there is neither.
func (n Node) Int(name string) int64 { return n.of.Int(name, n.schema.intDefault(name)) }

// Flag is an integer attribute that switches something on.
func (n Node) Flag(name string) bool { return n.Int(name) != 0 }

// Float is a float attribute, or its published default; 0 where there is neither.
func (n Node) Float(name string) float64 {
	return float64(n.of.Float(name, n.schema.floatDefault(name)))
}

// Str is a string attribute, or its published default; "" where there is neither.
func (n Node) Str(name string) string { return n.of.Str(name, n.schema.stringDefault(name)) }

// Ints is an attribute that is a list of integers, nil where it is absent.
func (n Node) Ints(name string) []int64 { return n.of.Ints(name) }

// Floats is an attribute that is a list of floats, nil where it is absent.
func (n Node) Floats(name string) []float32 {
	if a := n.of.Attr(name); a != nil {
		return a.Floats
	}
	return nil
}

// Input is the input that the schema calls by that name; nil where it is absent.
func (n Node) Input(name string) *graph.Value {
	if i := n.schema.input(name); i >= 0 {
		return n.of.Input(i)
	}
	return nil
}

// Reader returns the integers that a value is known to hold; false where they are not known.
type Reader func(v *graph.Value) ([]int64, bool)

// Constant reads a list or scalar of integers that is constant in the graph.
func Constant(v *graph.Value) ([]int64, bool) {
	t := v.Constant()
	if t == nil || t.Rank() > 1 {
		return nil, false
	}
	return t.Int64s()
}

// List is a list of integers that the opset has as an attribute or as an input. given is false where the
// node does not have it. An input that read does not know is an error of the kind [Computed].
func (n Node) List(name string, read Reader) (list []int64, given bool, err error) {
	v, attr := n.Input(name), n.of.Ints(name)
	switch {
	case n.Has(name) && !n.schema.hasAttribute(name):
		return nil, false, fault(Invalid, "its %s are an attribute, which opset %d does not have", name, n.of.Graph().Opset())
	case v != nil && attr != nil:
		return nil, false, fault(Invalid, "its %s are both an attribute and an input", name)
	case v == nil:
		return attr, attr != nil, nil
	}
	if list, given = read(v); !given {
		return nil, true, fault(Computed, "its %s are computed at run time; export the model with constant folding", name)
	}
	return list, true, nil
}

// Tensor is an attribute that is a tensor, nil where it is absent.
func (n Node) Tensor(name string) *tensor.Tensor {
	if a := n.of.Attr(name); a != nil {
		return a.Tensor
	}
	return nil
}
