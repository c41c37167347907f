package reference

import (
	"fmt"

	"github.com/acdeploy/acdeploy/graph"
)

// maxCalls bounds how many nodes one function may come to with the functions that it calls: a few
// lines of functions that each call the next one twice would never end.
const maxCalls = 1 << 20

// planFunction makes a function ready to be called and returns the number of nodes it comes to.
func (s *Session) planFunction(f *graph.Function) (int, error) {
	if f.Fault != "" {
		return 0, fmt.Errorf("%s", f.Fault)
	}
	size, known := s.sizes[f]
	if known && size == 0 {
		return 0, fmt.Errorf("function %s calls itself", f.Label())
	}
	if known {
		return size, nil
	}
	s.sizes[f] = 0 // until it is known
	for g := range f.Body.All() {
		if err := s.addPlan(g); err != nil {
			return 0, fmt.Errorf("function %s: %w", f.Label(), err)
		}
		for n := range g.Nodes() {
			size++
			if inner := n.Callee(); inner != nil {
				size += s.sizes[inner]
			}
		}
	}
	if size > maxCalls {
		return 0, fmt.Errorf("function %s has more than %d nodes, with those of the functions it calls", f.Label(), maxCalls)
	}
	s.sizes[f] = max(size, 1)
	return size, nil
}

// defineCall checks the call of a function.
func (s *Session) defineCall(n *graph.Node, f *graph.Function) (definition, error) {
	if _, err := s.planFunction(f); err != nil {
		return definition{}, err
	}
	if n.NumInputs() > len(f.Body.Inputs()) || n.NumOutputs() > len(f.Body.Outputs()) {
		return definition{}, fmt.Errorf("the call has %d inputs and %d outputs, and the function has %d and %d",
			n.NumInputs(), n.NumOutputs(), len(f.Body.Inputs()), len(f.Body.Outputs()))
	}
	for _, a := range n.Attrs() {
		if !f.Declares(a.Name) {
			return definition{}, fmt.Errorf("the function has no attribute %s", a.Name)
		}
	}
	return definition{run: func(c *call) ([]*array, error) { return c.function(f) }}, nil
}

// function runs the body of f with the inputs and attributes of the call.
func (c *call) function(f *graph.Function) ([]*array, error) {
	inner := &frame{session: c.frame.session, values: map[*graph.Value]*array{}, attrs: map[string]*graph.Attr{}, watch: c.frame.watch}
	for i, v := range f.Body.Inputs() {
		inner.values[v] = c.input(i)
	}
	for _, a := range f.Defaults {
		inner.attrs[a.Name] = a
	}
	for _, a := range c.attrs {
		inner.attrs[a.Name] = a
	}
	return inner.execute(c.ctx, f.Body)
}

// resolve gives the attributes of a node of a function the values that they take from the call. One
// that the call leaves out is absent.
func (f *frame) resolve(attrs []*graph.Attr) []*graph.Attr {
	if f.attrs == nil {
		return attrs // of the model itself
	}
	var list []*graph.Attr
	for _, a := range attrs {
		if a.Ref == "" {
			list = append(list, a)
			continue
		}
		if value := f.attrs[a.Ref]; value != nil {
			now := *value
			now.Name = a.Name
			list = append(list, &now)
		}
	}
	return list
}
