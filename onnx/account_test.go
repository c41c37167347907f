package onnx_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/acdeploy/acdeploy/onnx"
	"github.com/acdeploy/acdeploy/onnx/internal/onnxpb"
)

// TestReliability4Memory refuses files of a megabyte that would take hundreds of them, in one line and before
// anything is decoded.
func TestReliability4Memory(t *testing.T) {
	const size = 1 << 20
	filled := func(part []byte) []byte { return bytes.Repeat(part, size/len(part)) }
	node := field(1, []byte{0x22, 1, 'A'})
	graphs := append([]byte{0x0a, 1, 'g'}, filled([]byte{0x5a, 0})...)
	call := append([]byte{0x22, 1, 'A'}, field(5, graphs)...)
	dims := field(2, field(1, append([]byte{0x08, 1}, field(2, filled([]byte{0x0a, 0}))...)))
	for name, data := range map[string][]byte{
		"minimal nodes":          field(7, filled(node)),
		"empty graphs":           field(7, field(1, call)),
		"empty graphs, function": append(field(7, []byte{0x12, 1, 'g'}), 0xca, 0x01),
		"empty dims":             field(7, field(11, append([]byte{0x0a, 1, 'x'}, dims...))),
		"absent inputs":          field(7, field(1, append([]byte{0x22, 1, 'A', 0x12, 1, 'y'}, filled([]byte{0x0a, 0})...))),
	} {
		if strings.HasSuffix(name, "function") {
			body := field(7, call)
			data = append(data, field(0, body)[1:]...)
		}
		t.Run(name, func(t *testing.T) { refused(t, data, nil, "this is no sound model") })
	}
}

// TestReliability4Sound reads networks that are nothing but nodes, with names as short as they can be: bare ones, and such that
// each have a constant of their own and declare a shape.
func TestReliability4Sound(t *testing.T) {
	const nodes = 200_000
	for name, declared := range map[string]bool{"bare": false, "declared": true} {
		t.Run(name, func(t *testing.T) {
			m, err := onnx.Decode(encoded(t, chainOf(nodes, declared)), nil)
			if err != nil || m.Graph.Len() != nodes {
				t.Fatal(err)
			}
		})
	}
}

func chainOf(nodes int, declared bool) *onnxpb.ModelProto {
	one := &onnxpb.TensorShapeProto_Dimension{Value: &onnxpb.TensorShapeProto_Dimension_DimValue{DimValue: 1}}
	shaped := &onnxpb.TypeProto{Value: &onnxpb.TypeProto_TensorType{TensorType: &onnxpb.TypeProto_Tensor{
		ElemType: proto.Int32(1), Shape: &onnxpb.TensorShapeProto{Dim: []*onnxpb.TensorShapeProto_Dimension{one, one, one, one}},
	}}}
	g := &onnxpb.GraphProto{Name: proto.String("g"), Input: []*onnxpb.ValueInfoProto{{Name: proto.String("x")}}}
	last := "x"
	for i := range nodes {
		next := fmt.Sprintf("%x", i)
		n := &onnxpb.NodeProto{OpType: proto.String("Abs"), Input: []string{last}, Output: []string{next}}
		if declared {
			w := "W" + next
			n.OpType, n.Input = proto.String("Add"), []string{last, w}
			g.Initializer = append(g.Initializer, &onnxpb.TensorProto{Name: &w, DataType: proto.Int32(1), RawData: make([]byte, 4)})
			g.ValueInfo = append(g.ValueInfo, &onnxpb.ValueInfoProto{Name: &next, Type: shaped})
		}
		g.Node = append(g.Node, n)
		last = next
	}
	g.Output = []*onnxpb.ValueInfoProto{{Name: &last}}
	return &onnxpb.ModelProto{IrVersion: proto.Int64(8), Graph: g, OpsetImport: []*onnxpb.OperatorSetIdProto{{Version: proto.Int64(17)}}}
}

// TestReliability4Room leaves functions the share of the memory of any file that decoding leaves, by the size of the file and
// of its data.
func TestReliability4Room(t *testing.T) {
	const any, ofByte = 64 << 20, 24
	bare := small()
	least := decode(t, bare).Room
	if size := len(encoded(t, bare)); least > any+ofByte*size || least < any*99/100 {
		t.Errorf("a small file leaves %d bytes", least)
	}
	weighty := small()
	weighty.Graph.Initializer[0].Dims = []int64{1 << 18}
	weighty.Graph.Initializer[0].RawData = make([]byte, 1<<20)
	if more := decode(t, weighty).Room; more < least+ofByte<<20*99/100 {
		t.Errorf("a megabyte more leaves %d bytes, and %d without", more, least)
	}
	outside := withExternal("location", "data")
	m, err := onnx.Decode(encoded(t, outside), func(string) ([]byte, error) { return make([]byte, 1<<20), nil })
	if err == nil && m.Room < least+ofByte<<20*99/100 || err != nil {
		t.Errorf("a megabyte of data leaves %d bytes, and %d without; error %v", m.Room, least, err)
	}
	many := small()
	for i := range 10_000 {
		many.Graph.ValueInfo = append(many.Graph.ValueInfo, floats(fmt.Sprint("v", i)))
	}
	if left := decode(t, many).Room; left > least*95/100 {
		t.Errorf("ten thousand declarations leave %d bytes, and %d without", left, least)
	}
}
