package onnx_test

import (
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/acdeploy/acdeploy/onnx"
	"github.com/acdeploy/acdeploy/onnx/internal/onnxpb"
)

// TestAttributesAreShared: two small attributes of the same bytes are one, also of different nodes; one that holds more than its value is
// not shared.
func TestAttributesAreShared(t *testing.T) {
	pb := small()
	axis := func(v int64) *onnxpb.AttributeProto {
		return &onnxpb.AttributeProto{Name: proto.String("axis"), Type: onnxpb.AttributeProto_INT.Enum(), I: proto.Int64(v)}
	}
	told := func() *onnxpb.AttributeProto { a := axis(1); a.DocString = proto.String("said"); return a }
	a, b, c, d, e := op("A", "y", "a"), op("A", "a", "b"), op("A", "b", "c"), op("A", "c", "d"), op("A", "d", "e")
	for n, attr := range map[*onnxpb.NodeProto]*onnxpb.AttributeProto{a: axis(1), b: axis(1), c: axis(2), d: told(), e: told()} {
		n.Attribute = []*onnxpb.AttributeProto{attr}
	}
	pb.Graph.Node = append(pb.Graph.Node, a, b, c, d, e)
	m, err := onnx.Decode(encoded(t, pb), nil)
	if err != nil {
		t.Fatal(err)
	}
	of := func(value string) any { return m.Graph.Lookup(value).Producer().Attr("axis") }
	if of("a") != of("b") {
		t.Error("two of the same bytes are two")
	}
	if of("a") == of("c") || of("d") == of("e") {
		t.Error("two that are not the same are one")
	}
}
