package reference

import (
	"context"
	"fmt"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// Evaluation computes the values of a graph one node at a time, in whatever order its caller chooses. So a part of
// a graph can be run by itself, from values that the caller gives. Nothing is rounded.
type Evaluation struct {
	frame *frame
	steps map[*graph.Node]location
}

// location is the step of a node and the graph that it is in.
type location struct {
	graph *graph.Graph
	step  *step
}

// Evaluate starts an evaluation without any values but the constants of the graph. Evaluations of one session share its
// decoded constants.
func (s *Session) Evaluate() *Evaluation {
	if s.steps == nil {
		s.steps = map[*graph.Node]location{}
		for g, p := range s.plans {
			for i := range p.steps {
				s.steps[p.steps[i].node] = location{g, &p.steps[i]}
			}
		}
	}
	return &Evaluation{frame: &frame{session: s, values: map[*graph.Value]*array{}}, steps: s.steps}
}

// Set gives a value, an initializer too, the numbers of a tensor. Floating-point numbers are those of a tensor of type
// double; elem is the element type that the graph knows the value by.
func (e *Evaluation) Set(v *graph.Value, t *tensor.Tensor, elem tensor.Type) error {
	a, err := fromTensor(t)
	if err != nil {
		return fmt.Errorf("value %q: %w", v.Name(), err)
	}
	if elem.IsFloat() && t.Type().IsFloat() {
		a.typ = elem
	}
	e.frame.values[v] = a
	return nil
}

// Compute runs one node. It fails when a value that the node reads has not been computed or set.
func (e *Evaluation) Compute(ctx context.Context, n *graph.Node) error {
	at, ok := e.steps[n]
	if !ok {
		return nodeError(n, fmt.Errorf("it is not part of the graph"))
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return e.frame.compute(ctx, at.graph, at.step)
}

// Value is what a value holds, floating-point numbers in double, and the element type that the graph knows it by.
func (e *Evaluation) Value(v *graph.Value) (*tensor.Tensor, tensor.Type, error) {
	a, err := e.frame.value(v)
	if err != nil {
		return nil, tensor.Undefined, fmt.Errorf("value %q: %w", v.Name(), err)
	}
	if a.kind() != floats {
		t, err := a.toTensor(a.typ)
		return t, a.typ, err
	}
	shape := make([]int64, a.rank())
	for k, d := range a.shape {
		shape[k] = int64(d)
	}
	return tensor.Compute(tensor.Float64, shape, tensor.Vector(a.f)), a.typ, nil
}

// Forget drops a value, so that its memory can be used again.
func (e *Evaluation) Forget(v *graph.Value) { delete(e.frame.values, v) }

// Watch calls a function with the shape and the element type of every value that is computed from now on, those in
// the sub-graphs of a node and in the function that it calls included.
func (e *Evaluation) Watch(watch func(v *graph.Value, shape []int, elem tensor.Type)) {
	e.frame.watch = watch
}
