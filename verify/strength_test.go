package verify

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/layers"
	"github.com/acdeploy/acdeploy/tensor"
)

// found is the strength of a layer at channel 3.
func found(node string, change float64, by string) LayerStrength {
	channel := 3
	return LayerStrength{Node: node, Change: Number(change), FoundBy: by, Part: layers.PartWeights, Channel: &channel}
}

// TestStrong puts the weakest layer first, and keeps so many.
func TestStrong(t *testing.T) {
	r := Result{}.Strong([]LayerStrength{found("a", 1.234e-12, byAlgebra), found("b", math.NaN(), "ort"), found("c", 1e-7, byBytes), found("b", 1e-9, byAlgebra)})
	var order []string
	for _, s := range r.Strength {
		order = append(order, s.Node+" "+s.FoundBy)
	}
	if want := []string{"b ort", "c bytes", "b algebra", "a algebra"}; !slices.Equal(order, want) || r.StrengthLeftOut != 0 || len(r.Warnings) != 0 {
		t.Errorf("%v, %d left out, warnings %v; want %v", order, r.StrengthLeftOut, r.Warnings, want)
	}
	if got := r.Strength[3].Change; got != 1.2e-12 {
		t.Errorf("it is known to be %v", got)
	}
	many := make([]LayerStrength, mostStrengths+2)
	for i := range many {
		many[i] = found(fmt.Sprint(i), 1e-9, byAlgebra)
	}
	if r = (Result{}).Strong(many); len(r.Strength) != mostStrengths || r.StrengthLeftOut != 2 {
		t.Errorf("%d layers, %d left out", len(r.Strength), r.StrengthLeftOut)
	}
}

// TestWeakLayers warns of a layer where nothing notices a percent, once, with the reason.
func TestWeakLayers(t *testing.T) {
	lost := LayerStrength{Node: "lost", Change: Number(math.NaN()), Detail: "it could not be run"}
	r := Result{}.Strong([]LayerStrength{
		lost, found("dead", 0.5, byAlgebra), found("dead", math.NaN(), "ort"), found("seen", math.NaN(), ""), found("seen", 0.01, "ort"), found("strong", 1e-9, byAlgebra),
	})
	var names []string
	for _, w := range r.Warnings {
		names = append(names, w.Name)
		if w.Reason != "weak_layer" || !strings.Contains(w.Detail, "--data") || !strings.Contains(w.Detail, "--layers") {
			t.Errorf("the warning is %+v", w)
		}
	}
	if want := []string{"lost", "dead"}; !slices.Equal(names, want) {
		t.Fatalf("warned of %v, want %v", names, want)
	}
	for i, want := range []string{": it could not be run;", ": the weights of channel 3 would have to change by 50 %;"} {
		if !strings.Contains(r.Warnings[i].Detail, want) {
			t.Errorf("%q does not say %q", r.Warnings[i].Detail, want)
		}
	}
}

// TestStrengthInJSON: a change that nothing notices is null, and so is no channel left out.
func TestStrengthInJSON(t *testing.T) {
	zero := 0
	got, err := json.Marshal([]LayerStrength{{Node: "a", Change: 0.5, FoundBy: byAlgebra, Part: layers.PartBias, Channel: &zero}, {Node: "b", Change: Number(math.NaN()), Detail: "why"}})
	if want := `[{"node":"a","change":0.5,"found_by":"algebra","part":"bias","channel":0},{"node":"b","change":null,"found_by":"","detail":"why"}]`; err != nil || string(got) != want {
		t.Errorf("%s, %v", got, err)
	}
}

// TestStrengthOfUntouchedLayers: their constants are those of the first model, so a unit in the last place is noticed.
func TestStrengthOfUntouchedLayers(t *testing.T) {
	for elem, want := range map[tensor.Type]float64{tensor.Float64: 0x1p-52, tensor.Float32: 0x1p-23, tensor.Float16: 0x1p-10, tensor.BFloat16: 0x1p-7} {
		n := newNet(t)
		w := n.g.NewInitializer("w", tensor.Compute(elem, []int64{2, 2, 1}, tensor.Vector{1, 2, 3, 4}))
		m := n.model(n.node("y", "Conv", []*graph.Value{n.input("x", elem, 1, 2, 4), w}))
		list := proofOf(t, m, m.Clone()).Strength()
		if len(list) != 1 || list[0].Change != Number(want) || list[0].FoundBy != byBytes || list[0].Node != "y_node" {
			t.Errorf("%s: %+v", elem, list)
		}
	}
}

// TestStrengthOfWhatIsNotRun gives the reason why nothing is noticed of a layer.
func TestStrengthOfWhatIsNotRun(t *testing.T) {
	n := newNet(t)
	h := n.node("h", "Unheard", []*graph.Value{n.input("x", tensor.Float32, 1, 2, 4)})
	m := n.model(n.conv("y", n.node("twice", "Mul", []*graph.Value{h, n.floats(nil, 2)}), 1, 2, 3, 4))
	proof := proofOf(t, m, changed(m, func(c *graph.Model) {
		value(t, c, "h").Redefine()
		without(value(t, c, "twice"))
		setInput(value(t, c, "y").Producer(), 1, repeated([]int64{2, 2, 1}, 2, 4, 6, 8))
	}))
	if _, _, err := proof.Run(t.Context(), inputsOf(t, m, 1), nil, 0, func(float64, string) {}); err != nil {
		t.Fatal(err)
	}
	list := proof.Strength()
	if len(list) != 1 || !math.IsNaN(float64(list[0].Change)) || list[0].FoundBy != "" || !strings.Contains(list[0].Detail, "is not known") {
		t.Errorf("%+v", list)
	}
}

