package verify

import (
	"math"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// convNorm is a convolution of weights on every place, and a BatchNormalization that saw numbers of a mean and a standard
// deviation in training.
func convNorm(t *testing.T, elem tensor.Type, between func(n net, x *graph.Value) *graph.Value, mean, deviation float32) *graph.Model {
	t.Helper()
	n := newNet(t)
	x := n.input("x", elem, -1, 2, 12, 12)
	if between != nil {
		x = between(n, x)
	}
	four := []int64{4}
	w := n.floats([]int64{4, 2, 3, 3}, 0.5, 0.25, -0.125, 0.5, 1)
	bn := n.node("y", "BatchNormalization", []*graph.Value{
		n.node("conv", "Conv", []*graph.Value{x, w}), n.floats(four, 1), n.floats(four, 0), n.floats(four, mean), n.floats(four, deviation*deviation),
	})
	return n.model(n.relu("z", bn))
}

func generated(t *testing.T, m *graph.Model) []tensor.Map {
	t.Helper()
	v := m.Graph.Inputs()[0]
	inputs, err := Generate(backends.Model{Inputs: []tensor.Spec{{Name: v.Name(), Type: v.Type().Elem, Ranked: true, Shape: v.Type().Shape}}}, 3, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	return inputs
}

// TestFitInputs scales inputs by what the first norm of a model says. Weights of length 2.3 and of a sum of 7.4 a channel
// make 2.3 of a deviation of 1.
func TestFitInputs(t *testing.T) {
	for name, c := range map[string]struct {
		mean, deviation float32
		between         func(n net, x *graph.Value) *graph.Value
		scale, shift    float64
	}{
		"as_made": {0, 2.3, nil, 1, 0},
		"larger":  {0, 2.3 * 64, nil, 64, 0},
		"smaller": {0, 2.3 / 8, nil, 0.125, 0},
		"shifted": {7.4 * 100, 2.3 * 64, nil, 64, 96},
		"prepared": {0, 2.3, func(n net, x *graph.Value) *graph.Value {
			return n.node("div", "Div", []*graph.Value{x, n.floats(nil, 128)})
		}, 128, 0},
		"never_trained":  {0, 2.3e9, nil, 1, 0},
		"saturates":      {0, 2.3 * 64, func(n net, x *graph.Value) *graph.Value { return n.node("tanh", "Tanh", []*graph.Value{x}) }, 1, 0},
		"not_comparable": {0, 2.3 * 64, func(n net, x *graph.Value) *graph.Value { return n.node("odd", "Mystery", []*graph.Value{x}) }, 1, 0},
	} {
		for _, elem := range []tensor.Type{tensor.Float32, tensor.Float16} {
			m := convNorm(t, elem, c.between, c.mean, c.deviation)
			inputs := generated(t, m)
			fitted, fits := FitInputs(t.Context(), m, opened(t, m), inputs)
			got := DescribeInputs([]tensor.Spec{{Name: "x"}}, fitted, fits)[0]
			if float64(got.Scale) != c.scale || float64(got.Shift) != c.shift || len(fitted) != len(inputs) {
				t.Errorf("%s, %s: %+v, want %g and %g", name, elem, got, c.scale, c.shift)
			}
			for i, in := range fitted {
				was, is := inputs[i]["x"].Float64s(), in["x"].Float64s()
				for k, v := range was {
					if want := c.shift + c.scale*v; in["x"].Type() != elem || math.Abs(is[k]-want) > 1e-3*math.Abs(want)+1e-2*c.scale {
						t.Fatalf("%s, %s: element %d of input %d is %g, want %g", name, elem, k, i, is[k], want)
					}
				}
			}
		}
	}
}

// TestFitInputsWithoutNorm leaves inputs as they are.
func TestFitInputsWithoutNorm(t *testing.T) {
	n := newNet(t)
	m := n.model(n.relu("y", n.input("x", tensor.Float32, 1, 2, 4, 4)))
	inputs := generated(t, m)
	if fitted, fits := FitInputs(t.Context(), m, opened(t, m), inputs); len(fits) > 0 || fitted[0]["x"] != inputs[0]["x"] {
		t.Errorf("fits %v", fits)
	}
	bytes := convNorm(t, tensor.Uint8, func(n net, x *graph.Value) *graph.Value {
		return n.node("cast", "Cast", []*graph.Value{x}, graph.IntAttr("to", int64(tensor.Float32)))
	}, 0, 2.3)
	if fitted, fits := FitInputs(t.Context(), bytes, opened(t, bytes), generated(t, bytes)); len(fits) > 0 || fitted[0]["x"].Type() != tensor.Uint8 {
		t.Errorf("fits %v", fits)
	}
}

// TestFitSeveralInputs fits each input by the first norms that depend on it alone.
func TestFitSeveralInputs(t *testing.T) {
	n := newNet(t)
	four := []int64{4}
	norm := func(name string, x *graph.Value, deviation float32) *graph.Value {
		return n.node(name, "BatchNormalization", []*graph.Value{x, n.floats(four, 1), n.floats(four, 0), n.floats(four, 0), n.floats(four, deviation*deviation)})
	}
	a, b, c := n.input("a", tensor.Float32, 2, 4, 9, 9), n.input("b", tensor.Float32, 2, 4, 9, 9), n.input("c", tensor.Float32, 2, 4, 9, 9)
	first := norm("of_b", b, 0.25)
	both := norm("both", n.node("sum", "Add", []*graph.Value{norm("of_a", a, 16), b}), 99)
	pair := norm("pair", n.node("other_sum", "Add", []*graph.Value{b, c}), 0.01)
	m := n.model(both, pair, norm("behind", n.relu("relu", first), 0.01))
	var specs []tensor.Spec
	for _, v := range m.Graph.Inputs() {
		specs = append(specs, tensor.Spec{Name: v.Name(), Type: tensor.Float32, Ranked: true, Shape: v.Type().Shape})
	}
	inputs, err := Generate(backends.Model{Inputs: specs}, 1, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, fits := FitInputs(t.Context(), m, opened(t, m), inputs)
	if len(fits) != 2 || fits["a"].Scale != 16 || fits["b"].Scale != 0.25 {
		t.Errorf("fits %v", fits)
	}
}

// TestCheckRange warns of data in another range than that of the training.
func TestCheckRange(t *testing.T) {
	m := convNorm(t, tensor.Float32, nil, 0, 2.3)
	run := opened(t, m)
	for name, c := range map[string]struct {
		scale, shift float64
		want         string // "" for no warning
	}{
		"as_in_training": {1, 0, ""},
		"a_bit_darker":   {0.5, 0.2, ""},
		"low_contrast":   {0.2, 0, ""}, // below zero, so they have been prepared
		"bytes":          {40, 127, "divide by 255, subtract the mean"},
		"unit":           {0.1, 0.5, "subtract the mean and divide by the standard deviation"},
		"tiny":           {1e-3, 0, "prepare them as in training"},
		"far_off":        {1, 40, "divide by 255, subtract the mean"},
	} {
		in := apply(firstImages(m, generated(t, m)[0]), map[string]Fit{"x": {c.scale, c.shift}})
		in["x"] = bounded(in["x"], c.shift)
		warnings := CheckRange(t.Context(), m, run, in)
		if c.want == "" && len(warnings) == 0 {
			continue
		}
		if len(warnings) != 1 || c.want == "" || warnings[0].Name != "x" || warnings[0].Reason != "input_range" || !strings.Contains(warnings[0].Detail, c.want) {
			t.Errorf("%s: %v, want %q", name, warnings, c.want)
		}
	}
	trained := convNorm(t, tensor.Float32, nil, 7.4*127, 2.3*64) // on bytes as they are
	in := apply(firstImages(m, generated(t, m)[0]), map[string]Fit{"x": {0.25, 0.5}})
	in["x"] = bounded(in["x"], 0.5)
	if warnings := CheckRange(t.Context(), trained, opened(t, trained), in); len(warnings) != 1 || !strings.Contains(warnings[0].Detail, "multiply them by 255") {
		t.Errorf("images of a unit for a network of bytes: %v", warnings)
	}
	if warnings := CheckRange(t.Context(), trained, opened(t, trained), tensor.Map{}); warnings != nil {
		t.Errorf("of nothing: %v", warnings)
	}
}

// bounded is a tensor without numbers below 0 and above twice the middle; the same tensor where the middle is no larger than 0.2.
func bounded(t *tensor.Tensor, middle float64) *tensor.Tensor {
	if middle <= 0.2 {
		return t
	}
	var list []float32
	for _, v := range t.Float64s() {
		list = append(list, float32(min(max(v, 0), 2*middle)))
	}
	return tensor.Of(t.Shape(), list...)
}
