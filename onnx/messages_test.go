package onnx_test

import (
	"bytes"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/onnx"
	"github.com/acdeploy/acdeploy/onnx/internal/onnxpb"
)

// small is y = x + w, with w of two floats.
func small() *onnxpb.ModelProto {
	return &onnxpb.ModelProto{
		IrVersion:   proto.Int64(8),
		OpsetImport: []*onnxpb.OperatorSetIdProto{{Domain: proto.String(""), Version: proto.Int64(17)}},
		Graph: &onnxpb.GraphProto{
			Name:        proto.String("g"),
			Input:       []*onnxpb.ValueInfoProto{floats("x")},
			Output:      []*onnxpb.ValueInfoProto{floats("y")},
			Initializer: []*onnxpb.TensorProto{{Name: proto.String("w"), DataType: proto.Int32(1), Dims: []int64{2}, RawData: make([]byte, 8)}},
			Node:        []*onnxpb.NodeProto{op("Add", "x,w", "y")},
		},
	}
}

func floats(name string) *onnxpb.ValueInfoProto {
	return &onnxpb.ValueInfoProto{Name: &name, Type: &onnxpb.TypeProto{Value: &onnxpb.TypeProto_TensorType{
		TensorType: &onnxpb.TypeProto_Tensor{
			ElemType: proto.Int32(1),
			Shape: &onnxpb.TensorShapeProto{Dim: []*onnxpb.TensorShapeProto_Dimension{
				{Value: &onnxpb.TensorShapeProto_Dimension_DimValue{DimValue: 2}},
			}},
		},
	}}}
}

func op(typ, in, out string, attrs ...*onnxpb.AttributeProto) *onnxpb.NodeProto {
	return &onnxpb.NodeProto{
		Name: proto.String("the " + typ), OpType: &typ, Input: strings.Split(in, ","), Output: strings.Split(out, ","), Attribute: attrs,
	}
}

func encoded(tb testing.TB, m *onnxpb.ModelProto) []byte {
	tb.Helper()
	data, err := proto.Marshal(m)
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

func refused(t *testing.T, data []byte, open onnx.Opener, want string) {
	t.Helper()
	m, err := onnx.Decode(data, open)
	if err == nil {
		t.Fatalf("decoded %v, want an error with %q", m.Graph.Name, want)
	}
	if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %q, want one line with %q", err, want)
	}
}

func externalEntries(pairs ...string) []*onnxpb.StringStringEntryProto {
	var list []*onnxpb.StringStringEntryProto
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, &onnxpb.StringStringEntryProto{Key: &pairs[i], Value: &pairs[i+1]})
	}
	return list
}

func withExternal(pairs ...string) *onnxpb.ModelProto {
	m := small()
	w := m.Graph.Initializer[0]
	w.RawData, w.DataLocation, w.ExternalData = nil, onnxpb.TensorProto_EXTERNAL.Enum(), externalEntries(pairs...)
	return m
}

func decode(tb testing.TB, pb *onnxpb.ModelProto) *graph.Model {
	tb.Helper()
	m, err := onnx.Decode(encoded(tb, pb), nil)
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

// changed is the message that m is written as.
func changed(tb testing.TB, m *graph.Model) *onnxpb.ModelProto {
	tb.Helper()
	var out bytes.Buffer
	if _, err := onnx.Encode(&out, m); err != nil {
		tb.Fatal(err)
	}
	return unmarshal(tb, out.Bytes())
}

// contradiction is a change that makes a model contradict itself, and what is said of it.
type contradiction struct {
	change func(*onnxpb.ModelProto, *onnxpb.TensorProto, *onnxpb.NodeProto)
	want   string
}

func refusedWith(t *testing.T, cases map[string]contradiction) {
	t.Helper()
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			m := small()
			c.change(m, m.Graph.Initializer[0], m.Graph.Node[0])
			refused(t, encoded(t, m), nil, c.want)
		})
	}
}
