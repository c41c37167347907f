package verify

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/tensor"
)

func image(dims ...int64) tensor.Spec {
	s := tensor.Spec{Name: "x", Type: tensor.Float32, Ranked: true, Shape: []tensor.Dim{{Size: -1, Param: "N"}}}
	for _, d := range dims {
		s.Shape = append(s.Shape, tensor.Fixed(d))
	}
	return s
}

func TestGenerateShowsBordersAndSums(t *testing.T) {
	made, err := Generate([]tensor.Spec{image(2, 5, 4)}, 3, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	noise, ring, ones := made[0]["x"], made[1]["x"], made[2]["x"]
	if diff := cmp.Diff([]int64{2, 2, 5, 4}, noise.Shape()); diff != "" {
		t.Error(diff)
	}
	for i, v := range ring.Float64s() {
		row, col := i/4%5, i%4
		inside := row > 0 && row < 4 && col > 0 && col < 3
		if inside != (v == 0) {
			t.Errorf("element %d,%d of the border pattern is %g", row, col, v)
		}
	}
	for _, v := range ones.Float64s() {
		if v != 1 {
			t.Fatalf("the pattern of ones holds %g", v)
		}
	}
}

func TestGeneratedNoiseIsStandardNormal(t *testing.T) {
	made, err := Generate([]tensor.Spec{image(3, 64, 64)}, 1, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	var sum, squares float64
	values := made[0]["x"].Float64s()
	for _, v := range values {
		sum += v
		squares += v * v
	}
	n := float64(len(values))
	if mean := sum / n; math.Abs(mean) > 0.03 {
		t.Errorf("mean %g", mean)
	}
	if variance := squares / n; math.Abs(variance-1) > 0.05 {
		t.Errorf("variance %g", variance)
	}
}

func TestGenerateFollowsTheSeed(t *testing.T) {
	one := func(seed uint64) []float64 {
		made, err := Generate([]tensor.Spec{image(1, 3, 3)}, 1, seed, nil)
		if err != nil {
			t.Fatal(err)
		}
		return made[0]["x"].Float64s()
	}
	if diff := cmp.Diff(one(1), one(1)); diff != "" {
		t.Errorf("one seed, two inputs: %s", diff)
	}
	if cmp.Equal(one(1), one(2)) {
		t.Error("two seeds, one input")
	}
}

func TestGenerateTypesAndSizes(t *testing.T) {
	open := tensor.Dim{Size: -1}
	specs := []tensor.Spec{
		{Name: "tokens", Type: tensor.Int64, Ranked: true, Shape: []tensor.Dim{open, {Size: -1, Param: "seq"}}},
		{Name: "mask", Type: tensor.Bool, Ranked: true, Shape: []tensor.Dim{open, open}},
		{Name: "half", Type: tensor.Float16, Ranked: true},
		{Name: "brain", Type: tensor.BFloat16, Ranked: true},
		{Name: "wide", Type: tensor.Float64, Ranked: true},
		{Name: "pixels", Type: tensor.Uint8, Ranked: true, Shape: []tensor.Dim{tensor.Fixed(400)}},
	}
	made, err := Generate(specs, 1, 3, map[string]int64{"seq": 7, "mask.1": 5})
	if err != nil {
		t.Fatal(err)
	}
	in := made[0]
	if diff := cmp.Diff([]int64{2, 7}, in["tokens"].Shape()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]int64{2, 5}, in["mask"].Shape()); diff != "" {
		t.Error(diff)
	}
	for _, v := range in["tokens"].Float64s() {
		if v < 0 || v > 9 {
			t.Errorf("token %g", v)
		}
	}
	if top := in["pixels"].MaxAbs(); top < 200 {
		t.Errorf("the largest of 400 bytes is %g", top)
	}
}

func TestGenerateRefuses(t *testing.T) {
	huge := tensor.Fixed(1 << 40)
	tests := []struct {
		name string
		spec tensor.Spec
		want string
	}{
		{"no_shape", tensor.Spec{Name: "x", Type: tensor.Float32}, `make input "x": the model declares no shape for it; give the inputs as data`},
		{
			"open_dimension",
			tensor.Spec{Name: "x", Type: tensor.Float32, Ranked: true, Shape: []tensor.Dim{{Size: 1}, {Size: -1}}},
			`make input "x": dimension 1 is open; give its size with --shape x.1=…`,
		},
		{
			"too_large",
			tensor.Spec{Name: "x", Type: tensor.Float32, Ranked: true, Shape: []tensor.Dim{huge}},
			`make input "x": float[1099511627776] takes more than 1073741824 bytes`,
		},
		{
			"overflow",
			tensor.Spec{Name: "x", Type: tensor.Float32, Ranked: true, Shape: []tensor.Dim{huge, huge}},
			`make input "x": shape 1099511627776,1099511627776 overflows`,
		},
		{
			"words",
			tensor.Spec{Name: "x", Type: tensor.String, Ranked: true, Shape: []tensor.Dim{{Size: 1}}},
			`make input "x": no values can be made of type string; give the inputs as data`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := Generate([]tensor.Spec{tt.spec}, 1, 1, nil); err == nil || err.Error() != tt.want {
				t.Errorf("error %v, want %s", err, tt.want)
			}
		})
	}
}

// TestDrawn keeps the inputs of normal noise, at least one.
func TestDrawn(t *testing.T) {
	specs := []tensor.Spec{{Name: "x", Type: tensor.Float32, Ranked: true, Shape: []tensor.Dim{tensor.Fixed(1), tensor.Fixed(2), tensor.Fixed(4), tensor.Fixed(4)}}}
	for samples, want := range map[int]int{1: 1, 3: 1, 4: 2, 7: 3} {
		inputs, err := Generate(specs, samples, 1, nil)
		if err != nil {
			t.Fatal(err)
		}
		drawn := Drawn(inputs)
		if len(drawn) != want {
			t.Errorf("%d of %d inputs", len(drawn), samples)
		}
		for _, in := range drawn {
			if v := in["x"].Float64s(); v[5] == 0 || v[5] == 1 {
				t.Errorf("an input that is not drawn: %v", v)
			}
		}
	}
}
