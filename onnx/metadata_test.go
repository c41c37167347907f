package onnx_test

import (
	"bytes"
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/onnx"
	"github.com/acdeploy/acdeploy/onnx/internal/onnxpb"
)

// Other metadata changes the metadata of a file and nothing else, and that of one clone alone.
func TestSetMetadata(t *testing.T) {
	plain := &onnxpb.ModelProto{
		IrVersion: proto.Int64(8), ModelVersion: proto.Int64(3), DocString: proto.String("doc"), Domain: proto.String("org.example"),
		ProducerName: proto.String("p"), OpsetImport: []*onnxpb.OperatorSetIdProto{{Version: proto.Int64(17)}},
		MetadataProps: []*onnxpb.StringStringEntryProto{{Key: proto.String("a"), Value: proto.String("1")}, {Key: proto.String("b"), Value: proto.String("2")}},
		Graph: &onnxpb.GraphProto{
			Name: proto.String("g"), Input: []*onnxpb.ValueInfoProto{{Name: proto.String("x")}}, Output: []*onnxpb.ValueInfoProto{{Name: proto.String("y")}},
			Node: []*onnxpb.NodeProto{{OpType: proto.String("Relu"), Input: []string{"x"}, Output: []string{"y"}}},
		},
	}
	plain.ProtoReflect().SetUnknown([]byte{0xf8, 0x07, 1}) // field 127
	file, err := proto.Marshal(plain)
	if err != nil {
		t.Fatal(err)
	}
	m, err := onnx.Decode(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := onnx.Metadata(m); !slices.Equal(got, []onnx.Property{{"a", "1"}, {"b", "2"}}) {
		t.Errorf("read %v", got)
	}
	clone := m.Clone()
	want := []onnx.Property{{"b", "2"}, {"c", "3"}}
	onnx.SetMetadata(clone, want)
	if got := onnx.Metadata(clone); !slices.Equal(got, want) {
		t.Errorf("set %v", got)
	}
	if got := messageOf(t, m); !proto.Equal(got, plain) {
		t.Errorf("the first model changed: %v", got)
	}
	plain.MetadataProps = []*onnxpb.StringStringEntryProto{{Key: proto.String("b"), Value: proto.String("2")}, {Key: proto.String("c"), Value: proto.String("3")}}
	if got := messageOf(t, clone); !proto.Equal(got, plain) {
		t.Errorf("more than the metadata changed: %v", got)
	}
}

// A model that no file was read for has none, and gets some.
func TestSetMetadataOfANewModel(t *testing.T) {
	m := graph.NewModel(8, graph.Opset{Version: 17})
	if got := onnx.Metadata(m); got != nil {
		t.Errorf("got %v", got)
	}
	onnx.SetMetadata(m, []onnx.Property{{"k", "v"}})
	if got := onnx.Metadata(m); !slices.Equal(got, []onnx.Property{{"k", "v"}}) {
		t.Errorf("got %v", got)
	}
}

func messageOf(t *testing.T, m *graph.Model) *onnxpb.ModelProto {
	t.Helper()
	var file bytes.Buffer
	if _, err := onnx.Encode(&file, m); err != nil {
		t.Fatal(err)
	}
	pb := &onnxpb.ModelProto{}
	if err := proto.Unmarshal(file.Bytes(), pb); err != nil {
		t.Fatal(err)
	}
	return pb
}
