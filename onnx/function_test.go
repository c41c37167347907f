package onnx_test

import (
	"io"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/onnx"
	"github.com/acdeploy/acdeploy/onnx/internal/onnxpb"
)

// withFunction is [small] with a function scale(x; by = 2) = x·by + w, w of typed floats.
func withFunction() *onnxpb.ModelProto {
	m := small()
	weight := &onnxpb.TensorProto{Name: proto.String("w"), DataType: proto.Int32(1), Dims: []int64{2}, FloatData: []float32{5, 6}}
	by := &onnxpb.AttributeProto{Name: proto.String("value_float"), RefAttrName: proto.String("by"), Type: onnxpb.AttributeProto_FLOAT.Enum()}
	m.OpsetImport = append(m.OpsetImport, &onnxpb.OperatorSetIdProto{Domain: proto.String("d"), Version: proto.Int64(1)})
	m.Functions = []*onnxpb.FunctionProto{{
		Name: proto.String("scale"), Domain: proto.String("d"), Overload: proto.String("o"),
		Input: []string{"x"}, Output: []string{"y"}, Attribute: []string{"unused"},
		AttributeProto: []*onnxpb.AttributeProto{{Name: proto.String("by"), F: proto.Float32(2), Type: onnxpb.AttributeProto_FLOAT.Enum()}},
		OpsetImport:    []*onnxpb.OperatorSetIdProto{{Domain: proto.String(""), Version: proto.Int64(17)}},
		Node: []*onnxpb.NodeProto{
			op("Add", "p,w", "y"), // before what it needs
			op("Mul", "x,by", "p"),
			op("Constant", "", "by", by),
			op("Constant", "", "w", &onnxpb.AttributeProto{Name: proto.String("value"), T: weight, Type: onnxpb.AttributeProto_TENSOR.Enum()}),
		},
		ValueInfo:     []*onnxpb.ValueInfoProto{floats("p")},
		MetadataProps: []*onnxpb.StringStringEntryProto{{Key: proto.String("k"), Value: proto.String("v")}},
	}}
	for _, n := range m.Functions[0].Node[2:] {
		n.Input = nil
	}
	call := op("scale", "x", "s")
	call.Domain, call.Overload = proto.String("d"), proto.String("o")
	m.Graph.Node = []*onnxpb.NodeProto{call, op("Add", "s,w", "y")}
	return m
}

func TestFunctionsAreUnderstoodAndWrittenAsTheyWere(t *testing.T) {
	pb := withFunction()
	m := decode(t, pb)
	sameMessage(t, encoded(t, pb), encoded(t, changed(t, m)))
	var calls []*graph.Function
	for n := range m.Graph.Nodes() {
		calls = append(calls, n.Callee())
	}
	if len(calls) != 2 || calls[0] == nil || calls[1] != nil || calls[0].Label() != "d.scale:o" || calls[0].Fault != "" {
		t.Fatalf("callees %v", calls)
	}
	f := calls[0]
	if f.Body.Len() != 4 || f.Body.Opset() != 17 || f.Default("by").Float != 2 || !f.Declares("unused") || f.Declares("x") {
		t.Errorf("function %+v", f)
	}
}

func TestInlinedFunctionsAreWrittenAsNodes(t *testing.T) {
	pb := withFunction()
	m := decode(t, pb)
	for n := range m.Graph.Nodes() {
		if f := n.Callee(); f != nil {
			if _, err := m.Graph.Inline(n); err != nil {
				t.Fatal(err)
			}
			m.RemoveFunctions(f)
		}
	}
	got := changed(t, m)
	if len(got.Functions) != 0 || len(got.Graph.Node) != 5 {
		t.Fatalf("written as %v", got)
	}
	var constants int
	for _, n := range got.Graph.Node {
		if n.GetOpType() != "Constant" {
			continue
		}
		constants++
		a := n.Attribute[0]
		switch a.GetName() {
		case "value_float":
			if a.GetF() != 2 || a.RefAttrName != nil {
				t.Errorf("attribute %v", a)
			}
		case "value":
			if !proto.Equal(a, pb.Functions[0].Node[3].Attribute[0]) {
				t.Errorf("attribute %v", a)
			}
		default:
			t.Errorf("attribute %v", a)
		}
	}
	if constants != 2 {
		t.Errorf("%d constants", constants)
	}
}

func TestFunctionsThatAreNotUnderstoodAreKept(t *testing.T) {
	for name, edit := range map[string]func(f *onnxpb.FunctionProto){
		"an input from nowhere":   func(f *onnxpb.FunctionProto) { f.Node[1].Input[1] = "nowhere" },
		"an output from nowhere":  func(f *onnxpb.FunctionProto) { f.Output[0] = "nowhere" },
		"a cycle":                 func(f *onnxpb.FunctionProto) { f.Node[1].Input[0] = "y" },
		"an input that is twice":  func(f *onnxpb.FunctionProto) { f.Input = append(f.Input, "x") },
		"a tensor that is short":  func(f *onnxpb.FunctionProto) { f.Node[3].Attribute[0].T.FloatData = []float32{1} },
		"a default of two kinds":  func(f *onnxpb.FunctionProto) { f.AttributeProto[0].I = proto.Int64(1) },
		"an operator without one": func(f *onnxpb.FunctionProto) { f.Node[0].OpType = nil },
	} {
		t.Run(name, func(t *testing.T) {
			pb := withFunction()
			edit(pb.Functions[0])
			m := decode(t, pb)
			if f := m.Functions()[0]; f.Fault == "" || f.Body != nil {
				t.Errorf("function %+v", f)
			}
			sameMessage(t, encoded(t, pb), encoded(t, changed(t, m)))
		})
	}
}

func TestFunctionsMadeHereAreWritten(t *testing.T) {
	pb := withFunction()
	m := decode(t, pb)
	f := m.Functions()[0]
	f.Extra = nil // as if a program had made it
	got := changed(t, m).Functions[0]
	want := pb.Functions[0]
	want.ValueInfo, want.MetadataProps = nil, nil
	want.Node = []*onnxpb.NodeProto{want.Node[2], want.Node[1], want.Node[3], want.Node[0]} // sorted
	if !proto.Equal(want, got) {
		t.Errorf("got %v\nwant %v", got, want)
	}
}

// TestFunctionsWithoutABody are an error in a model that was made here: no file has one to write.
func TestFunctionsWithoutABody(t *testing.T) {
	m := graph.NewModel(8, graph.Opset{Version: 17})
	for range 2 {
		m.AddFunction(m.NewFunction("d", "twice", graph.Opset{Version: 17}))
	}
	_, err := onnx.Encode(io.Discard, m)
	if want := "function d.twice has no body to write: "; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v, want %s…", err, want)
	}
}
