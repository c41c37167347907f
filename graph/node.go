package graph

import (
	"fmt"
	"iter"
	"slices"

	"github.com/acdeploy/acdeploy/tensor"
)

// Node is one operator: its inputs and outputs are values, its attributes are constant.
type Node struct {
	Name     string // "" where the file gives none; see [Node.Label]
	OpType   string // the operator, such as Conv
	Domain   string // of the operator; "" for ONNX's own
	Overload string // of a model's own function; mostly ""
	Doc      string // what the file says about it
	Extra    any    // the reader's own

	inputs     []*Use
	absent     int      // how many of the inputs are
	outputs    []*Value // nil where an output is absent
	attrs      []*Attr
	graph      *Graph // nil while not in a graph
	prev, next *Node
}

// NewNode returns a node that is in no graph yet, with a use of each input (nil for an absent one)
// and no outputs.
func NewNode(opType string, inputs ...*Value) *Node {
	n := &Node{OpType: opType}
	n.AddInputs(inputs...)
	return n
}

// Is reports whether n is the given operator of ONNX's own domain, and not a function that the model
// defines under that name.
func (n *Node) Is(opType string) bool {
	return n != nil && n.OpType == opType && canonicalDomain(n.Domain) == "" && n.Callee() == nil
}

// Graph is the graph that n is in, nil when it was removed or not yet added.
func (n *Node) Graph() *Graph { return n.graph }

// Label is how messages call the node: its name, or else its operator and first output.
func (n *Node) Label() string {
	if n.Name != "" {
		return n.Name
	}
	for _, v := range n.outputs {
		if v != nil {
			return fmt.Sprintf("%s(%s)", n.OpType, v.name)
		}
	}
	return n.OpType
}

// NumInputs is the number of inputs, absent ones in between included.
func (n *Node) NumInputs() int { return len(n.inputs) }

// AbsentInputs is how many of the inputs are absent.
func (n *Node) AbsentInputs() int { return n.absent }

// Input is the i-th input, nil when it is absent.
func (n *Node) Input(i int) *Value {
	if i >= len(n.inputs) {
		return nil
	}
	return n.inputs[i].Value()
}

// Inputs visits all inputs; the value is nil where one is absent.
func (n *Node) Inputs() iter.Seq2[int, *Value] {
	return func(yield func(int, *Value) bool) {
		for i, u := range n.inputs {
			if !yield(i, u.Value()) {
				return
			}
		}
	}
}

// AddInputs appends inputs, nil for an absent one.
func (n *Node) AddInputs(values ...*Value) {
	uses := make([]Use, len(values))
	n.inputs = slices.Grow(n.inputs, len(values))
	for i, v := range values {
		n.addInput(&uses[i], v)
	}
}

// AddInput appends an input, nil for an absent one.
func (n *Node) AddInput(v *Value) { n.addInput(&Use{}, v) }

func (n *Node) addInput(u *Use, v *Value) {
	u.Node, u.Index = n, len(n.inputs)
	if v != nil {
		u.attach(v)
	} else {
		n.absent++
	}
	n.inputs = append(n.inputs, u)
}

// SetInput makes v (nil for none) the i-th input; absent inputs are added up to i.
func (n *Node) SetInput(i int, v *Value) {
	for len(n.inputs) <= i {
		n.AddInput(nil)
	}
	if n.inputs[i].cell == nil {
		n.absent--
	}
	n.inputs[i].detach()
	if v != nil {
		n.inputs[i].attach(v)
	} else {
		n.absent++
	}
}

// NumOutputs is the number of outputs, absent ones in between included.
func (n *Node) NumOutputs() int { return len(n.outputs) }

// Output is the i-th output, nil when it is absent.
func (n *Node) Output(i int) *Value {
	if i >= len(n.outputs) {
		return nil
	}
	return n.outputs[i]
}

