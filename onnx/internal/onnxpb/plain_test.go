package onnxpb

import (
	"slices"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

type plain interface {
	proto.Message
	IsPlain() bool
}

// TestPlain gives messages one more field each: they are plain with those that are listed, and with no other.
func TestPlain(t *testing.T) {
	for _, c := range []struct {
		of     plain
		fields []protoreflect.Name // with which it is as plain; an attribute with two values is none
	}{
		{&TensorProto{DataType: proto.Int32(1)}, []protoreflect.Name{"dims", "data_type", "name", "raw_data"}},
		{&NodeProto{}, []protoreflect.Name{"input", "output", "name", "op_type", "attribute", "doc_string", "domain", "overload"}},
		{&AttributeProto{Name: proto.String("a"), Type: AttributeProto_INTS.Enum(), Ints: []int64{1}}, []protoreflect.Name{
			"name", "f", "i", "s", "t", "g", "floats", "ints", "strings", "tensors", "graphs", "tp", "type_protos", "sparse_tensor", "sparse_tensors",
		}},
	} {
		if !c.of.IsPlain() {
			t.Errorf("%v is not plain", c.of)
		}
		fields := c.of.ProtoReflect().Descriptor().Fields()
		for i := range fields.Len() {
			more := proto.Clone(c.of).(plain)
			give(more.ProtoReflect(), fields.Get(i))
			if want := slices.Contains(c.fields, fields.Get(i).Name()); more.IsPlain() != want {
				t.Errorf("plain is %v of %v", !want, more)
			}
		}
		more := proto.Clone(c.of).(plain)
		more.ProtoReflect().SetUnknown(protowire.AppendVarint(protowire.AppendTag(nil, 99, protowire.VarintType), 1))
		if more.IsPlain() {
			t.Errorf("%v is plain with a field that nobody knows", c.of)
		}
		if n, ok := more.(*NodeProto); ok && len(n.Rest().unknownFields) == 0 {
			t.Error("the rest of a node lacks what nobody knows")
		}
	}
}

// give sets a field to something that it is not without.
func give(m protoreflect.Message, field protoreflect.FieldDescriptor) {
	value := m.NewField(field)
	switch kind := field.Kind(); {
	case field.IsList() && kind == protoreflect.MessageKind:
		value.List().Append(value.List().NewElement())
	case field.IsList() && kind == protoreflect.BytesKind:
		value.List().Append(protoreflect.ValueOfBytes([]byte("x")))
	case field.IsList() && kind == protoreflect.StringKind, kind == protoreflect.StringKind:
		if !field.IsList() {
			value = protoreflect.ValueOfString("x")
			break
		}
		value.List().Append(protoreflect.ValueOfString("x"))
	case field.IsList():
		value.List().Append(value.List().NewElement())
	case kind == protoreflect.BytesKind:
		value = protoreflect.ValueOfBytes([]byte("x"))
	case kind == protoreflect.EnumKind:
		value = protoreflect.ValueOfEnum(1)
	}
	m.Set(field, value)
}

// A message of the fields below is not plain without them, and an empty text is kept.
func TestNotPlain(t *testing.T) {
	for _, m := range []plain{
		&TensorProto{}, &TensorProto{DataType: proto.Int32(1), Name: new(string)},
		&NodeProto{Domain: new(string)},
		&AttributeProto{}, &AttributeProto{Type: AttributeProto_INT.Enum(), I: new(int64)},
		&AttributeProto{Name: proto.String("a"), I: new(int64)},
		&AttributeProto{Name: proto.String("a"), Type: AttributeProto_FLOAT.Enum()},
		&AttributeProto{Name: proto.String("a"), Type: AttributeProto_INT.Enum()},
		&AttributeProto{Name: proto.String("a"), Type: AttributeProto_STRING.Enum()},
		&AttributeProto{Name: proto.String("a"), Type: AttributeProto_INTS.Enum()},
		&AttributeProto{Name: proto.String("a"), Type: AttributeProto_FLOATS.Enum()},
		&AttributeProto{Name: proto.String("a"), Type: AttributeProto_GRAPH.Enum()},
	} {
		if m.IsPlain() {
			t.Errorf("%v is plain", m)
		}
	}
}
