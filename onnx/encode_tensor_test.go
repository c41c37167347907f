package onnx_test

import (
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/acdeploy/acdeploy/onnx/internal/onnxpb"
	"github.com/acdeploy/acdeploy/tensor"
)

func TestReplacedInitializerKeepsItsDocumentation(t *testing.T) {
	pb := small()
	w := pb.Graph.Initializer[0]
	w.RawData, w.FloatData = nil, []float32{1, 2}
	w.DocString = proto.String("doc")
	w.MetadataProps = externalEntries("k", "v")
	declared := floats("w")
	declared.DocString = proto.String("of the value")
	pb.Graph.ValueInfo = append(pb.Graph.ValueInfo, declared)
	m := decode(t, pb)
	m.Graph.Lookup("w").SetData(tensor.Of[float64]([]int64{1, 1}, 3))

	w.FloatData, w.RawData = nil, []byte{0, 0, 0, 0, 0, 0, 8, 0x40}
	w.Dims, w.DataType = []int64{1, 1}, proto.Int32(11)
	typ := declared.Type.GetTensorType()
	typ.ElemType = proto.Int32(11)
	one := &onnxpb.TensorShapeProto_Dimension{Value: &onnxpb.TensorShapeProto_Dimension_DimValue{DimValue: 1}}
	typ.Shape.Dim = []*onnxpb.TensorShapeProto_Dimension{one, one}
	sameMessage(t, encoded(t, pb), encoded(t, changed(t, m)))
}