// AddOutput appends an output, nil for an absent one. The value must have no producer.
func (n *Node) AddOutput(v *Value) error {
	if v != nil {
		if v.producer != nil || v.input || v.initializer {
			return fmt.Errorf("value %q has a second producer, node %s", v.name, n.Label())
		}
		v.producer, v.index = n, int32(len(n.outputs))
	}
	n.outputs = append(n.outputs, v)
	return nil
}

// TakeOutput makes v, the result of another node, the next output of n.
func (n *Node) TakeOutput(v *Value) {
	if v.producer != nil {
		v.producer.outputs[v.index] = nil
		v.producer = nil
	}
	if err := n.AddOutput(v); err != nil {
		panic("graph: " + err.Error())
	}
}

// LiveOutputs is the number of outputs that are present and used.
func (n *Node) LiveOutputs() int {
	live := 0
	for _, v := range n.outputs {
		if v != nil && v.Used() {
			live++
		}
	}
	return live
}

// Append puts n at the end of g.
func (g *Graph) Append(n *Node) { g.insert(n, g.last, nil) }

// InsertBefore puts n before the node at.
func (g *Graph) InsertBefore(n, at *Node) { g.insert(n, at.prev, at) }

// InsertAfter puts n after the node at.
func (g *Graph) InsertAfter(n, at *Node) { g.insert(n, at, at.next) }

func (g *Graph) insert(n, prev, next *Node) {
	g.model.edits++
	n.graph, n.prev, n.next = g, prev, next
	if prev != nil {
		prev.next = n
	} else {
		g.first = n
	}
	if next != nil {
		next.prev = n
	} else {
		g.last = n
	}
	g.count++
}

// Remove takes n, and the nodes of its sub-graphs, out of g. It panics when an output of n is in
// use.
func (g *Graph) Remove(n *Node) {
	for _, v := range n.outputs {
		if v != nil && v.Used() {
			panic(fmt.Sprintf("graph: remove node %s: value %q is in use", n.Label(), v.name))
		}
	}
	for sub := range n.Subgraphs() {
		sub.clear()
	}
	for _, u := range n.inputs {
		u.detach()
	}
	for _, v := range n.outputs {
		if v != nil {
			g.forget(v)
		}
	}
	g.unlink(n)
}

func (g *Graph) unlink(n *Node) {
	g.model.edits++
	if n.prev != nil {
		n.prev.next = n.next
	} else {
		g.first = n.next
	}
	if n.next != nil {
		n.next.prev = n.prev
	} else {
		g.last = n.prev
	}
	n.graph = nil
	g.count--
}

// clear drops every use in g and its sub-graphs.
func (g *Graph) clear() {
	for _, u := range g.outputs {
		u.detach()
	}
	for n := range g.Backward() {
		g.Remove(n)
	}
}

// Attrs are the attributes in file order.
func (n *Node) Attrs() []*Attr { return n.attrs }

// Attr is the attribute of that name, nil when it is absent.
func (n *Node) Attr(name string) *Attr {
	for _, a := range n.attrs {
		if a.Name == name {
			return a
		}
	}
	return nil
}

// SetAttr adds an attribute or replaces the one of the same name.
func (n *Node) SetAttr(a *Attr) {
	n.edited()
	for i, old := range n.attrs {
		if old.Name == a.Name {
			n.attrs[i] = a
			return
		}
	}
	n.attrs = append(n.attrs, a)
}

// AddAttr appends an attribute of a name that n does not have yet.
func (n *Node) AddAttr(a *Attr) {
	n.edited()
	n.attrs = append(n.attrs, a)
}

// AddAttrs is [Node.AddAttr] of several.
func (n *Node) AddAttrs(attrs ...*Attr) {
	n.edited()
	n.attrs = append(slices.Grow(n.attrs, len(attrs)), attrs...)
}

// RemoveAttr removes the attribute of that name, if there is one.
func (n *Node) RemoveAttr(name string) {
	n.edited()
	n.attrs = slices.DeleteFunc(n.attrs, func(a *Attr) bool { return a.Name == name })
}