// doubled is a convolution whose result is multiplied by two and goes through a Relu. In the second model the convolution does
// both; its result is that of the region, or has no counterpart so that the Relu is part of the region.
func doubled(t *testing.T, images int64, weights, bias []float32, inside bool) (m, fused *graph.Model) {
	t.Helper()
	n := newNet(t)
	y := n.node("y", "Conv", []*graph.Value{n.input("x", tensor.Float32, images, 2, 64), n.floats([]int64{2, 2, 1}, weights...), n.floats([]int64{2}, bias...)})
	m = n.model(n.relu("out", n.node("z", "Mul", []*graph.Value{y, n.floats(nil, 2)})))
	return m, changed(m, func(c *graph.Model) {
		conv, z := value(t, c, "y").Producer(), value(t, c, "z")
		setInput(conv, 1, twice(conv.Input(1).Constant()))
		setInput(conv, 2, twice(conv.Input(2).Constant()))
		mul := z.Producer()
		if inside {
			z.Redefine()
		}
		joined := graph.NewNode("Conv", conv.Input(0), conv.Input(1), conv.Input(2))
		joined.Name = conv.Name
		joined.TakeOutput(z)
		c.Graph.InsertBefore(joined, mul)
		c.Graph.Remove(mul)
		c.Graph.Remove(conv)
	})
}

func twice(t *tensor.Tensor) *tensor.Tensor {
	numbers := t.Float64s()
	for i := range numbers {
		numbers[i] *= 2
	}
	return tensor.Compute(t.Type(), t.Shape(), tensor.Vector(numbers))
}

// recomputed is a convolution whose weights and bias the second model computes anew.
func recomputed(t *testing.T, weights, bias []float32) (m, fused *graph.Model) {
	t.Helper()
	n := newNet(t)
	m = n.model(n.node("y", "Conv", []*graph.Value{n.input("x", tensor.Float32, 1, 2, 64), n.floats([]int64{2, 2, 1}, weights...), n.floats([]int64{2}, bias...)}))
	return m, changed(m, func(c *graph.Model) {
		conv := value(t, c, "y").Producer()
		for i := 1; i <= 2; i++ {
			now := conv.Input(i).Constant()
			setInput(conv, i, tensor.Compute(now.Type(), now.Shape(), tensor.Vector(now.Float64s())))
		}
	})
}

// strengthOf is what the comparison says of the only layer, and whether the models are equal.
func strengthOf(t *testing.T, m, fused *graph.Model) (LayerStrength, bool) {
	t.Helper()
	proof := proofOf(t, m, fused)
	if _, _, err := proof.Run(t.Context(), inputsOf(t, m, 1), nil, 0, func(float64, string) {}); err != nil {
		t.Fatal(err)
	}
	list := proof.Strength()
	if len(list) != 1 {
		t.Fatalf("the strengths are %+v", list)
	}
	return list[0], proof.Result().Equal()
}

// moveLayer scales one channel of the only layer's weights or bias.
func moveLayer(m *graph.Model, s LayerStrength, by float64) {
	for n := range m.Graph.Nodes() {
		l, ok := layers.Of(n)
		switch {
		case !ok:
		case s.Part == layers.PartWeights:
			setInput(n, 1, l.Scaled(*s.Channel, 1+by))
		default:
			t := n.Input(2).Constant()
			numbers := t.Float64s()
			numbers[*s.Channel] *= 1 + by
			setInput(n, 2, tensor.Compute(t.Type(), t.Shape(), tensor.Vector(numbers)))
		}
	}
}

// TestGauge changes a layer by twice as much as its gauge says, and by a quarter: only the first is noticed.
func TestGauge(t *testing.T) {
	large, small := []float32{1, 2, 3, 4}, []float32{1, 2, 3e-3, 4e-3}
	for name, c := range map[string]struct {
		weights, bias []float32
		part          layers.Part
		channel       int
	}{
		"small weights": {small, []float32{0.5, 0}, layers.PartWeights, 1},
		"a small bias":  {large, []float32{1e-6, 0.5}, layers.PartBias, 0},
		"zeros":         {[]float32{1e-3, 2e-3, 0, 0}, []float32{0, 0.5}, layers.PartWeights, 0},
	} {
		for kind, build := range map[string]func() (m, fused *graph.Model){
			"its region's result":           func() (m, fused *graph.Model) { return doubled(t, 1, c.weights, c.bias, false) },
			"its region's result, 2 images": func() (m, fused *graph.Model) { return doubled(t, 2, c.weights, c.bias, false) },
			"inside its region":             func() (m, fused *graph.Model) { return doubled(t, 1, c.weights, c.bias, true) },
			"inside its region, 2 images":   func() (m, fused *graph.Model) { return doubled(t, 2, c.weights, c.bias, true) },
			"by its constants":              func() (m, fused *graph.Model) { return recomputed(t, c.weights, c.bias) },
		} {
			t.Run(name+", "+kind, func(t *testing.T) {
				m, fused := build()
				s, equal := strengthOf(t, m, fused)
				if !equal || s.FoundBy != byAlgebra || s.Channel == nil || kind != "by its constants" && (s.Part != c.part || *s.Channel != c.channel) {
					t.Fatalf("equal %v, %+v", equal, s)
				}
				for by, want := range map[float64]bool{2: false, 0.25: true} {
					wrong := fused.Clone()
					moveLayer(wrong, s, by*float64(s.Change))
					if _, equal := strengthOf(t, m, wrong); equal != want {
						t.Errorf("%s of channel %d × (1 + %g·%g): equal is %v", s.Part, *s.Channel, by, float64(s.Change), equal)
					}
				}
			})
		}
	}
}
