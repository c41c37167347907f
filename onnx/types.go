package onnx

import (
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/onnx/internal/onnxpb"
	"github.com/acdeploy/acdeploy/tensor"
)

// decodeType reads a declared type. What is not a dense tensor stays the message it is.
func decodeType(pb *onnxpb.TypeProto) graph.Type {
	if pb == nil {
		return graph.Type{}
	}
	t := pb.GetTensorType()
	if t == nil {
		return graph.Type{Other: pb}
	}
	typ := graph.Type{Elem: tensor.Type(t.GetElemType()), Ranked: t.Shape != nil}
	if typ.Elem != tensor.Undefined && !typ.Elem.Known() {
		return graph.Type{Other: pb}
	}
	for _, d := range t.GetShape().GetDim() {
		typ.Shape = append(typ.Shape, decodeDim(d))
	}
	return typ
}

func decodeDim(pb *onnxpb.TensorShapeProto_Dimension) tensor.Dim {
	switch v := pb.Value.(type) {
	case *onnxpb.TensorShapeProto_Dimension_DimValue:
		return tensor.Fixed(max(v.DimValue, -1))
	case *onnxpb.TensorShapeProto_Dimension_DimParam:
		return tensor.Dim{Size: -1, Param: v.DimParam}
	}
	return tensor.Dim{Size: -1}
}

// encodeType is the reverse of [decodeType], nil for a type that declares nothing.
func encodeType(t graph.Type) *onnxpb.TypeProto {
	if pb, ok := t.Other.(*onnxpb.TypeProto); ok {
		return pb
	}
	if t.Elem == tensor.Undefined {
		return nil
	}
	elem := int32(t.Elem)
	pb := &onnxpb.TypeProto_Tensor{ElemType: &elem}
	if t.Ranked {
		pb.Shape = &onnxpb.TensorShapeProto{}
		for _, d := range t.Shape {
			pb.Shape.Dim = append(pb.Shape.Dim, encodeDim(d))
		}
	}
	return &onnxpb.TypeProto{Value: &onnxpb.TypeProto_TensorType{TensorType: pb}}
}

func encodeDim(d tensor.Dim) *onnxpb.TensorShapeProto_Dimension {
	switch {
	case d.Size >= 0:
		return &onnxpb.TensorShapeProto_Dimension{Value: &onnxpb.TensorShapeProto_Dimension_DimValue{DimValue: d.Size}}
	case d.Param != "":
		return &onnxpb.TensorShapeProto_Dimension{Value: &onnxpb.TensorShapeProto_Dimension_DimParam{DimParam: d.Param}}
	}
	return &onnxpb.TensorShapeProto_Dimension{}
}

// sameType reports whether two types declare the same.
func sameType(a, b graph.Type) bool {
	return a.Elem == b.Elem && a.Ranked == b.Ranked && a.Other == b.Other && slices.Equal(a.Shape, b.Shape)
}

// typeOf is the declared type of v, or for an initializer without one, that of its tensor.
func typeOf(v *graph.Value) graph.Type {
	t := v.Data()
	if t == nil || !sameType(v.Type(), graph.Type{}) {
		return v.Type()
	}
	typ := graph.Type{Elem: t.Type(), Ranked: true}
	for _, d := range t.Shape() {
		typ.Shape = append(typ.Shape, tensor.Fixed(d))
	}
	return typ
}
