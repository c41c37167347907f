package onnxpb

import "testing"

func TestContents(t *testing.T) {
	elem := int32(7)
	dense := &TypeProto{Value: &TypeProto_TensorType{TensorType: &TypeProto_Tensor{ElemType: &elem}}}
	list := &TypeProto{Value: &TypeProto_SequenceType{SequenceType: &TypeProto_Sequence{ElemType: dense}}}
	maybe := &TypeProto{Value: &TypeProto_OptionalType{OptionalType: &TypeProto_Optional{ElemType: list}}}
	for want, typ := range map[string]*TypeProto{"": dense, "s": list, "os": maybe} {
		if got, in := typ.Contents(); got != elem || in != want {
			t.Errorf("%q holds %d as %q", want, got, in)
		}
	}
	for _, typ := range []*TypeProto{nil, {}, {Value: &TypeProto_SparseTensorType{}}} {
		if got, _ := typ.Contents(); got != 0 {
			t.Errorf("%v holds %d", typ, got)
		}
	}
}
