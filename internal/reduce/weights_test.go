package reduce

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// Only the number that the fault takes stays, as a whole one.
func TestWeights(t *testing.T) {
	m := graph.NewModel(8, graph.Opset{Version: 17})
	x, err := m.Graph.AddInput("x", graph.Type{Elem: tensor.Float32, Ranked: true, Shape: []tensor.Dim{tensor.Fixed(4)}})
	if err != nil {
		t.Fatal(err)
	}
	w := m.Graph.NewInitializer("w", tensor.Of([]int64{4}, float32(0.1), 5.25, 0.3, 0.4))
	b := m.Graph.NewInitializer("b", tensor.Of([]int64{4}, float32(0.1), 0.2, 0.3, 0.4))
	for _, c := range []*graph.Value{w, b} {
		n := graph.NewNode("Mul", x, c)
		n.TakeOutput(m.Graph.NewValue("y"))
		m.Graph.Append(n)
		x = n.Output(0)
		m.Graph.SetOutputs(x)
	}
	large := func(_ context.Context, m *graph.Model) (bool, error) {
		for v := range m.Graph.Initializers() {
			if v.Name() == "w" && v.Data().MaxAbs() > 4 && v.UseCount() > 0 && m.Graph.Len() == 2 {
				return true, nil
			}
		}
		return false, nil
	}
	small, err := Model(t.Context(), m, Options{Check: large})
	if err != nil {
		t.Fatal(err)
	}
	if got := small.Graph.Lookup("w").Data().Float64s(); !slices.Equal(got, []float64{0, 5}) {
		t.Errorf("w is %v", got) // the others went with their axis
	}
	if !small.Graph.Lookup("b").Data().IsAll(0) {
		t.Errorf("b is %v", small.Graph.Lookup("b").Data().Float64s())
	}
	if w.Data().Float64s()[0] == 0 {
		t.Error("the model changed")
	}
}

func TestRounded(t *testing.T) {
	for x, want := range map[float64]float64{0: 0, 0.2: 1, -0.2: -1, 2.6: 3, -1.4: -1} {
		if got := rounded(x); got != want {
			t.Errorf("%g becomes %g, not %g", x, got, want)
		}
	}
	if !math.IsNaN(rounded(math.NaN())) {
		t.Error("NaN becomes a number")
	}
}
