package graph

import (
	"fmt"
	"iter"
	"strings"

	"github.com/acdeploy/acdeploy/tensor"
)

// Type is what the file declares of a value. It is a hint for everything but inputs: no rewrite
// relies on it for being correct.
type Type struct {
	Elem   tensor.Type  // Undefined when nothing is declared or the value is not a tensor
	Ranked bool         // whether Shape is declared
	Shape  []tensor.Dim // sizes, or the names of open dimensions
	Other  any          // the reader's own: sequences, maps, optionals, sparse tensors
}

// undeclared reports whether t says nothing.
func (t Type) undeclared() bool {
	return t.Elem == tensor.Undefined && !t.Ranked && t.Shape == nil && t.Other == nil
}

// String writes the type in ONNX's textual syntax.
func (t Type) String() string {
	if t.Elem == tensor.Undefined {
		return ""
	}
	if !t.Ranked {
		return t.Elem.String()
	}
	dims := make([]string, len(t.Shape))
	for i, d := range t.Shape {
		dims[i] = d.String()
	}
	return fmt.Sprintf("%s[%s]", t.Elem, strings.Join(dims, ","))
}

// Value is what flows between nodes: an input, an initializer, or the result of a node.
type Value struct {
	name        string
	declared    *declaration // nil where nothing is declared; shared with copies of the value
	graph       *Graph       // nil once removed
	origin      *Value       // in the model that this one is a clone of; nil for none
	producer    *Node
	data        *tensor.Tensor
	cell        *cell // of new uses
	own         cell  // the first one; most values need no other
	uses        useList
	mark        uint32 // the last walk that met v
	place       int32  // among all values that its graph ever had
	index       int32  // among the producer's outputs
	input       bool
	initializer bool
}

// declaration is what is said of a value. It does not change: another one takes its place. Most values of a large graph have none, and so
// take little more than half of the memory.
type declaration struct {
	typ   Type
	extra any
}

// Type is what is declared of v.
func (v *Value) Type() Type {
	if v.declared == nil {
		return Type{}
	}
	return v.declared.typ
}

// SetType declares v to be of a type.
func (v *Value) SetType(t Type) { v.declare(t, v.Extra()) }

// SetElem declares the element type alone: what is declared of the shape stays.
func (v *Value) SetElem(elem tensor.Type) {
	t := v.Type()
	t.Elem = elem
	v.SetType(t)
}

// Extra is the reader's own: the declaration and the initializer of v as the file has them.
func (v *Value) Extra() any {
	if v.declared == nil {
		return nil
	}
	return v.declared.extra
}

// SetExtra replaces the reader's own.
func (v *Value) SetExtra(extra any) { v.declare(v.Type(), extra) }

func (v *Value) declare(t Type, extra any) {
	if t.undeclared() && extra == nil {
		v.declared = nil
		return
	}
	v.declared = &declaration{t, extra}
}

// Name is the value's name, unique in its graph.
func (v *Value) Name() string { return v.name }

// Graph is the graph whose value it is; nil once it was removed.
func (v *Value) Graph() *Graph { return v.graph }

// Producer is the node whose result v is; nil for inputs, initializers and an absent value.
func (v *Value) Producer() *Node {
	if v == nil {
		return nil
	}
	return v.producer
}

// ProducerIndex is v's place among its producer's outputs.
func (v *Value) ProducerIndex() int { return int(v.index) }

// Origin is the value with the same numbers in the model that v's model is a clone of: see [Model.Clone].
// It is nil where there is none, for a new value say, or after [Value.Redefine].
func (v *Value) Origin() *Value { return v.origin }

// Places is the number of values that m ever had, in all of its graphs.
func (m *Model) Places() int { return int(m.placed) }

// Place is a number of v that no other value of its model has or had, from 0 and below [Model.Places].
func (v *Value) Place() int { return int(v.place) }

// OwnOrigins makes each input and each result of a node its own origin. Then rewrites of m are followed as those of a clone
// of it are, and [Value.Origin] is a value of m that may have been removed since.
func (m *Model) OwnOrigins() {
	for g := range m.Graph.All() {
		for _, v := range g.values {
			if v != nil && (v.input || v.producer != nil) {
				v.origin = v
			}
		}
	}
}

// Redefine says that v holds other numbers from now on than the value that it was cloned from. Whoever changes
// what a value means, and not only how it is computed, has to say so: a proof that two models are the same
// function compares each value with its origin.
func (v *Value) Redefine() { v.origin = nil }

// IsInput reports whether v is a declared input of its graph.
func (v *Value) IsInput() bool { return v != nil && v.input }

// IsInitializer reports whether v is an initializer, overridable or not.
func (v *Value) IsInitializer() bool { return v != nil && v.initializer }

// Overridable reports whether v is an initializer that a caller may replace: it is also an input,
// and the IR version is 4 or later.
func (v *Value) Overridable() bool {
	return v != nil && v.initializer && v.input && v.graph != nil && v.graph.model.IRVersion >= 4
}

// Constant is the tensor that v always is; nil when v is computed, can be overridden, or holds
// something that is not kept as a tensor.
func (v *Value) Constant() *tensor.Tensor {
	if v == nil || !v.initializer || v.Overridable() {
		return nil
	}
	return v.data
}

// Data is the tensor of an initializer, overridable or not.
func (v *Value) Data() *tensor.Tensor { return v.data }

