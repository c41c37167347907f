package model

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// An input that has an initializer need not be given, and is no part of the signature.
func TestSignatureOf(t *testing.T) {
	m := graph.NewModel(3, graph.Opset{Version: 7})
	typ := graph.Type{Elem: tensor.Float32, Ranked: true, Shape: []tensor.Dim{{Size: -1, Param: "batch"}}}
	for _, name := range []string{"x", "w"} {
		if _, err := m.Graph.AddInput(name, typ); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := m.Graph.AddInitializer("w", tensor.Of([]int64{1}, float32(1))); err != nil {
		t.Fatal(err)
	}
	m.Graph.AddOutput(m.Graph.Lookup("x"))
	s := SignatureOf(m)
	if len(s.Inputs) != 1 || s.Inputs[0].String() != "float[batch] x" || len(s.Outputs) != 1 || s.Outputs[0].Name != "x" {
		t.Errorf("%v → %v", s.Inputs, s.Outputs)
	}
}
