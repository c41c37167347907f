package model

import (
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/onnx"
	"github.com/acdeploy/acdeploy/tensor"
)

// Signature is what a caller of a model sees: the inputs that have to be given, and the outputs.
type Signature struct {
	Inputs, Outputs []tensor.Spec // in the order in which the file declares them
}

// SignatureOf reads the signature of a model in memory.
func SignatureOf(m *graph.Model) Signature {
	return Signature{Inputs: onnx.Specs(m.Graph.Inputs()), Outputs: onnx.Specs(m.Graph.Outputs())}
}
