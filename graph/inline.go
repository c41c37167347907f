package graph

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Inline puts the body of the function that call calls in the place of call, and returns the nodes
// that it put there. Results keep the names that they have around the call; every other value gets a
// free name that begins like the call's. It fails, and changes nothing, when the call does not fit the
// function or the two are written for different operator sets.
func (g *Graph) Inline(call *Node) ([]*Node, error) {
	f := call.Callee()
	in := inliner{call: call, model: g.model, copier: copier{values: map[*Value]*Value{}, results: map[*Value]*Value{}}}
	in.name = in.join
	if err := in.prepare(f); err != nil {
		return nil, err
	}
	g.model.Opsets = append(g.model.Opsets, in.imports...)
	var nodes []*Node
	for n := range f.Body.Nodes() {
		n := in.node(n, g)
		g.InsertBefore(n, call)
		nodes = append(nodes, n)
	}
	for i, v := range f.Body.Outputs() {
		if out := call.Output(i); out != nil {
			n := NewNode("Identity", in.values[v])
			n.TakeOutput(out)
			g.InsertBefore(n, call)
			nodes = append(nodes, n)
		}
	}
	g.Remove(call)
	return nodes, nil
}

// inliner copies the body of a function to the place of one call.
type inliner struct {
	copier
	call    *Node
	model   *Model
	prefix  string
	imports []Opset // that the model lacks
}

// prepare checks everything that can go wrong, and binds the inputs and attributes.
func (in *inliner) prepare(f *Function) error {
	switch {
	case f == nil:
		return errors.New("the node does not call a function of the model")
	case f.Fault != "":
		return errors.New(f.Fault)
	case in.call.NumInputs() > len(f.Body.Inputs()):
		return fmt.Errorf("the call has %d inputs, function %s has %d", in.call.NumInputs(), f.Label(), len(f.Body.Inputs()))
	case in.call.NumOutputs() > len(f.Body.Outputs()):
		return fmt.Errorf("the call has %d outputs, function %s has %d", in.call.NumOutputs(), f.Label(), len(f.Body.Outputs()))
	}
	for i, v := range f.Body.Inputs() {
		in.values[v] = in.call.Input(i)
	}
	if err := in.bindAttrs(f); err != nil {
		return err
	}
	if err := in.checkBody(f); err != nil {
		return err
	}
	in.prefix = in.call.Name
	for i, v := range f.Body.Outputs() {
		out := in.call.Output(i)
		if out == nil {
			continue
		}
		if in.prefix == "" {
			in.prefix = out.Name()
		}
		if _, twice := in.results[v]; v.Producer() != nil && !twice {
			in.results[v] = out
		}
	}
	return nil
}

func (in *inliner) bindAttrs(f *Function) error {
	in.attrs = map[string]*Attr{}
	for _, a := range f.Defaults {
		in.attrs[a.Name] = a
	}
	for _, name := range f.Attrs {
		in.attrs[name] = nil
	}
	for _, a := range in.call.Attrs() {
		if _, ok := in.attrs[a.Name]; !ok {
			return fmt.Errorf("function %s has no attribute %q", f.Label(), a.Name)
		}
		if a.Ref != "" {
			return fmt.Errorf("attribute %q takes its value from a function around it", a.Name)
		}
		in.attrs[a.Name] = a
	}
	return nil
}

// checkBody looks for what cannot be copied. Every graph and node of the body is visited.
func (in *inliner) checkBody(f *Function) error {
	for g := range f.Body.All() {
		for _, v := range g.Outputs() {
			if here, bound := in.values[v]; bound && here == nil {
				return fmt.Errorf("input %q is absent, and function %s returns it as an output", v.Name(), f.Label())
			}
		}
		for v := range g.Initializers() {
			if v.data == nil {
				return fmt.Errorf("initializer %q of function %s has no data here, such as a sparse one, and cannot be copied", v.Name(), f.Label())
			}
		}
		for n := range g.Nodes() {
			if err := in.checkDomain(f, n); err != nil {
				return err
			}
			for _, a := range n.Attrs() {
				if err := in.checkAttr(f, n, a); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// checkDomain compares the operator sets that the function and the model import for n.
func (in *inliner) checkDomain(f *Function, n *Node) error {
	domain := canonicalDomain(n.Domain)
	theirs, ours := f.Body.model.Opset(domain), in.model.Opset(domain)
	for _, o := range in.imports {
		if o.Domain == domain {
			ours = o.Version
		}
	}
	switch {
	case n.Callee() != nil && (ours != 0 || theirs == 0):
		return nil // a function has no versions
	case theirs == 0:
		return fmt.Errorf("function %s does not import the operators of domain %q", f.Label(), domain)
	case ours == 0:
		in.imports = append(in.imports, Opset{domain, theirs})
	case ours != theirs:
		return fmt.Errorf("function %s is written for version %d of the operators of domain %q, and the model imports version %d", f.Label(), theirs, domain, ours)
	}
	return nil
}

func (in *inliner) checkAttr(f *Function, n *Node, a *Attr) error {
	if a.Ref == "" {
		return nil
	}
	value, declared := in.attrs[a.Ref]
	switch {
	case !declared:
		return fmt.Errorf("node %s of function %s takes attribute %q from %q, which the function does not have", n.Label(), f.Label(), a.Name, a.Ref)
	case value == nil:
		return nil
	case a.Kind != AttrUndefined && a.Kind != value.Kind:
		return fmt.Errorf("attribute %q is not of the kind that node %s of function %s needs", a.Ref, n.Label(), f.Label())
	}
	switch value.Kind {
	case AttrFloat, AttrInt, AttrString, AttrFloats, AttrInts, AttrStrings:
		return nil
	case AttrTensor:
		if value.Tensor != nil {
			return nil
		}
	}
	return fmt.Errorf("attribute %q holds a value that cannot be passed to a function", a.Ref)
}

// maxName is the length up to which names are joined: those of calls in calls would grow without end.
const maxName = 160

// join joins the name of the call and one of the body.
func (in *inliner) join(name string) string {
	return cut(in.prefix) + "/" + cut(name)
}

// cut returns the end of a long name.
func cut(name string) string {
	if len(name) <= maxName/2 {
		return name
	}
	name = name[len(name)-maxName/2:]
	for len(name) > 0 && !utf8.RuneStart(name[0]) {
		name = name[1:]
	}
	return strings.Clone(name)
}
