package onnx_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/onnx"
)

func TestSpecsAreWhatACallerSees(t *testing.T) {
	pb := small()
	pb.Graph.Input = append(pb.Graph.Input, floats("w"))
	m := decode(t, pb)
	in, out := onnx.Specs(m.Graph.Inputs()), onnx.Specs(m.Graph.Outputs())
	if len(in) != 1 || in[0].String() != "float[2] x" || len(out) != 1 || out[0].String() != "float[2] y" {
		t.Errorf("inputs %v, outputs %v", in, out)
	}
}
