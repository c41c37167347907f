package main

import (
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/backends/reference"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/verify"
)

// TestDisguise changes every name but those of the interface, and no answer.
func TestDisguise(t *testing.T) {
	m := built(t, "lenet5")
	names := map[string]bool{}
	for v := range m.Graph.Initializers() {
		names[v.Name()] = true
	}
	for n := range m.Graph.Nodes() {
		names[n.Name], names[n.Output(0).Name()] = true, true
	}
	output := m.Graph.Outputs()[0].Name()
	other := m.Clone()
	disguise(other)
	if other.Graph.Inputs()[0].Name() != "input" || other.Graph.Outputs()[0].Name() != output {
		t.Errorf("the interface is %s, %s", other.Graph.Inputs()[0].Name(), other.Graph.Outputs()[0].Name())
	}
	for v := range other.Graph.Initializers() {
		if names[v.Name()] {
			t.Errorf("initializer %s kept its name", v.Name())
		}
	}
	for n := range other.Graph.Nodes() {
		if names[n.Name] || names[n.Output(0).Name()] && n.Output(0).Name() != output {
			t.Errorf("node %s or its result %s kept its name", n.Name, n.Output(0).Name())
		}
	}
	answer := func(m *graph.Model) []float64 {
		e, err := verify.ExactBy(reference.OpenPartly)(m)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = e.Close() }()
		out, err := e.RunFloat64(t.Context(), image())
		if err != nil {
			t.Fatal(err)
		}
		return out[output].Float64s()
	}
	if was, is := answer(m), answer(other); !slices.Equal(was, is) {
		t.Errorf("the answers were %v and are %v", was, is)
	}
}
