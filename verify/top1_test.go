package verify

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/dataset"
	"github.com/acdeploy/acdeploy/internal/npztest"
	"github.com/acdeploy/acdeploy/tensor"
)

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
	data, err := dataset.Open(o, []tensor.Spec{spec})
	if err != nil {
		t.Fatal(err)
	}
	return data
}
