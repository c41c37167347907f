package verify

import (
	"context"
	"fmt"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// line is the run of a whole graph in float64, one node after the other, so that two graphs can run in step. A value is
// kept until the last node that reads it has run and everybody who holds it has let go.
type line struct {
	run        Evaluation
	rest       []*graph.Node                                      // that are to be run
	readers    map[*graph.Value]int                               // nodes of the rest, and holders
	failed     map[*graph.Value]error                             // why a value is not known
	given      map[*graph.Value]bool                              // values that somebody else computed
	replaced   []error                                            // why values were substituted
	substitute func(v *graph.Value) (*tensor.Tensor, tensor.Type) // for the result of a node that cannot be run; nil for none
}

// newLine starts a run from the inputs of a model.
func newLine(run Evaluation, m *graph.Model, in tensor.Map) (*line, error) {
	l := &line{run: run, readers: map[*graph.Value]int{}, failed: map[*graph.Value]error{}, given: map[*graph.Value]bool{}}
	for _, v := range m.Graph.Inputs() {
		t := in[v.Name()]
		if t == nil && v.IsInitializer() {
			continue
		}
		if t == nil {
			return nil, fmt.Errorf("input %q is missing", v.Name())
		}
		elem := v.Type().Elem
		if elem == tensor.Undefined {
			elem = t.Type()
		}
		if err := run.Set(v, t, elem); err != nil {
			return nil, err
		}
	}
	for n := range m.Graph.Nodes() {
		l.rest = append(l.rest, n)
		for v := range operands(n) {
			l.readers[v]++
		}
	}
	for _, v := range m.Graph.Outputs() {
		l.hold(v)
	}
	return l, nil
}

// hold keeps a value until it is let go.
func (l *line) hold(v *graph.Value) { l.readers[v]++ }

// release lets a value go.
func (l *line) release(v *graph.Value) {
	if l.readers[v]--; l.readers[v] <= 0 {
		l.run.Forget(v)
	}
}

// step runs the next node and returns it; nil at the end. That a node cannot be run is kept with its results.
func (l *line) step(ctx context.Context) (*graph.Node, error) {
	if len(l.rest) == 0 {
		return nil, nil
	}
	n := l.rest[0]
	l.rest = l.rest[1:]
	if err := l.compute(ctx, n); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		for k := range n.NumOutputs() {
			if v := n.Output(k); v != nil {
				l.lose(v, err)
			}
		}
	}
	for v := range operands(n) {
		l.release(v)
	}
	for k := range n.NumOutputs() {
		if v := n.Output(k); v != nil && l.readers[v] == 0 {
			l.run.Forget(v)
		}
	}
	return n, nil
}

func (l *line) compute(ctx context.Context, n *graph.Node) error {
	for v := range operands(n) {
		if err := l.failed[v]; err != nil {
			return err
		}
	}
	return l.run.Compute(ctx, n)
}

// lose notes that a value cannot be computed. With a substitute the run goes on all the same.
func (l *line) lose(v *graph.Value, err error) {
	l.failed[v] = err
	if l.substitute == nil {
		return
	}
	if t, elem := l.substitute(v); t != nil && l.run.Set(v, t, elem) == nil {
		delete(l.failed, v)
		l.replaced = append(l.replaced, err)
	}
}

// until runs nodes until a value is known or known to be lost.
func (l *line) until(ctx context.Context, v *graph.Value) error {
	for {
		if l.failed[v] != nil {
			return nil
		}
		if _, _, err := l.run.Value(v); err == nil {
			return nil
		}
		n, err := l.step(ctx)
		if err != nil {
			return err
		}
		if n == nil {
			return fmt.Errorf("no node computes value %q", v.Name())
		}
	}
}

// value is a value that was held.
func (l *line) value(v *graph.Value) (*tensor.Tensor, tensor.Type, error) {
	if err := l.failed[v]; err != nil {
		return nil, tensor.Undefined, err
	}
	return l.run.Value(v)
}
