package verify

import (
	"context"
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/dataset"
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

// TestAgreementLeavesOutPadding counts the samples of a file alone where a model takes two at a time.
func TestAgreementLeavesOutPadding(t *testing.T) {
	fixed := tensor.Spec{Name: "x", Type: tensor.Float32, Ranked: true, Shape: []tensor.Dim{tensor.Fixed(2), tensor.Fixed(2)}}
	images := npztest.Of([]int64{3, 2}, float32(1), 2, 3, 4, 5, 6)
	for name, head := range map[string]func(tensor.Map) tensor.Map{"rows": echo, "numbers": classNumbers} {
		runs := 0
		other := func(in tensor.Map) tensor.Map {
			if runs++; runs == 2 {
				in = tensor.Map{"x": tensor.Of([]int64{2, 2}, float32(1), 0, 1, 0)}
			}
			return head(in)
		}
		check, _, err := Pair{Before: session(head), After: session(other), Outputs: []tensor.Spec{{Name: "y"}}}.CompareData(t.Context(), dataOf(t, fixed, images, nil))
		if err != nil {
			t.Fatal(err)
		}
		if got := float64(check.Agreement[0].Value); math.Abs(got-2.0/3) > 1e-12 {
			t.Errorf("%s: %g of 3 samples agree, want 2", name, 3*got)
		}
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

func TestTop1(t *testing.T) {
	images := npztest.Of([]int64{5, 2}, float32(1), 2, 5, 3, 4, 4, 0, 9, 9, 0)
	labels := npztest.Of([]int64{5}, uint8(1), 0, 0, 0, 0)
	want := &Top1{Output: "y", Samples: 5, Before: 0.8, After: 1, Agreement: 0.8, Changed: []int{3}}
	fixed := tensor.Spec{Name: "x", Type: tensor.Float32, Ranked: true, Shape: []tensor.Dim{tensor.Fixed(2), tensor.Fixed(2)}}
	for _, spec := range []tensor.Spec{image(2), fixed} {
		data := dataOf(t, spec, images, labels)
		runs := 0
		after := func(in tensor.Map) tensor.Map {
			if runs++; runs == 2 { // the second image of the second run upside down
				v := in["x"].Float64s()
				return tensor.Map{"y": tensor.Of(in["x"].Shape(), float32(v[0]), float32(v[1]), -float32(v[2]), -float32(v[3]))}
			}
			return echo(in)
		}
		check, _, err := Pair{Before: session(echo), After: session(after), Outputs: []tensor.Spec{{Name: "y"}}}.CompareData(t.Context(), data)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, check.Top1); diff != "" {
			t.Error(diff)
		}
		if check.Inputs != 3 || check.Equal() {
			t.Errorf("check %+v", check)
		}
	}
}

// TestLabelWarnings tells labels that are not those of the images.
func TestLabelWarnings(t *testing.T) {
	const samples, classes = 60, 10
	truth := func(i int) int64 { return int64(i*7+i/10) % classes }
	rows := make([]float32, samples*classes)
	for i := range samples {
		rows[int64(i*classes)+truth(i)] = 1
	}
	for name, c := range map[string]struct {
		label  func(i int) int64
		number int // of samples
		want   string
	}{
		"right":         {truth, samples, ""},
		"often_wrong":   {func(i int) int64 { return []int64{truth(i), 3, truth(i)}[i%3] }, samples, ""},
		"one_more":      {func(i int) int64 { return truth(i) + 1 }, samples, "labels_off_by_one: accuracy is 0 %, and would be 100 % if each label were one less"},
		"one_less":      {func(i int) int64 { return truth(i) - 1 }, samples, "labels_off_by_one: accuracy is 0 %, and would be 100 % if each label were one more"},
		"past_the_end":  {func(i int) int64 { return truth(i) + 90*int64(i%2) }, samples, "labels_out_of_range: a label is 99, and output \"y\" has the classes 0 to 9"},
		"of_others":     {func(i int) int64 { return truth(i*i + 3) }, samples, "accuracy_at_chance: accuracy is "},
		"few_of_others": {func(i int) int64 { return truth(i*i + 3) }, enoughSamples - 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var labels []int64
			for i := range c.number {
				labels = append(labels, c.label(i))
			}
			n := int64(c.number)
			data := dataOf(t, image(classes), npztest.Of([]int64{n, classes}, rows[:n*classes]...), npztest.Of([]int64{n}, labels...))
			for _, run := range []func(tensor.Map) tensor.Map{echo, classNumbers} {
				_, warnings, err := Pair{Before: session(run), After: session(run), Outputs: []tensor.Spec{{Name: "y"}}}.CompareData(t.Context(), data)
				if err != nil {
					t.Fatal(err)
				}
				text := ""
				for _, w := range warnings {
					text += w.Reason + ": " + w.Detail
				}
				if (text == "") != (c.want == "") || !strings.HasPrefix(text, c.want) {
					t.Errorf("warnings %q, want %q", text, c.want)
				}
				if name == "past_the_end" {
					break // how many classes class numbers have is not known
				}
			}
		})
	}
}

// echo answers with its input.
func echo(in tensor.Map) tensor.Map { return tensor.Map{"y": in["x"]} }

// classNumbers answers with the places of the largest numbers.
func classNumbers(in tensor.Map) tensor.Map {
	n := in["x"].Shape()[0]
	return tensor.Map{"y": tensor.Of([]int64{n}, argmax(in["x"], int(n))...)}
}

// dataOf is a file of images and labels, two samples in a batch where spec leaves that open.
func dataOf(t *testing.T, spec tensor.Spec, images, labels []byte) *dataset.Set {
	t.Helper()
	o := Defaults().Data
	arrays := map[string][]byte{"images": images}
	if labels != nil {
		arrays["labels"] = labels
	}
	o.Path, o.Batch = npztest.File(t, arrays), 2
	data, err := dataset.Open(o, []tensor.Spec{spec}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