// edited counts a change of n where it is part of a graph.
func (n *Node) edited() {
	if n.graph != nil {
		n.graph.model.edits++
	}
}

// Int is an integer attribute, or def when it is absent.
func (n *Node) Int(name string, def int64) int64 {
	if a := n.Attr(name); a != nil && a.Kind == AttrInt {
		return a.Int
	}
	return def
}

// Float is a float attribute, or def when it is absent.
func (n *Node) Float(name string, def float32) float32 {
	if a := n.Attr(name); a != nil && a.Kind == AttrFloat {
		return a.Float
	}
	return def
}

// Str is a string attribute, or def when it is absent.
func (n *Node) Str(name, def string) string {
	if a := n.Attr(name); a != nil && a.Kind == AttrString {
		return a.String
	}
	return def
}

// Ints is a list of integers, nil when it is absent.
func (n *Node) Ints(name string) []int64 {
	if a := n.Attr(name); a != nil && a.Kind == AttrInts {
		return a.Ints
	}
	return nil
}

// Subgraphs visits the graphs that are attributes of n.
func (n *Node) Subgraphs() iter.Seq[*Graph] {
	return func(yield func(*Graph) bool) {
		for _, a := range n.attrs {
			if a.Graph != nil && !yield(a.Graph) {
				return
			}
			for _, g := range a.Graphs {
				if !yield(g) {
					return
				}
			}
		}
	}
}

// AttrKind is the kind of an attribute, numbered as in ONNX's AttributeProto.AttributeType.
type AttrKind int32

// The kinds of attributes.
const (
	AttrUndefined     AttrKind = 0
	AttrFloat         AttrKind = 1
	AttrInt           AttrKind = 2
	AttrString        AttrKind = 3
	AttrTensor        AttrKind = 4
	AttrGraph         AttrKind = 5
	AttrFloats        AttrKind = 6
	AttrInts          AttrKind = 7
	AttrStrings       AttrKind = 8
	AttrTensors       AttrKind = 9
	AttrGraphs        AttrKind = 10
	AttrSparseTensor  AttrKind = 11
	AttrSparseTensors AttrKind = 12
	AttrTypeProto     AttrKind = 13
	AttrTypeProtos    AttrKind = 14
)

// Attr is an attribute. It is not changed once it is part of a node, only replaced; the graphs in it
// may change.
type Attr struct {
	Name    string           // unique in its node
	Kind    AttrKind         // says which of the fields below holds the value
	Float   float32          // of AttrFloat, and so on
	Int     int64            // of AttrInt
	String  string           // of AttrString: bytes, usually UTF-8
	Tensor  *tensor.Tensor   // of AttrTensor
	Graph   *Graph           // of AttrGraph: the body of an If, Loop or Scan
	Floats  []float32        // of AttrFloats
	Ints    []int64          // of AttrInts
	Strings []string         // of AttrStrings
	Tensors []*tensor.Tensor // of AttrTensors
	Graphs  []*Graph         // of AttrGraphs
	Ref     string           // the attribute of the enclosing function that this one takes its value from
	Extra   any              // the reader's own: what the other fields do not say
}

// IntAttr makes an integer attribute.
func IntAttr(name string, v int64) *Attr { return &Attr{Name: name, Kind: AttrInt, Int: v} }

// IntsAttr makes a list of integers.
func IntsAttr(name string, v ...int64) *Attr { return &Attr{Name: name, Kind: AttrInts, Ints: v} }

// FloatAttr makes a float attribute.
func FloatAttr(name string, v float32) *Attr { return &Attr{Name: name, Kind: AttrFloat, Float: v} }

// StringAttr makes a string attribute.
func StringAttr(name, v string) *Attr { return &Attr{Name: name, Kind: AttrString, String: v} }

// TensorAttr makes a tensor attribute.
func TensorAttr(name string, t *tensor.Tensor) *Attr {
	return &Attr{Name: name, Kind: AttrTensor, Tensor: t}
}
