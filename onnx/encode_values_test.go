package onnx_test

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/onnx/internal/onnxpb"
	"github.com/acdeploy/acdeploy/tensor"
)

func TestDeclarationsOfRemovedValuesGo(t *testing.T) {
	pb := small()
	pb.Graph.Node = append(pb.Graph.Node, op("Relu", "y", "unused"))
	pb.Graph.ValueInfo = []*onnxpb.ValueInfoProto{floats("unused"), floats("w"), floats("nothing")}
	pb.Graph.QuantizationAnnotation = []*onnxpb.TensorAnnotation{
		{TensorName: proto.String("unused")}, {TensorName: proto.String("w")}, {TensorName: proto.String("nothing")},
	}
	m := decode(t, pb)
	m.Graph.Remove(m.Graph.Lookup("unused").Producer())
	got := changed(t, m).Graph
	if names := infoNames(got.ValueInfo); names != "w nothing" {
		t.Errorf("value infos of %s", names)
	}
	if len(got.QuantizationAnnotation) != 2 {
		t.Errorf("annotations %v", got.QuantizationAnnotation)
	}
}

func infoNames(infos []*onnxpb.ValueInfoProto) string {
	var names []string
	for _, v := range infos {
		names = append(names, v.GetName())
	}
	return strings.Join(names, " ")
}

func TestOutputKeepsItsNameAndDeclaration(t *testing.T) {
	pb := small()
	pb.Graph.Node = []*onnxpb.NodeProto{op("Add", "x,w", "s"), op("Identity", "s", "y")}
	s := floats("s")
	s.Type.GetTensorType().Shape.Dim[0].Denotation = proto.String("of s")
	pb.Graph.ValueInfo = []*onnxpb.ValueInfoProto{s}
	m := decode(t, pb)
	identity := m.Graph.Lookup("y").Producer()
	graph.ReplaceAllUses(identity.Output(0), identity.Input(0))
	m.Graph.Remove(identity)
	sameMessage(t, encoded(t, small()), encoded(t, changed(t, m)))
}

func TestInitializersAreInputsUpToIRVersion3(t *testing.T) {
	pb := small()
	pb.IrVersion = proto.Int64(3)
	pb.Graph.Input = append(pb.Graph.Input, floats("w"))
	m := decode(t, pb)
	m.Graph.Lookup("w").SetData(tensor.Of[float32]([]int64{2}, 1, 2))
	fresh := m.Graph.NewInitializer("w", tensor.Of[float32]([]int64{2}, 3, 4))
	m.Graph.Lookup("y").Producer().SetInput(0, fresh)

	pb.Graph.Initializer[0].RawData = []byte{0, 0, 0x80, 0x3f, 0, 0, 0, 0x40}
	pb.Graph.Initializer = append(pb.Graph.Initializer, &onnxpb.TensorProto{
		Name: proto.String("w_1"), DataType: proto.Int32(1), Dims: []int64{2}, RawData: []byte{0, 0, 0x40, 0x40, 0, 0, 0x80, 0x40},
	})
	pb.Graph.Input = append(pb.Graph.Input, floats("w_1"))
	pb.Graph.Node[0].Input[0] = "w_1"
	sameMessage(t, encoded(t, pb), encoded(t, changed(t, m)))
}