// SetData replaces the tensor of an initializer.
func (v *Value) SetData(t *tensor.Tensor) {
	if !v.initializer {
		panic(fmt.Sprintf("graph: value %q is not an initializer", v.name))
	}
	v.edited()
	v.data = t
	v.SetType(Type{})
}

// edited counts a change of v where it is part of a graph.
func (v *Value) edited() {
	if v.graph != nil {
		v.graph.model.edits++
	}
}

// Elem is the element type: of the constant if v is an initializer, otherwise the declared one.
func (v *Value) Elem() tensor.Type {
	if v.data != nil {
		return v.data.Type()
	}
	return v.Type().Elem
}

// Use is one place where a value is used: an input of a node, or an output of a graph.
type Use struct {
	Node  *Node // nil for an output of a graph
	Index int   // among the node's inputs or the graph's outputs

	cell       *cell
	prev, next *Use
}

// cell links uses to the value they use, so that all of them can be pointed at another
// value at once: a union-find forest whose roots know their value.
type cell struct {
	value  *Value
	parent *cell
}

func (c *cell) root() *cell {
	for c.parent != nil {
		if c.parent.parent != nil {
			c.parent = c.parent.parent
		}
		c = c.parent
	}
	return c
}

// Value is the value that is used, nil for an input that is absent.
func (u *Use) Value() *Value {
	if u.cell == nil {
		return nil
	}
	if u.cell.parent != nil {
		u.cell = u.cell.root()
	}
	return u.cell.value
}

func (u *Use) attach(v *Value) {
	v.edited()
	u.cell = v.cell
	v.uses.push(u)
}

func (u *Use) detach() {
	if v := u.Value(); v != nil {
		v.edited()
		v.uses.remove(u)
	}
	u.cell = nil
}

// useList is a doubly linked list with its length and how many of its entries are graph outputs. What is before the first entry is the
// last one; nothing is after that.
type useList struct {
	first   *Use
	count   int32
	outputs int32
}

func (l *useList) push(u *Use) {
	u.next = nil
	if l.first == nil {
		l.first, u.prev = u, u
	} else {
		u.prev = l.first.prev
		u.prev.next, l.first.prev = u, u
	}
	l.count++
	if u.Node == nil {
		l.outputs++
	}
}

func (l *useList) remove(u *Use) {
	if u.next != nil {
		u.next.prev = u.prev
	} else {
		l.first.prev = u.prev
	}
	if u == l.first {
		l.first = u.next
	} else {
		u.prev.next = u.next
	}
	u.prev, u.next = nil, nil
	l.count--
	if u.Node == nil {
		l.outputs--
	}
}

func (l *useList) join(other *useList) {
	if other.first == nil {
		return
	}
	if l.first == nil {
		l.first = other.first
	} else {
		last := other.first.prev
		l.first.prev.next, other.first.prev = other.first, l.first.prev
		l.first.prev = last
	}
	l.count += other.count
	l.outputs += other.outputs
	*other = useList{}
}

// Uses visits every use: of nodes, of nodes in sub-graphs, and as an output of a graph.
func (v *Value) Uses() iter.Seq[*Use] {
	return func(yield func(*Use) bool) {
		for u := v.uses.first; u != nil; {
			next := u.next
			if !yield(u) {
				return
			}
			u = next
		}
	}
}

// UseCount is the number of uses, outputs of graphs included.
func (v *Value) UseCount() int { return int(v.uses.count) }

// Used reports whether anything uses v.
func (v *Value) Used() bool { return v != nil && v.uses.count > 0 }

// IsOutput reports whether v is an output of a graph.
func (v *Value) IsOutput() bool { return v != nil && v.uses.outputs > 0 }

// OnlyUse returns the single use of v; nil when there are more, or none, or it is a graph's output,
// or v is absent.
func (v *Value) OnlyUse() *Use {
	if v == nil || v.uses.count != 1 || v.uses.outputs != 0 {
		return nil
	}
	return v.uses.first
}

// CanReplace reports whether [ReplaceAllUses] can keep the outputs' names: v is not an output of a
// graph, or the new value is a node's result in the same graph and no output itself.
func CanReplace(v, by *Value) bool {
	if v == by {
		return false
	}
	if !v.IsOutput() {
		return true
	}
	return v.producer != nil && by.producer != nil && by.graph == v.graph && !by.IsOutput()
}

// ReplaceAllUses points every use of v at another value, in constant time. When v is an output of
// its graph, the two exchange their names and declarations, so that the interface stays. A value without
// an origin takes that of v. It panics where [CanReplace] is false.
func ReplaceAllUses(v, by *Value) {
	if !CanReplace(v, by) {
		panic(fmt.Sprintf("graph: %q cannot replace the output %q", by.name, v.name))
	}
	if v.IsOutput() {
		swapNames(v, by)
	}
	if by.origin == nil {
		by.origin = v.origin
	}
	by.edited()
	// v's cell and uses go to by; v continues with an empty one.
	v.cell.root().parent = by.cell.root()
	by.uses.join(&v.uses)
	v.cell = &cell{value: v}
}

func swapNames(a, b *Value) {
	a.name, b.name = b.name, a.name
	a.declared, b.declared = b.declared, a.declared
	a.graph.values[a.name], b.graph.values[b.name] = a, b
}

// Rename gives v another name. It panics when its graph has a value of that name.
func (v *Value) Rename(name string) {
	if name == v.name {
		return
	}
	if v.graph.values[name] != nil {
		panic(fmt.Sprintf("graph: value %q exists", name))
	}
	v.edited()
	v.graph.unname(v)
	v.name = name
	v.graph.name(v)
}
