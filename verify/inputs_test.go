package verify

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/tensor"
)

func image(dims ...int64) tensor.Spec {
	s := tensor.Spec{Name: "x", Type: tensor.Float32, Ranked: true, Shape: []tensor.Dim{{Size: -1, Param: "N"}}}
	for _, d := range dims {
		s.Shape = append(s.Shape, tensor.Fixed(d))
	}
	return s
}

// TestGenerateKinds looks at what the images are.
func TestGenerateKinds(t *testing.T) {
	made, err := Generate(backends.Model{Inputs: []tensor.Spec{image(2, 24, 20)}}, 3, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	drawn, borders, ones := made[0]["x"], made[1]["x"].Float64s(), made[2]["x"].Float64s()
	if diff := cmp.Diff([]int64{2, 2, 24, 20}, drawn.Shape()); diff != "" {
		t.Error(diff)
	}
	noise, slow := drawn.Float64s()[:960], drawn.Float64s()[960:]
	inside := func(i int) bool { return i/20%24 > 0 && i/20%24 < 23 && i%20 > 0 && i%20 < 19 }
	steps := func(image []float64, where func(i int) bool) (largest float64) {
		for i := 1; i < len(image); i++ {
			if i%20 > 0 && where(i) && where(i-1) {
				largest = max(largest, math.Abs(image[i]-image[i-1]))
			}
		}
		return largest
	}
	everywhere := func(int) bool { return true }
	if n, s := steps(noise, everywhere), steps(slow, everywhere); n < 2 || s > 1 {
		t.Errorf("from one place to the next, noise changes by %g and the smooth image by %g", n, s)
	}
	if edge, middle := steps(borders, everywhere), steps(borders, inside); edge < 2 || middle > 1 {
		t.Errorf("with borders, the image changes by %g, inside by %g", edge, middle)
	}
	for _, v := range ones {
		if v != 1 {
			t.Fatalf("the image of ones holds %g", v)
		}
	}
}

// TestGenerateFixedBatch gives a batch of a fixed size images of all kinds that it has room for.
func TestGenerateFixedBatch(t *testing.T) {
	spec := image(1, 9, 9)
	spec.Shape[0] = tensor.Fixed(3)
	made, err := Generate(backends.Model{Inputs: []tensor.Spec{spec}}, 1, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	v := made[0]["x"].Float64s()
	if near := math.Abs(v[81+4*9+4] - v[81+4*9+5]); near > 1 || v[0] == v[2*81] {
		t.Errorf("%v", v)
	}
}

// TestGenerateVolumes makes images that change slowly along one and three axes.
func TestGenerateVolumes(t *testing.T) {
	for _, dims := range [][]int64{{2, 50}, {1, 9, 9, 9}, {1, 1, 1}, {1, 2, 2, 2, 2, 2, 2}} {
		made, err := Generate(backends.Model{Inputs: []tensor.Spec{image(dims...)}}, 3, 1, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range made[0]["x"].Float64s() {
			if math.IsNaN(v) || math.Abs(v) > 9 {
				t.Errorf("%v: element %d is %g", dims, i, v)
			}
		}
	}
}

// TestGenerateIsOfUnitSize gives noise, and slowly changing images on the whole, a mean of 0 and a variance of 1.
func TestGenerateIsOfUnitSize(t *testing.T) {
	made, err := Generate(backends.Model{Inputs: []tensor.Spec{image(300, 16, 16)}}, 1, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	values := made[0]["x"].Float64s()
	for name, c := range map[string]struct {
		values []float64
		within float64
	}{"noise": {values[:len(values)/2], 0.03}, "smooth": {values[len(values)/2:], 0.2}} {
		var sum, squares float64
		for _, v := range c.values {
			sum += v
			squares += v * v
		}
		n := float64(len(c.values))
		if mean, variance := sum/n, squares/n; math.Abs(mean) > c.within || math.Abs(variance-1) > c.within {
			t.Errorf("%s: mean %g, variance %g", name, mean, variance)
		}
	}
}

func TestGenerateFollowsTheSeed(t *testing.T) {
	one := func(seed uint64) []float64 {
		made, err := Generate(backends.Model{Inputs: []tensor.Spec{image(1, 3, 3)}}, 1, seed, nil)
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
	made, err := Generate(backends.Model{Inputs: specs}, 1, 3, map[string]int64{"seq": 7, "mask.1": 5})
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
	if low, high := extent(in["pixels"]); low != 0 || high != 255 {
		t.Errorf("bytes go from %g to %g", low, high)
	}
}

func TestGenerateRefuses(t *testing.T) {
	huge := tensor.Fixed(1 << 40)
	tests := []struct {
		name string
		spec tensor.Spec
		want string
	}{
		{"no_shape", tensor.Spec{Name: "x", Type: tensor.Float32}, `input "x" of the model declares no shape, so no values can be made for it; export the model with its input shapes, or give the inputs with --data`},
		{
			"open_dimension",
			tensor.Spec{Name: "x", Type: tensor.Float32, Ranked: true, Shape: []tensor.Dim{{Size: 1}, {Size: -1}}},
			`the model leaves sizes open that nobody gave: dimension 1 of float[1,?] x; give them with --shape x.1=…`,
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
			`make input "x": no values can be made of type string; give the inputs with --data`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := Generate(backends.Model{Inputs: []tensor.Spec{tt.spec}}, 1, 1, nil); err == nil || err.Error() != tt.want {
				t.Errorf("error %v, want %s", err, tt.want)
			}
		})
	}
}

// TestDrawn keeps the inputs that begin with normal noise, at least one.
func TestDrawn(t *testing.T) {
	for samples, want := range map[int][]int{1: {0}, 3: {0}, 4: {0, 3}, 7: {0, 3, 6}} {
		inputs, err := Generate(backends.Model{Inputs: []tensor.Spec{image(2, 4, 4)}}, samples, 1, nil)
		if err != nil {
			t.Fatal(err)
		}
		drawn := Drawn(inputs)
		if len(drawn) != len(want) {
			t.Errorf("%d of %d inputs", len(drawn), samples)
		}
		for i, in := range drawn {
			if in["x"] != inputs[want[i]]["x"] {
				t.Errorf("input %d of %d samples", i, samples)
			}
		}
	}
}

func TestDescribeInputs(t *testing.T) {
	open := tensor.Dim{Size: -1}
	specs := []tensor.Spec{
		image(1, 4, 4),
		{Name: "bytes", Type: tensor.Uint8, Ranked: true, Shape: []tensor.Dim{tensor.Fixed(1), tensor.Fixed(3), tensor.Fixed(9), tensor.Fixed(9)}},
		{Name: "tokens", Type: tensor.Int64, Ranked: true, Shape: []tensor.Dim{open, tensor.Fixed(99)}},
		{Name: "row", Type: tensor.Float32, Ranked: true, Shape: []tensor.Dim{open, tensor.Fixed(5)}},
	}
	inputs, err := Generate(backends.Model{Inputs: specs}, 3, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	got := DescribeInputs(specs, inputs, map[string]Fit{"x": {Scale: 2, Shift: 1}})
	for i := range got {
		if got[i].Min >= got[i].Max {
			t.Errorf("%s from %g to %g", got[i].Name, got[i].Min, got[i].Max)
		}
	}
	got[0].Min, got[0].Max, got[3].Min, got[3].Max = 0, 0, 0, 0
	want := []GeneratedInput{
		{Name: "x", Kinds: []InputKind{InputNoise, InputSmooth, InputBorders, InputOnes}, Scale: 2, Shift: 1},
		{Name: "bytes", Kinds: []InputKind{InputNoise, InputBorders, InputOnes}, Scale: 1, Max: 255},
		{Name: "tokens", Kinds: []InputKind{InputIntegers}, Scale: 1, Max: 9},
		{Name: "row", Kinds: []InputKind{InputNoise, InputOnes}, Scale: 1},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
