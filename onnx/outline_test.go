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

// A message may come in parts, which are one: the main graph of this file does.
func TestGraphInParts(t *testing.T) {
	whole := small()
	first, second := proto.Clone(whole).(*onnxpb.ModelProto), &onnxpb.ModelProto{Graph: &onnxpb.GraphProto{}}
	first.Graph.Initializer = nil
	second.Graph.Node, second.Graph.Initializer = []*onnxpb.NodeProto{op("Relu", "y", "z")}, whole.Graph.Initializer
	m, err := onnx.Decode(append(encoded(t, first), encoded(t, second)...), nil)
	if err != nil {
		t.Fatal(err)
	}
	var operators []string
	for n := range m.Graph.Nodes() {
		operators = append(operators, n.OpType)
	}
	if !slices.Equal(operators, []string{"Add", "Relu"}) || m.Graph.Lookup("w").Constant() == nil {
		t.Errorf("read %v, and %v", operators, m.Graph.Lookup("w"))
	}
}

// TestNothingIsKeptOfPlainMessages: what the graph has no field for is nothing, so that nothing else takes memory.
func TestNothingIsKeptOfPlainMessages(t *testing.T) {
	pb := small()
	pb.Graph.Node[0].Attribute = []*onnxpb.AttributeProto{{Name: proto.String("a"), Type: onnxpb.AttributeProto_INT.Enum(), I: proto.Int64(1)}}
	m, err := onnx.Decode(encoded(t, pb), nil)
	if err != nil {
		t.Fatal(err)
	}
	for n := range m.Graph.Nodes() {
		if n.Extra != nil || n.Attrs()[0].Extra != nil {
			t.Errorf("a node keeps %v, its attribute %v", n.Extra, n.Attrs()[0].Extra)
		}
	}
	for v := range m.Graph.Initializers() {
		if v.Extra() != nil {
			t.Errorf("an initializer keeps %v", v.Extra())
		}
	}
}

// Up to IR version 3 each new initializer becomes an input: one of the file that is none stays as it is.
func TestOldInitializersStayWhatTheyAre(t *testing.T) {
	pb := small()
	pb.IrVersion = proto.Int64(3)
	m, err := onnx.Decode(encoded(t, pb), nil)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if _, err := onnx.Encode(&out, m); err != nil {
		t.Fatal(err)
	}
	again, err := onnx.Decode(out.Bytes(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(names(again.Graph.Inputs()), []string{"x"}) {
		t.Errorf("the inputs are %v", names(again.Graph.Inputs()))
	}
}

func names(values []*graph.Value) []string {
	var list []string
	for _, v := range values {
		list = append(list, v.Name())
	}
	return list
}
