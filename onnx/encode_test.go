package onnx_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

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
	y.SetType(shape)
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
