package verify

import (
	"context"
	"math"
	"testing"

	"github.com/acdeploy/acdeploy/tensor"
)

// answering is a session that gives a function of its input.
func answering(f func(x float64) float64) RunFunc {
	return func(_ context.Context, in tensor.Map) (tensor.Map, error) {
		list := make([]float32, in["x"].Len())
		for i, v := range in["x"].Float64s() {
			list[i] = float32(f(v))
		}
		return tensor.Map{"y": tensor.Of(in["x"].Shape(), list...)}, nil
	}
}

func oneInput() []tensor.Map { return []tensor.Map{{"x": tensor.Of([]int64{3}, float32(1), 2, 4)}} }

// unequal is the check of a pair whose answers differ.
func unequal(t *testing.T, p Pair) Check {
	t.Helper()
	check, err := p.Compare(t.Context(), oneInput())
	if err != nil {
		t.Fatal(err)
	}
	if check.Equal() {
		t.Fatal("the answers are equal without an explanation")
	}
	return check
}

// TestCompareWithTruth lets an engine be four times as far from the truth with the second model as it is with the first, or
// as rounding explains.
func TestCompareWithTruth(t *testing.T) {
	for name, c := range map[string]struct {
		first, second float64 // relative errors of the engine
		equal         bool
	}{
		"as bad as the original":          {0.1, -0.1, true},
		"four times as bad":               {0.01, 0.039, true},
		"more than four times":            {0.01, 0.041, false},
		"what rounding explains":          {0, 3.9e-6, true},
		"more than that":                  {0, 4.1e-6, false},
		"an original that is far off":     {0.2, 0, true},
		"one that is no number in second": {0.1, math.NaN(), false},
	} {
		t.Run(name, func(t *testing.T) {
			p := Pair{
				Backend: "test", Outputs: []tensor.Spec{{Name: "y"}}, Tolerance: 1e-6,
				Before: answering(func(x float64) float64 { return x * (1 + c.first) }),
				After:  answering(func(x float64) float64 { return x * (1 + c.second) }),
			}
			check := unequal(t, p)
			truth := tensor.Map{"y": tensor.Of([]int64{3}, 1.0, 2, 4)}
			if err := p.CompareWithTruth(t.Context(), &check, oneInput(), [2][]tensor.Map{{truth}, {truth}}); err != nil {
				t.Fatal(err)
			}
			if check.Equal() != c.equal || c.equal && check.Outputs[0].Detail == "" {
				t.Errorf("%+v", check)
			}
		})
	}
}

// TestCompareWithTruthOfEachFile compares each file with the float64 run of that very file: that the files differ is for
// other statements to find.
func TestCompareWithTruthOfEachFile(t *testing.T) {
	p := Pair{
		Backend: "test", Outputs: []tensor.Spec{{Name: "y"}}, Tolerance: 1e-6,
		Before: answering(func(x float64) float64 { return x }),
		After:  answering(func(x float64) float64 { return 1.5 * x }),
	}
	check := unequal(t, p)
	truth := [2][]tensor.Map{{{"y": tensor.Of([]int64{3}, 1.0, 2, 4)}}, {{"y": tensor.Of([]int64{3}, 1.0, 2, 4)}}}
	if err := p.CompareWithTruth(t.Context(), &check, oneInput(), truth); err != nil || check.Equal() {
		t.Errorf("an engine that is off by a half with the second file alone: %v, %+v", err, check)
	}
}

