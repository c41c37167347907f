package main

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/mutant"
	"github.com/acdeploy/acdeploy/tensor"
)

// twoRelus is a convolution with a batch norm, then a Relu twice: the first of them can go.
func twoRelus() subject {
	return subject{group: groupZoo, name: "relus", build: func() (*graph.Model, func() error, error) {
		m := graph.NewModel(8, graph.Opset{Version: 17})
		g := m.Graph
		x, err := g.AddInput("input", graph.Type{Elem: tensor.Float32, Ranked: true, Shape: []tensor.Dim{tensor.Fixed(1), tensor.Fixed(2), tensor.Fixed(4)}})
		add := func(op string, in ...*graph.Value) *graph.Value {
			n := graph.NewNode(op, in...)
			n.Name = g.FreshNodeName(op)
			n.TakeOutput(g.NewValue(n.Name))
			g.Append(n)
			return n.Output(0)
		}
		number := func(v ...float32) *graph.Value { return g.NewInitializer("c", tensor.Of([]int64{2}, v...)) }
		y := add("Conv", x, g.NewInitializer("w", tensor.Of([]int64{2, 2, 1}, float32(1), 2, 3, -4)))
		y = add("BatchNormalization", y, number(1, 2), number(3, 4), number(5, 6), number(7, 8))
		y = add("Relu", y)
		y = add("Relu", y)
		g.AddOutput(y)
		y.Type = graph.Type{Elem: tensor.Float32}
		return m, func() error { return nil }, err
	}}
}

// TestEquivalentMutant leaves out a Relu that changes nothing, and counts it as equivalent.
func TestEquivalentMutant(t *testing.T) {
	c := openedCell(t, twoRelus(), mutant.NoHead)
	o, ok, err := c.try(t.Context(), mutantOf{mutant.Relu, 1e-3, 1})
	if err != nil || !ok || o.fault.Kind != mutant.Relu {
		t.Fatalf("%+v, %t, %v", o, ok, err)
	}
	if !o.sameValue || o.sameBytes {
		t.Errorf("%+v", o)
	}
	o, _, err = c.try(t.Context(), mutantOf{mutant.Layer, 1e-3, 1})
	if err != nil || o.sameValue || o.sameBytes {
		t.Errorf("a layer that is off: %+v, %v", o, err)
	}
}
