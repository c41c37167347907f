package graph

import (
	"fmt"
	"slices"
)

// Function is an operator that a model defines for itself, as a graph of others. A node calls it by
// domain, name and overload.
//
// The inputs and outputs of Body are those of the function, by position; it has no initializers.
// Attributes of its nodes may take their value from the call ([Attr.Ref]). Body belongs to a model of
// its own, which imports the operator sets of the function and knows the same functions. It does not
// change once the function is part of a model.
type Function struct {
	Domain   string   // as nodes name it that call the function
	Name     string   // the OpType of these nodes
	Overload string   // "" unless several functions have the name
	Doc      string   // what the file says about it
	Body     *Graph   // what a call stands for
	Attrs    []string // names of the attributes without a default
	Defaults []*Attr  // what an attribute is where a call does not give it
	Fault    string   // why calls cannot be understood; Body is nil then
	Extra    any      // the reader's own
}

// functions are the functions of a model, shared with the models of their bodies.
type functions struct {
	list []*Function
	byID map[functionID]*Function
}

// functionID is what a node calls a function by.
type functionID struct{ domain, name, overload string }

func (f *Function) id() functionID {
	return functionID{canonicalDomain(f.Domain), f.Name, f.Overload}
}

// Label is how messages call the function.
func (f *Function) Label() string {
	label := f.Name
	if f.Domain != "" {
		label = f.Domain + "." + label
	}
	if f.Overload != "" {
		label += ":" + f.Overload
	}
	return label
}

// Declares reports whether f has an attribute of that name.
func (f *Function) Declares(attr string) bool {
	return slices.Contains(f.Attrs, attr) || f.Default(attr) != nil
}

// Default is the default of an attribute, nil when there is none.
func (f *Function) Default(attr string) *Attr {
	for _, a := range f.Defaults {
		if a.Name == attr {
			return a
		}
	}
	return nil
}

// NewFunction returns a function with an empty body, not yet a part of m.
func (m *Model) NewFunction(domain, name string, opsets ...Opset) *Function {
	body := NewModel(m.IRVersion, opsets...)
	body.functions = m.functions
	return &Function{Domain: domain, Name: name, Body: body.Graph}
}

// AddFunction makes f a part of m. When m has a function of the same domain, name and overload,
// neither can be called: both stay, with a fault.
func (m *Model) AddFunction(f *Function) {
	t := m.functions
	t.list = append(t.list, f)
	if first := t.byID[f.id()]; first != nil {
		for _, g := range []*Function{first, f} {
			g.Fault, g.Body = fmt.Sprintf("function %s is defined twice", f.Label()), nil
		}
		return
	}
	t.byID[f.id()] = f
}

// RemoveFunctions takes functions, which nothing may call any more, out of m.
func (m *Model) RemoveFunctions(of ...*Function) {
	gone := make(map[*Function]bool, len(of))
	for _, f := range of {
		gone[f] = true
		delete(m.functions.byID, f.id())
	}
	m.functions.list = slices.DeleteFunc(m.functions.list, func(f *Function) bool { return gone[f] })
}

// Functions are the functions of m in file order.
func (m *Model) Functions() []*Function { return m.functions.list }

// Callee is the function that n calls, nil when n is an operator that its model does not define.
func (n *Node) Callee() *Function {
	if n.graph == nil || len(n.graph.model.functions.list) == 0 {
		return nil
	}
	return n.graph.model.functions.byID[functionID{canonicalDomain(n.Domain), n.OpType, n.Overload}]
}