// TestCompareWithTruthOfFilesThatDiffer has an engine that computes each file right, and files that are not the same. That is the engine's
// doing only where the passes made one of the other, but for the rounding of its weights.
func TestCompareWithTruthOfFilesThatDiffer(t *testing.T) {
	for _, made := range []bool{true, false} {
		p := Pair{
			Backend: "test", Outputs: []tensor.Spec{{Name: "y"}}, Tolerance: 1e-6, Made: made,
			Before: answering(func(x float64) float64 { return x }),
			After:  answering(func(x float64) float64 { return 1.01 * x }),
		}
		check := unequal(t, p)
		truth := [2][]tensor.Map{{{"y": tensor.Of([]int64{3}, 1.0, 2, 4)}}, {{"y": tensor.Of([]int64{3}, 1.01, 2.02, 4.04)}}}
		if err := p.CompareWithTruth(t.Context(), &check, oneInput(), truth); err != nil || check.Equal() != made {
			t.Errorf("made by the passes %t: %v, %+v", made, err, check)
		}
		if o := check.Outputs[0]; o.Equal && o.MaxRel > o.Tolerance {
			t.Errorf("it is equal beyond its tolerance: %+v", o)
		}
	}
}

// TestExplainBySpread lets the second model differ by four times as much as the first does from itself.
func TestExplainBySpread(t *testing.T) {
	for name, c := range map[string]struct {
		other, second float64
		equal         bool
	}{
		"as much as itself":    {0.1, 0.1, true},
		"four times":           {0.1, 0.39, true},
		"more than four times": {0.1, 0.41, false},
		"a steady engine":      {0, 1e-3, false},
	} {
		t.Run(name, func(t *testing.T) {
			p := Pair{
				Backend: "test", Outputs: []tensor.Spec{{Name: "y"}}, Tolerance: 1e-6,
				Before: answering(func(x float64) float64 { return x }),
				After:  answering(func(x float64) float64 { return x * (1 + c.second) }),
			}
			check := unequal(t, p)
			others := []Other{{Session: p.Before, Nudge: true}, {Session: answering(func(x float64) float64 { return x * (1 + c.other) })}}
			if err := p.ExplainBySpread(t.Context(), &check, oneInput(), others); err != nil {
				t.Fatal(err)
			}
			if check.Equal() != c.equal {
				t.Errorf("%+v", check)
			}
		})
	}
}

// TestNudgedInputs moves numbers by one unit in the last place at most, some of them, and no integers.
func TestNudgedInputs(t *testing.T) {
	list := make([]float32, 100)
	for i := range list {
		list[i] = float32(i) - 50
	}
	in := tensor.Map{"x": tensor.Of([]int64{100}, list...), "k": tensor.Of([]int64{1}, int64(7))}
	out := nudgedInputs(in)
	moved := 0
	for i, v := range out["x"].Float64s() {
		up, down := math.Nextafter32(list[i], 1000), math.Nextafter32(list[i], -1000)
		if got := float32(v); got != list[i] {
			moved++
			if got != up && got != down {
				t.Errorf("%g became %g", list[i], got)
			}
		}
	}
	if moved < 40 || out["k"] != in["k"] {
		t.Errorf("%d of 100 moved", moved)
	}
}

// TestMeasure tells how far an engine is from the truth of the first sample.
func TestMeasure(t *testing.T) {
	answer := func(numbers ...float32) RunFunc {
		return func(context.Context, tensor.Map) (tensor.Map, error) {
			return tensor.Map{"y": tensor.Of([]int64{2, 2}, numbers...)}, nil
		}
	}
	pair := Pair{
		Backend: "engine", Before: answer(4, 2, 90, 90), After: answer(4, 2.5, 90, 90),
		Outputs: []tensor.Spec{{Name: "y", Type: tensor.Float32}}, Tolerance: 0.1,
	}
	check, err := pair.Compare(t.Context(), []tensor.Map{{}})
	if err != nil {
		t.Fatal(err)
	}
	truth := func(numbers ...float64) tensor.Map {
		return tensor.Map{"y": tensor.Compute(tensor.Float32, []int64{1, 2}, tensor.Vector(numbers))}
	}
	check.Measure(0, [2]tensor.Map{truth(4, 1), truth(4, 2)})
	o := check.Outputs[0]
	if o.ErrorBefore == nil || *o.ErrorBefore != 0.25 || o.ErrorAfter == nil || *o.ErrorAfter != 0.125 {
		t.Errorf("errors %v and %v", o.ErrorBefore, o.ErrorAfter)
	}
	check.Measure(7, [2]tensor.Map{}) // an input that was not run
}
