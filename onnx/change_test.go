package onnx_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/onnx"
	"github.com/acdeploy/acdeploy/onnx/internal/onnxpb"
	"github.com/acdeploy/acdeploy/tensor"
)

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

func TestReplacedInitializerKeepsItsDocumentation(t *testing.T) {
	pb := small()
	w := pb.Graph.Initializer[0]
	w.RawData, w.FloatData = nil, []float32{1, 2}
	w.DocString = proto.String("doc")
	w.MetadataProps = externalEntries("k", "v")
	declared := floats("w")
	declared.DocString = proto.String("of the value")
	pb.Graph.ValueInfo = append(pb.Graph.ValueInfo, declared)
	m := decode(t, pb)
	m.Graph.Lookup("w").SetData(tensor.Of[float64]([]int64{1, 1}, 3))

	w.FloatData, w.RawData = nil, []byte{0, 0, 0, 0, 0, 0, 8, 0x40}
	w.Dims, w.DataType = []int64{1, 1}, proto.Int32(11)
	typ := declared.Type.GetTensorType()
	typ.ElemType = proto.Int32(11)
	one := &onnxpb.TensorShapeProto_Dimension{Value: &onnxpb.TensorShapeProto_Dimension_DimValue{DimValue: 1}}
	typ.Shape.Dim = []*onnxpb.TensorShapeProto_Dimension{one, one}
	sameMessage(t, encoded(t, pb), encoded(t, changed(t, m)))
}

func TestDeclarationsOfRemovedValuesGo(t *testing.T) {
	pb := small()
	pb.Graph.Node = append(pb.Graph.Node, op("Relu", "y", "unused"))
	pb.Graph.ValueInfo = []*onnxpb.ValueInfoProto{floats("unused"), floats("w"), floats("nothing")}
	pb.Graph.QuantizationAnnotation = []*onnxpb.TensorAnnotation{
		{TensorName: proto.String("unused")}, {TensorName: proto.String("w")}, {TensorName: proto.String("nothing")},
	}
	m := decode(t, pb)
	m.Graph.Remove(m.Graph.Lookup("unused").Producer())
	got := changed(t, m).Graph
	if names := infoNames(got.ValueInfo); names != "w nothing" {
		t.Errorf("value infos of %s", names)
	}
	if len(got.QuantizationAnnotation) != 2 {
		t.Errorf("annotations %v", got.QuantizationAnnotation)
	}
}

func infoNames(infos []*onnxpb.ValueInfoProto) string {
	var names []string
	for _, v := range infos {
		names = append(names, v.GetName())
	}
	return strings.Join(names, " ")
}

func TestOutputKeepsItsNameAndDeclaration(t *testing.T) {
	pb := small()
	pb.Graph.Node = []*onnxpb.NodeProto{op("Add", "x,w", "s"), op("Identity", "s", "y")}
	s := floats("s")
	s.Type.GetTensorType().Shape.Dim[0].Denotation = proto.String("of s")
	pb.Graph.ValueInfo = []*onnxpb.ValueInfoProto{s}
	m := decode(t, pb)
	identity := m.Graph.Lookup("y").Producer()
	graph.ReplaceAllUses(identity.Output(0), identity.Input(0))
	m.Graph.Remove(identity)
	sameMessage(t, encoded(t, small()), encoded(t, changed(t, m)))
}

func TestInitializersAreInputsUpToIRVersion3(t *testing.T) {
	pb := small()
	pb.IrVersion = proto.Int64(3)
	pb.Graph.Input = append(pb.Graph.Input, floats("w"))
	m := decode(t, pb)
	m.Graph.Lookup("w").SetData(tensor.Of[float32]([]int64{2}, 1, 2))
	fresh := m.Graph.NewInitializer("w", tensor.Of[float32]([]int64{2}, 3, 4))
	m.Graph.Lookup("y").Producer().SetInput(0, fresh)

	pb.Graph.Initializer[0].RawData = []byte{0, 0, 0x80, 0x3f, 0, 0, 0, 0x40}
	pb.Graph.Initializer = append(pb.Graph.Initializer, &onnxpb.TensorProto{
		Name: proto.String("w_1"), DataType: proto.Int32(1), Dims: []int64{2}, RawData: []byte{0, 0, 0x40, 0x40, 0, 0, 0x80, 0x40},
	})
	pb.Graph.Input = append(pb.Graph.Input, floats("w_1"))
	pb.Graph.Node[0].Input[0] = "w_1"
	sameMessage(t, encoded(t, pb), encoded(t, changed(t, m)))
}

func TestModelWithoutAFileIsWritten(t *testing.T) {
	m := graph.NewModel(8, graph.Opset{Version: 17})
	m.Graph.Name = "g"
	shape := graph.Type{Elem: tensor.Float32, Ranked: true, Shape: []tensor.Dim{tensor.Fixed(2)}}
	x, err := m.Graph.AddInput("x", shape)
	if err != nil {
		t.Fatal(err)
	}
	n := graph.NewNode("Add", x, m.Graph.NewInitializer("w", tensor.Of[float32]([]int64{2}, 0, 0)))
	n.Name = "the Add"
	y := m.Graph.NewValue("y")
	y.Type = shape
	if err := n.AddOutput(y); err != nil {
		t.Fatal(err)
	}
	m.Graph.Append(n)
	m.Graph.AddOutput(y)
	want := small()
	sameMessage(t, encoded(t, want), encoded(t, changed(t, m)))

	n.SetAttr(graph.IntsAttr("ints", 1, 2))
	n.SetAttr(graph.FloatAttr("float", 0))
	n.SetAttr(graph.StringAttr("string", ""))
	n.SetAttr(graph.TensorAttr("tensor", tensor.Of[int64](nil, 7)))
	again := decode(t, changed(t, m)).Graph.Lookup("y").Producer()
	if a := again.Attr("tensor"); a == nil || a.Kind != graph.AttrTensor || a.Tensor.Float64s()[0] != 7 {
		t.Errorf("tensor attribute %+v", a)
	}
	if again.Float("float", 9) != 0 || again.Str("string", "9") != "" || len(again.Ints("ints")) != 2 {
		t.Errorf("attributes %+v", again.Attrs())
	}
}

