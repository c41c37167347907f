package reference

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// TestBatchNormalizationPerActivation has a mean for each element of an image, and repeats it for each
// image: (x − μ)·γ + β with σ² + ε = 4.
func TestBatchNormalizationPerActivation(t *testing.T) {
	m := graph.NewModel(3, graph.Opset{Version: 7})
	x, err := m.Graph.AddInput("x", graph.Type{Elem: tensor.Float64})
	if err != nil {
		t.Fatal(err)
	}
	p := func(v ...float64) *graph.Value { return m.Graph.NewInitializer("p", tensor.Of([]int64{1, 2}, v...)) }
	attrs := []*graph.Attr{graph.IntAttr("spatial", 0), graph.FloatAttr("epsilon", 0)}
	m.Graph.AddOutput(appended(t, m.Graph, "BatchNormalization", attrs, x, p(2, -2), p(10, 20), p(1, 3), p(4, 4)))
	s, err := OpenGraph(m)
	if err != nil {
		t.Fatal(err)
	}
	out, err := s.RunFloat64(t.Context(), tensor.Map{"x": tensor.Of([]int64{2, 1, 2}, 1.0, 3, 2, 5)})
	if err != nil {
		t.Fatal(err)
	}
	for _, y := range out {
		if diff := cmp.Diff([]float64{10, 20, 11, 18}, y.Float64s()); diff != "" {
			t.Error(diff)
		}
	}
}
