package verify

import (
	"math"
	"testing"

	"github.com/acdeploy/acdeploy/backends/reference"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// A layer moves its output as far as its parameter is moved; taking e to the power of twenty moves it twenty
// times as far.
func TestConditions(t *testing.T) {
	m := graph.NewModel(8, graph.Opset{Version: 17})
	typ := graph.Type{Elem: tensor.Float32, Ranked: true, Shape: []tensor.Dim{tensor.Fixed(1), tensor.Fixed(1)}}
	x, err := m.Graph.AddInput("x", typ)
	if err != nil {
		t.Fatal(err)
	}
	node := func(name, op string, in ...*graph.Value) *graph.Value {
		n := graph.NewNode(op, in...)
		v, err := m.Graph.AddValue(name)
		if err != nil {
			t.Fatal(err)
		}
		n.TakeOutput(v)
		m.Graph.Append(n)
		v.Type = typ
		m.Graph.AddOutput(v)
		return v
	}
	product := node("product", "MatMul", x, m.Graph.NewInitializer("w", tensor.Of([]int64{1, 1}, float32(20))))
	node("power", "Exp", product)
	open := ExactBy(reference.OpenPartly)
	inputs := []tensor.Map{{"x": tensor.Of([]int64{1, 1}, float32(1))}}
	got := Conditions(t.Context(), m, open, inputs, []tensor.Spec{{Name: "product"}, {Name: "power"}})
	if math.Abs(got["product"]-1) > 1e-3 || math.Abs(got["power"]-20) > 1e-2 {
		t.Errorf("got %v, want 1 and 20", got)
	}
}
