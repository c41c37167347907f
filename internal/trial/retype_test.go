package main

import (
	"bytes"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/onnx"
	"github.com/acdeploy/acdeploy/tensor"
)

// TestRetype makes a model one of another type that can be written and read again.
func TestRetype(t *testing.T) {
	for _, to := range []tensor.Type{tensor.Float32, tensor.Float16, tensor.BFloat16} {
		m := built(t, "lenet5")
		if err := retype(m, to); err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if _, err := onnx.Encode(&b, m); err != nil {
			t.Fatal(err)
		}
		again, err := onnx.Decode(b.Bytes(), nil)
		if err != nil {
			t.Fatal(err)
		}
		for v := range again.Graph.Initializers() {
			if typ := v.Data().Type(); typ.IsFloat() && typ != to {
				t.Errorf("%s: %s is %s", to, v.Name(), typ)
			}
		}
		if in, out := again.Graph.Inputs()[0].Type().Elem, again.Graph.Outputs()[0].Type().Elem; in != to || out != to {
			t.Errorf("%s: the input is %s, the output %s", to, in, out)
		}
	}
}

// TestRetypeKeepsScales leaves what has to be float32 in a model of any type, and turns casts.
func TestRetypeKeepsScales(t *testing.T) {
	m := graph.NewModel(8, graph.Opset{Version: 17})
	x, err := m.Graph.AddInput("x", graph.Type{Elem: tensor.Float32})
	if err != nil {
		t.Fatal(err)
	}
	scales := m.Graph.NewInitializer("scales", tensor.Of([]int64{4}, float32(1), 1, 2, 2))
	resize, cast := graph.NewNode("Resize", x, nil, scales), graph.NewNode("Cast")
	resize.TakeOutput(m.Graph.NewValue("y"))
	m.Graph.Append(resize)
	cast.AddInput(resize.Output(0))
	cast.SetAttr(graph.IntAttr("to", int64(tensor.Float32)))
	cast.TakeOutput(m.Graph.NewValue("z"))
	m.Graph.Append(cast)
	m.Graph.AddOutput(cast.Output(0))
	if err := retype(m, tensor.Float16); err != nil {
		t.Fatal(err)
	}
	if scales.Data().Type() != tensor.Float32 || cast.Int("to", 0) != int64(tensor.Float16) {
		t.Errorf("the scales are %s, the cast goes to %d", scales.Data().Type(), cast.Int("to", 0))
	}
}
