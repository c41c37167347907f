package verify

import (
	"context"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// Exact runs a graph in float64, initializers unrounded. A node that it cannot run is an error when it is reached.
type Exact interface {
	// RunFloat64 computes all outputs from all inputs, and rounds nothing.
	RunFloat64(ctx context.Context, in tensor.Map) (tensor.Map, error)
	// Evaluate starts to compute single nodes.
	Evaluate() Evaluation
	// Close frees what it holds.
	Close() error
}

// Evaluation computes the values of a graph one node at a time, so that a part of the graph can be run by itself.
type Evaluation interface {
	// Set gives a value, an initializer too, the numbers of a tensor; elem is the element type that the graph knows
	// the value by.
	Set(v *graph.Value, t *tensor.Tensor, elem tensor.Type) error
	// Compute runs one node over values that have been computed or set.
	Compute(ctx context.Context, n *graph.Node) error
	// Value is what a value holds, floating-point numbers in double, and the element type that the graph knows it by.
	Value(v *graph.Value) (t *tensor.Tensor, elem tensor.Type, err error)
	// Forget drops a value.
	Forget(v *graph.Value)
	// Watch calls a function with the shape and the element type of every value computed from now on, those in
	// sub-graphs and in the functions that nodes call included.
	Watch(watch func(v *graph.Value, shape []int, elem tensor.Type))
}

// Executor is an [Exact] whose evaluations are a type of their own.
type Executor[E Evaluation] interface {
	// RunFloat64 is that of [Exact].
	RunFloat64(ctx context.Context, in tensor.Map) (tensor.Map, error)
	// Evaluate starts to compute single nodes.
	Evaluate() E
	// Close frees what it holds.
	Close() error
}

// ExactBy opens graphs with a function that returns types of its own.
func ExactBy[S Executor[E], E Evaluation](open func(m *graph.Model) (S, error)) func(m *graph.Model) (Exact, error) {
	return func(m *graph.Model) (Exact, error) {
		s, err := open(m)
		if err != nil {
			return nil, err
		}
		return exact[E]{s}, nil
	}
}

// exact makes an executor an [Exact].
type exact[E Evaluation] struct{ Executor[E] }

// Evaluate implements [Exact].
func (e exact[E]) Evaluate() Evaluation { return e.Executor.Evaluate() }
