package onnx_test

import (
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/acdeploy/acdeploy/onnx"
	"github.com/acdeploy/acdeploy/onnx/internal/onnxpb"
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

// TestDecodeWatched tells of what is read of a tensor, if that is a page or more, and each time that decoding passes over it.
func TestDecodeWatched(t *testing.T) {
	pb := small()
	pb.Graph.Initializer = append(pb.Graph.Initializer,
		&onnxpb.TensorProto{Name: proto.String("large"), DataType: proto.Int32(1), Dims: []int64{1024}, RawData: make([]byte, 4096)})
	told := 0
	m, err := onnx.DecodeWatched(encoded(t, pb), nil, func(bytes int) { told += bytes })
	if err != nil || told < 4096 {
		t.Fatalf("decoding passed over %d bytes: %v", told, err)
	}
	told = 0
	for v := range m.Graph.Initializers() {
		v.Data().Float64s()
	}
	if told != 4096 {
		t.Errorf("told of %d bytes", told)
	}
}
