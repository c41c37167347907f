package onnx_test

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/acdeploy/acdeploy/onnx"
	"github.com/acdeploy/acdeploy/onnx/internal/onnxpb"
)

func TestExternalDataOfWhatIsKeptAsItIsComesInside(t *testing.T) {
	m := small()
	constant := func(name string) *onnxpb.NodeProto {
		w := withExternal("location", "d", "offset", "4").Graph.Initializer[0]
		return op("Constant", "", name, &onnxpb.AttributeProto{Name: proto.String("value"), T: w})
	}
	m.Functions = []*onnxpb.FunctionProto{{Name: proto.String("F"), Node: []*onnxpb.NodeProto{constant("f")}}}
	m.TrainingInfo = []*onnxpb.TrainingInfoProto{{Algorithm: &onnxpb.GraphProto{Node: []*onnxpb.NodeProto{constant("t")}}}}
	s := sparse("s")
	s.Values = withExternal("location", "d", "offset", "4").Graph.Initializer[0]
	s.Values.Name = proto.String("s")
	m.Graph.SparseInitializer = []*onnxpb.SparseTensorProto{s}
	file := []byte("0123abcdefgh")
	got, err := onnx.Decode(encoded(t, m), func(string) ([]byte, error) { return file, nil })
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range []*onnxpb.TensorProto{m.Functions[0].Node[0].Attribute[0].T, m.TrainingInfo[0].Algorithm.Node[0].Attribute[0].T, s.Values} {
		w.DataLocation, w.ExternalData, w.RawData = nil, nil, file[4:]
	}
	sameMessage(t, encoded(t, m), encoded(t, changed(t, got)))
	m.Functions[0].Node[0].Attribute[0].T = withExternal("location", "d", "offset", "5").Graph.Initializer[0]
	_, err = onnx.Decode(encoded(t, m), func(string) ([]byte, error) { return file, nil })
	if err == nil || !strings.HasPrefix(err.Error(), `function "F": tensor "w": external data "d": the file has 12 bytes`) {
		t.Errorf("got %v", err)
	}
}
