package onnx

import (
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/onnx/internal/onnxpb"
	"github.com/acdeploy/acdeploy/tensor"
)

func TestTypesComeOutAsTheyWentIn(t *testing.T) {
	for name, typ := range map[string]graph.Type{
		"no rank":     {Elem: tensor.Float16},
		"scalar":      {Elem: tensor.Int64, Ranked: true},
		"open sizes":  {Elem: tensor.Float32, Ranked: true, Shape: []tensor.Dim{{Size: -1, Param: "batch"}, tensor.Fixed(3), {Size: -1}}},
		"no elements": {Elem: tensor.Bool, Ranked: true, Shape: []tensor.Dim{tensor.Fixed(0)}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := decodeType(encodeType(typ)); !sameType(got, typ) {
				t.Errorf("got %+v, want %+v", got, typ)
			}
		})
	}
	unranked := graph.Type{Elem: tensor.Float32, Shape: []tensor.Dim{tensor.Fixed(3)}}
	if pb := encodeType(unranked); pb.GetTensorType().Shape != nil {
		t.Errorf("sizes without a rank are written as %v", pb)
	}
	if pb := encodeType(graph.Type{}); pb != nil {
		t.Errorf("a type that declares nothing is written as %v", pb)
	}
}

func TestTypesThatAreNoTensorStayMessages(t *testing.T) {
	pb := encodeType(graph.Type{Elem: tensor.Float32})
	pb.GetTensorType().ElemType = proto.Int32(99)
	typ := decodeType(pb)
	if typ.Other != pb || encodeType(typ) != pb {
		t.Errorf("an element type that nobody knows became %+v", typ)
	}
	if sameType(typ, graph.Type{}) {
		t.Error("it counts as no type")
	}
}

func TestTypeOfAnInitializerIsThatOfItsTensor(t *testing.T) {
	m := graph.NewModel(8, graph.Opset{Version: 17})
	v := m.Graph.NewInitializer("w", tensor.Of[float32]([]int64{2, 3}, make([]float32, 6)...))
	if got := typeOf(v); got.Elem != tensor.Float32 || !got.Ranked || len(got.Shape) != 2 || got.Shape[1] != tensor.Fixed(3) {
		t.Errorf("got %+v", got)
	}
	v.SetType(graph.Type{Elem: tensor.Float32})
	if got := typeOf(v); got.Ranked {
		t.Errorf("a declared type gave way to %+v", got)
	}
}

// TestContentsOfAttributes: the types that attributes hold or that their sparse tensors have.
func TestContentsOfAttributes(t *testing.T) {
	elem := int32(10)
	dense := &onnxpb.TypeProto{Value: &onnxpb.TypeProto_TensorType{TensorType: &onnxpb.TypeProto_Tensor{ElemType: &elem}}}
	list := &onnxpb.TypeProto{Value: &onnxpb.TypeProto_SequenceType{SequenceType: &onnxpb.TypeProto_Sequence{ElemType: dense}}}
	for want, a := range map[string]*onnxpb.AttributeProto{
		"s": {Tp: list}, "": {SparseTensor: &onnxpb.SparseTensorProto{Values: &onnxpb.TensorProto{DataType: &elem}}},
	} {
		if got, in := (&attrExtra{pb: a}).Contents(); got != elem || in != want {
			t.Errorf("%d in %q, want %d in %q", got, in, elem, want)
		}
	}
	if got, _ := (&attrExtra{pb: &onnxpb.AttributeProto{}}).Contents(); got != 0 {
		t.Errorf("an integer is of type %d", got)
	}
}
