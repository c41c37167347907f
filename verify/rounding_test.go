package verify

import (
	"math"
	"testing"

	"github.com/acdeploy/acdeploy/backends/reference"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

func TestRoundingToleranceIsTight(t *testing.T) {
	tests := []struct {
		typ       tensor.Type
		layers    int
		low, high float64
	}{
		// Between engines the shared networks differ by 1e-7 to 8e-7; what a wrong fold does starts at
		// 5e-6 of a layer.
		{tensor.Float32, 1, 4e-7, 1e-6},
		{tensor.Float32, 20, 1e-6, 3e-6},
		{tensor.Float32, 100, 4e-6, 5e-6},
		{tensor.Float64, 100, 0, 1e-12},
		{tensor.Float16, 16, 1e-3, 2e-2},
		{tensor.Int64, 100, -1, 0},
	}
	for _, tt := range tests {
		if got := RoundingTolerance(tt.typ, tt.layers); got <= tt.low || got > tt.high {
			t.Errorf("RoundingTolerance(%s, %d) = %g, want in (%g, %g]", tt.typ, tt.layers, got, tt.low, tt.high)
		}
	}
	if RoundingTolerance(tensor.Float32, 0) != RoundingTolerance(tensor.Float32, 1) {
		t.Error("a model without layers has no tolerance")
	}
}

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
		v.SetType(typ)
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
