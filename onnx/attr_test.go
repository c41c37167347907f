package onnx_test

import (
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/acdeploy/acdeploy/onnx/internal/onnxpb"
)

func TestAttributesThatContradictThemselvesAreRefused(t *testing.T) {
	refusedWith(t, map[string]contradiction{
		"attribute of two kinds": {func(_ *onnxpb.ModelProto, _ *onnxpb.TensorProto, n *onnxpb.NodeProto) {
			n.Attribute = []*onnxpb.AttributeProto{{Name: proto.String("axis"), I: proto.Int64(1), F: proto.Float32(1)}}
		}, `node the Add: attribute "axis": the attribute holds both a FLOAT and a INT`},
		"attribute of another kind": {func(_ *onnxpb.ModelProto, _ *onnxpb.TensorProto, n *onnxpb.NodeProto) {
			n.Attribute = []*onnxpb.AttributeProto{{Name: proto.String("axis"), I: proto.Int64(1), Type: onnxpb.AttributeProto_INTS.Enum()}}
		}, `node the Add: attribute "axis": the attribute is declared as INTS and holds a INT`},
		"attribute without its tensor": {func(_ *onnxpb.ModelProto, _ *onnxpb.TensorProto, n *onnxpb.NodeProto) {
			n.Attribute = []*onnxpb.AttributeProto{{Name: proto.String("value"), Type: onnxpb.AttributeProto_TENSOR.Enum()}}
		}, `attribute "value": the attribute is declared as TENSOR and holds none`},
		"attribute twice": {func(_ *onnxpb.ModelProto, _ *onnxpb.TensorProto, n *onnxpb.NodeProto) {
			a := &onnxpb.AttributeProto{Name: proto.String("axis"), I: proto.Int64(1)}
			n.Attribute = []*onnxpb.AttributeProto{a, a}
		}, `node the Add: attribute "axis" is given twice`},
	})
}
