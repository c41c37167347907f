package onnx

import (
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/acdeploy/acdeploy/onnx/internal/onnxpb"
)

// filled puts a word into every text field of a message, and one message into each field that holds some.
func filled(m protoreflect.Message, depth int) protoreflect.Message {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		field := fields.Get(i)
		word := protoreflect.ValueOfString(string(field.FullName()))
		switch kind := field.Kind(); {
		case kind == protoreflect.StringKind && field.IsList():
			m.Mutable(field).List().Append(word)
			m.Mutable(field).List().Append(protoreflect.ValueOfString("last"))
		case kind == protoreflect.StringKind:
			m.Set(field, word)
		case kind != protoreflect.MessageKind || depth == 0:
		case field.IsList():
			m.Mutable(field).List().Append(protoreflect.ValueOfMessage(filled(m.NewField(field).List().NewElement().Message(), depth-1)))
		default:
			m.Set(field, protoreflect.ValueOfMessage(filled(m.NewField(field).Message(), depth-1)))
		}
	}
	return m
}

// TestNamesHaveMemoryOfTheirOwn overwrites the bytes that a message with every text field was decoded from.
func TestNamesHaveMemoryOfTheirOwn(t *testing.T) {
	want := filled((&onnxpb.ModelProto{}).ProtoReflect(), 6).Interface()
	data, err := proto.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	got := &onnxpb.ModelProto{}
	if err := got.UnmarshalVTUnsafe(data); err != nil {
		t.Fatal(err)
	}
	(&names{}).message(got.ProtoReflect())
	clear(data)
	if !proto.Equal(want, got) {
		t.Error("a text went with the bytes of the file")
	}
}

// Words of every length stay what they are when others follow.
func TestNamesShareChunks(t *testing.T) {
	var k names
	var want, got []string
	for n := range 3 * chunkSize / 16 {
		word := strings.Repeat(string(rune('a'+n%26)), n)
		want, got = append(want, word), append(got, k.own(word))
	}
	if !slices.Equal(want, got) {
		t.Error("a word changed")
	}
}