// recipe computes a value in each element, and counts how often it was asked.
type recipe struct {
	value float64
	rows  *int
}

func (r recipe) Row(dst []float64, _ int) {
	*r.rows++
	for i := range dst {
		dst[i] = r.value
	}
}

func (r recipe) MaxAbs() float64 { return r.value }

func TestRecipesAreComputedOnceWhileWriting(t *testing.T) {
	m, rows := decode(t, small()), 0
	m.Graph.Lookup("w").SetData(tensor.Compute(tensor.Float32, []int64{2}, recipe{1e-40, &rows}))
	plan, err := onnx.NewPlan(m, onnx.Options{})
	if err != nil || rows != 0 {
		t.Fatalf("planning read %d rows, error %v", rows, err)
	}
	if err := plan.WriteModel(io.Discard); err != nil || rows != 2 {
		t.Errorf("writing read %d rows, error %v", rows, err)
	}
	if plan.Rounding().Flushed != 2 {
		t.Errorf("%d elements flushed, want 2", plan.Rounding().Flushed)
	}
	m.Graph.Lookup("w").SetData(tensor.Compute(tensor.Float32, []int64{2}, recipe{1e300, &rows}))
	if _, err := onnx.Encode(io.Discard, m); err == nil || !strings.HasPrefix(err.Error(), `tensor "w": row 0: 1e+300 does not fit float`) {
		t.Errorf("overflow gives %v", err)
	}
}

func TestLargeTensorsGoToTheDataFile(t *testing.T) {
	pb := small()
	large := make([]byte, 1<<20)
	large[5] = 7
	tied := &onnxpb.TensorProto{Name: proto.String("a"), DataType: proto.Int32(1), Dims: []int64{1 << 18}, RawData: large}
	pb.Graph.Initializer = append(pb.Graph.Initializer, tied)
	data := encoded(t, pb)
	m, err := onnx.Decode(data, nil)
	if err != nil {
		t.Fatal(err)
	}
	// b shares the bytes of a.
	m.Graph.NewInitializer("b", m.Graph.Lookup("a").Data())
	m.Graph.NewInitializer("c", tensor.Of[float32]([]int64{256}, make([]float32, 256)...))
	plan, err := onnx.NewPlan(m, onnx.Options{Location: "m.data"})
	if err != nil {
		t.Fatal(err)
	}
	var model, side bytes.Buffer
	if err := errors.Join(plan.WriteModel(&model), plan.WriteData(&side)); err != nil {
		t.Fatal(err)
	}
	if int64(side.Len()) != plan.DataSize() || side.Len() != 1<<20+1024 {
		t.Errorf("the data file has %d bytes, planned %d", side.Len(), plan.DataSize())
	}
	got, err := onnx.Decode(model.Bytes(), func(location string) ([]byte, error) {
		if location != "m.data" {
			t.Errorf("location %q", location)
		}
		return side.Bytes(), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a", "b", "c", "w"} {
		before, _ := m.Graph.Lookup(name).Data().Bytes()
		after, _ := got.Graph.Lookup(name).Data().Bytes()
		if !bytes.Equal(before, after) {
			t.Errorf("the elements of %s changed", name)
		}
	}
	if inline := unmarshal(t, model.Bytes()).Graph.Initializer[0]; len(inline.RawData) != 8 {
		t.Error("a tensor of eight bytes went out")
	}
}

func TestLargeTensorsStartWhereAMappingCan(t *testing.T) {
	m := decode(t, small())
	m.Graph.NewInitializer("a", tensor.Of[float32]([]int64{257}, make([]float32, 257)...))
	m.Graph.NewInitializer("b", tensor.Of[float32]([]int64{1 << 18}, make([]float32, 1<<18)...))
	plan, err := onnx.NewPlan(m, onnx.Options{Location: "m.data"})
	if err != nil {
		t.Fatal(err)
	}
	var model bytes.Buffer
	if err := plan.WriteModel(&model); err != nil {
		t.Fatal(err)
	}
	b := unmarshal(t, model.Bytes()).Graph.Initializer[2]
	if offset := b.ExternalData[1]; offset.GetKey() != "offset" || offset.GetValue() != "65536" {
		t.Errorf("the second tensor is at %v", offset)
	}
}

func TestSpecsAreWhatACallerSees(t *testing.T) {
	pb := small()
	pb.Graph.Input = append(pb.Graph.Input, floats("w"))
	m := decode(t, pb)
	in, out := onnx.Specs(m.Graph.Inputs()), onnx.Specs(m.Graph.Outputs())
	if len(in) != 1 || in[0].String() != "float[2] x" || len(out) != 1 || out[0].String() != "float[2] y" {
		t.Errorf("inputs %v, outputs %v", in, out)
	}
}
