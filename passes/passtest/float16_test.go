package passtest

import (
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/tensor"
)

// TestHalf changes every float32 that a graph names: of inputs, weights, constants, and what is cast to.
func TestHalf(t *testing.T) {
	b := graphtest.New(17)
	c := b.Node("Constant", nil, graph.TensorAttr("value", tensor.Of([]int64{1}, float32(1.0001))))
	cast := b.Node("Cast", []*graph.Value{b.Ints(3)}, graph.IntAttr("to", int64(tensor.Float32)))
	cast.SetType(graph.Type{Elem: tensor.Float32})
	kept := b.Node("Cast", []*graph.Value{b.Input("x", 1)}, graph.IntAttr("to", int64(tensor.Int64)))
	sum := b.Node("Add", []*graph.Value{b.Node("Add", []*graph.Value{c, cast}), b.Input("y", 1)})
	m := b.Outputs(b.Node("Mul", []*graph.Value{sum, b.Floats([]int64{1}, 0.1)}), kept)
	if err := half(m); err != nil {
		t.Fatal(err)
	}
	text := Text(m)
	for _, want := range []string{"float16[1] y)", "value = float16[1] {1}", "to = 10", "to = 7", "= {0.0999755859375}"} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %q:\n%s", want, text)
		}
	}
	if cast.Type().Elem != tensor.Float16 || strings.Contains(text, "float[") {
		t.Errorf("float32 is left:\n%s", text)
	}
	if err := op.Check(m.Graph); err != nil {
		t.Error(err)
	}
}

// TestHalfOfWhatHasNone says which node holds numbers that have no form in float16.
func TestHalfOfWhatHasNone(t *testing.T) {
	b := graphtest.New(17)
	m := b.Outputs(b.Node("Constant", nil, graph.FloatAttr("value_float", 1)))
	if err := half(m); err == nil || err.Error() != "Constant holds a float32 in its value_float" {
		t.Errorf("got %v", err)
	}
}
