package verify

import (
	"context"
	"encoding/json"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/internal/npztest"
	"github.com/acdeploy/acdeploy/tensor"
)

// session is a session of a function.
func session(f func(in tensor.Map) tensor.Map) backends.Session {
	return RunFunc(func(_ context.Context, in tensor.Map) (tensor.Map, error) { return f(in), nil })
}

// answers are what a model that does not look answers to two images, with one number moved.
func answers[E tensor.Elem](move int, to E, shape []int64, numbers ...E) (before, after func(tensor.Map) tensor.Map) {
	moved := append([]E{}, numbers...)
	moved[move] = to
	return func(tensor.Map) tensor.Map { return tensor.Map{"y": tensor.Of(shape, numbers...)} },
		func(tensor.Map) tensor.Map { return tensor.Map{"y": tensor.Of(shape, moved...)} }
}

// TestAgreement compares an output by what it is.
func TestAgreement(t *testing.T) {
	type pair [2]func(tensor.Map) tensor.Map
	of := func(before, after func(tensor.Map) tensor.Map) pair { return pair{before, after} }
	for name, c := range map[string]struct {
		run   pair
		kind  AgreementKind
		value Number
	}{
		"classes":        {of(answers(0, float32(9), []int64{2, 2}, 1, 2, 3, 4)), AgreeTop1, 0.5},
		"classes_1x1":    {of(answers(0, float32(1.5), []int64{2, 2, 1, 1}, 1, 2, 3, 4)), AgreeTop1, 1},
		"class_numbers":  {of(answers(0, int64(9), []int64{2}, 1, 2)), AgreeTop1, 0.5},
		"numbers_column": {of(answers(0, int32(9), []int64{2, 1}, 1, 2)), AgreeTop1, 0.5},
		"maps":           {of(answers(1, float32(9), []int64{2, 2, 1, 2}, 1, 2, 3, 4, 5, 6, 7, 8)), AgreePixels, 0.75},
		"map_of_numbers": {of(answers(1, int64(9), []int64{2, 1, 2}, 1, 2, 3, 4)), AgreePixels, 0.75},
		"mask":           {of(answers(1, true, []int64{2, 1, 1, 2}, false, false, true, true)), AgreePixels, 0.75},
		"embedding":      {of(answers(0, float32(-0.5), []int64{2, 2}, -0.6, 0.8, 0.8, 0.6)), AgreeDifference, 0.125},
		"one_column":     {of(answers(0, float32(3), []int64{2, 1}, 1, 4)), AgreeDifference, 0.5},
		"depth":          {of(answers(0, float32(2), []int64{2, 1, 1, 2}, 1, 2, 3, 4)), AgreeDifference, 0.25},
		"boxes":          {of(answers(0, float32(2), []int64{2, 2, 3}, 1, 2, 3, 4, 0, 1, 2, 3, 0, 1, 2, 2)), AgreeDifference, 0.25},
		"detections":     {of(answers(0, float32(2), []int64{5, 1}, 1, 2, 3, 4, 4)), AgreeDifference, 0.25},
		"not_a_number":   {of(answers(0, float32(math.NaN()), []int64{2, 2}, 1, 2, 3, 4)), AgreeTop1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			data := dataOf(t, image(1), npztest.Of([]int64{2, 1}, float32(1), 2), nil)
			check, warnings, err := Pair{Before: session(c.run[0]), After: session(c.run[1]), Outputs: []tensor.Spec{{Name: "y"}}}.CompareData(t.Context(), data)
			if err != nil || len(warnings) > 0 {
				t.Fatal(warnings, err)
			}
			want := Agreement{"y", c.kind, c.value}
			near := cmp.Comparer(func(a, b Number) bool { return math.Abs(float64(a-b)) < 1e-6 })
			if diff := cmp.Diff([]Agreement{want}, check.Agreement, near); diff != "" {
				t.Error(diff)
			}
			if got := check.Top1 != nil; got != (c.kind == AgreeTop1) {
				t.Errorf("top-1 %+v", check.Top1)
			}
		})
	}
}

// TestAgreementOfSeveralOutputs takes the output that has the labels' classes for top-1.
func TestAgreementOfSeveralOutputs(t *testing.T) {
	run := func(tensor.Map) tensor.Map {
		return tensor.Map{
			"side": tensor.Of([]int64{2, 2}, float32(1), 2, 3, 4), "main": tensor.Of([]int64{2, 4}, float32(0), 0, 0, 1, 0, 0, 1, 0),
			"box": tensor.Of([]int64{2, 1}, float32(0), 1), "changing": tensor.Of([]int64{2}, int64(3), 2),
		}
	}
	other := func(in tensor.Map) tensor.Map {
		out := run(in)
		out["changing"] = tensor.Of([]int64{3}, int64(3), 2, 1)
		return out
	}
	outputs := []tensor.Spec{{Name: "box"}, {Name: "side"}, {Name: "main"}, {Name: "changing"}}
	images := npztest.Of([]int64{2, 1}, float32(1), 2)
	check, warnings, err := Pair{Before: session(run), After: session(other), Outputs: outputs}.CompareData(t.Context(), dataOf(t, image(1), images, npztest.Of([]int64{2}, int64(3), 1)))
	if err != nil || len(warnings) > 0 {
		t.Fatal(warnings, err)
	}
	if check.Top1 == nil || check.Top1.Output != "main" || check.Top1.Before != 0.5 {
		t.Errorf("top-1 %+v", check.Top1)
	}
	got, err := json.Marshal(check.Agreement)
	want := `[{"output":"box","kind":"largest_difference","value":0},{"output":"side","kind":"top1","value":1},{"output":"main","kind":"top1","value":1},{"output":"changing","kind":"top1","value":null}]`
	if err != nil || string(got) != want {
		t.Errorf("%s, %v", got, err)
	}
	check, _, err = Pair{Before: session(run), After: session(run), Outputs: outputs}.CompareData(t.Context(), dataOf(t, image(1), images, nil))
	if err != nil || check.Top1 == nil || check.Top1.Output != "side" {
		t.Errorf("without labels %+v, %v", check.Top1, err)
	}
	_, warnings, err = Pair{Before: session(run), After: session(run), Outputs: outputs[:1]}.CompareData(t.Context(), dataOf(t, image(1), images, npztest.Of([]int64{2}, int64(3), 1)))
	if err != nil || len(warnings) != 1 || warnings[0].Reason != "labels_not_used" {
		t.Errorf("labels of nothing: %v, %v", warnings, err)
	}
}

func TestAgreementString(t *testing.T) {
	for want, a := range map[string]Agreement{
		"99.98 % of pixels equal": {"y", AgreePixels, 0.9998}, "100 % of classes equal": {"y", AgreeTop1, 1},
		"differ by 1.0e-07": {"y", AgreeDifference, 1e-7}, "not comparable": {"y", AgreeTop1, Number(math.NaN())},
	} {
		if got := a.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
