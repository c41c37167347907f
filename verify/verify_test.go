package verify

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/tensor"
)

// answer is a session that always answers the same.
type answer tensor.Map

func (a answer) Run(context.Context, tensor.Map) (tensor.Map, error) { return tensor.Map(a), nil }
func (a answer) Close() error                                        { return nil }

func compareAnswers(t *testing.T, a, b *tensor.Tensor, tolerance float64) Output {
	t.Helper()
	check, err := Pair{
		Backend: "test", Before: answer{"y": a}, After: answer{"y": b},
		Outputs: []tensor.Spec{{Name: "y"}}, Tolerance: tolerance,
	}.Compare(t.Context(), []tensor.Map{{}})
	if err != nil {
		t.Fatal(err)
	}
	if check.Inputs != 1 || check.Backend != "test" {
		t.Errorf("check is of %d inputs in %s", check.Inputs, check.Backend)
	}
	return check.Outputs[0]
}

func TestCompare(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	floats := func(v ...float64) *tensor.Tensor { return tensor.Of([]int64{int64(len(v))}, v...) }
	ints := func(v ...int64) *tensor.Tensor { return tensor.Of([]int64{int64(len(v))}, v...) }
	words := func(v ...string) *tensor.Tensor {
		s, err := tensor.NewStrings([]int64{int64(len(v))}, v)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	tests := []struct {
		name           string
		a, b           *tensor.Tensor
		equal          bool
		maxAbs, maxRel float64
		detail         string
	}{
		{"the_same", floats(1, -4), floats(1, -4), true, 0, 0, ""},
		{"relative_to_the_largest_magnitude", floats(1, -4), floats(1.125, -4), true, 0.125, 0.03125, ""},
		{"at_the_tolerance", floats(1), floats(1.0625), true, 0.0625, 0.0625, ""},
		{"beyond_the_tolerance", floats(1), floats(1.125), false, 0.125, 0.125, ""},
		{"all_zero", floats(0, 0), floats(0, 0), true, 0, 0, ""},
		{"zero_and_something", floats(0), floats(1e-30), false, 1e-30, inf, ""},
		{"both_nan", floats(nan, 2), floats(nan, 2), true, 0, 0, "1 elements are the same NaN or infinity in both models"},
		{"nan_in_other_places", floats(nan, 2), floats(2, nan), false, nan, nan, "2 elements are not finite in one model and something else in the other"},
		{"infinities_of_one_sign", floats(inf, 1), floats(inf, 1), true, 0, 0, "1 elements are the same NaN or infinity in both models"},
		{"infinities_of_two_signs", floats(inf, 1), floats(-inf, 1), false, nan, nan, "1 elements are not finite in one model and something else in the other"},
		{"infinite_and_finite", floats(1), floats(inf), false, nan, nan, "1 elements are not finite in one model and something else in the other"},
		{"another_shape", floats(1), floats(1, 2), false, nan, nan, "its shape is 1 in one model, 2 in the other"},
		{"integers_have_no_tolerance", ints(1000), ints(1001), false, 1, 1e-3, ""},
		{"integers_past_float64", ints(1 << 60), ints(1<<60 + 1), false, nan, nan, "values of a type without rounding differ"},
		{"equal_integers", ints(1 << 60), ints(1 << 60), true, 0, 0, ""},
		{"equal_words", words("a", "b"), words("a", "b"), true, 0, 0, ""},
		{"other_words", words("a", "b"), words("a", "c"), false, nan, nan, "values of a type without rounding differ"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := compareAnswers(t, tt.a, tt.b, 0.0625)
			same := func(a Number, b float64) bool { return float64(a) == b || math.IsNaN(float64(a)) && math.IsNaN(b) }
			if got.Equal != tt.equal || !same(got.MaxAbs, tt.maxAbs) || !same(got.MaxRel, tt.maxRel) || got.Detail != tt.detail {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestCompareFails(t *testing.T) {
	one := tensor.Of([]int64{1}, float32(1))
	specs := []tensor.Spec{{Name: "y"}}
	tests := []struct {
		name string
		pair Pair
		want string
	}{
		{"output_missing", Pair{Backend: "b", Before: answer{"y": one}, After: answer{}, Outputs: specs}, `compare answers of b: output "y" is missing`},
		{
			"element_types_differ",
			Pair{Backend: "b", Before: answer{"y": one}, After: answer{"y": tensor.Of([]int64{1}, 1.0)}, Outputs: specs},
			`compare answers of b: output "y": float in one model, double in the other`,
		},
		{"run_fails", Pair{Backend: "b", Before: answer{"y": one}, After: failing{}, Outputs: specs}, `run the second model in b: no power`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := tt.pair.Compare(t.Context(), []tensor.Map{{}}); err == nil || err.Error() != tt.want {
				t.Errorf("error %v, want %s", err, tt.want)
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (Pair{Before: answer{"y": one}, After: answer{"y": one}, Outputs: specs}).Compare(ctx, []tensor.Map{{}}); !errors.Is(err, context.Canceled) {
		t.Errorf("ended context: error %v", err)
	}
}

type failing struct{ answer }

func (failing) Run(context.Context, tensor.Map) (tensor.Map, error) {
	return nil, errors.New("no power")
}

func TestNothingComparedIsNotEqual(t *testing.T) {
	check, err := Pair{Outputs: []tensor.Spec{{Name: "y"}}, Tolerance: 1}.Compare(t.Context(), nil)
	if err != nil || check.Equal() {
		t.Errorf("a check without inputs: %+v, %v", check, err)
	}
	if NewResult(Algebra).Equal || NewResult(Algebra, Check{}).Equal {
		t.Error("a result without checks, or a check without outputs, counts as equal")
	}
	good := Check{Outputs: []Output{{Equal: true}}}
	if !NewResult(Algebra, good, good).Equal || NewResult(Algebra, good, Check{Outputs: []Output{{Equal: true}, {}}}).Equal {
		t.Error("a result is not the conjunction of its outputs")
	}
}

func TestResultAsJSON(t *testing.T) {
	r := NewResult(RoundingOnly, Check{Backend: "ort", Inputs: 3, Outputs: []Output{
		{Name: "y", MaxAbs: Number(math.NaN()), MaxRel: Number(math.Inf(1)), Tolerance: 1e-6},
	}, Top1: &Top1{Output: "y", Samples: 2, Before: Number(math.NaN()), After: 0.5, Agreement: 1, Changed: []int{}}})
	got, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"equal":false,"proof":"rounding_only","checks":[{"backend":"ort","inputs":3,` +
		`"outputs":[{"name":"y","max_abs":null,"max_rel":null,"tolerance":0.000001,"equal":false}],` +
		`"top1":{"output":"y","samples":2,"before":null,"after":0.5,"agreement":1,"changed":[]}}]}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
	var back Result
	if err := json.Unmarshal(got, &back); err != nil || !math.IsNaN(float64(back.Checks[0].Outputs[0].MaxRel)) {
		t.Errorf("read back %+v, %v", back, err)
	}
}

func TestRoundingToleranceIsTight(t *testing.T) {
	tests := []struct {
		typ       tensor.Type
		layers    int
		low, high float64
	}{
		// Between engines the shared networks differ by 1e-7 to 8e-7; what a wrong fold does starts at
		// 5e-6 of a layer.
		{tensor.Float32, 1, 4e-7, 1e-6},
		{tensor.Float32, 20, 1e-6, 3e-6},
		{tensor.Float32, 100, 4e-6, 5e-6},
		{tensor.Float64, 100, 0, 1e-12},
		{tensor.Float16, 16, 1e-3, 2e-2},
		{tensor.Int64, 100, -1, 0},
	}
	for _, tt := range tests {
		if got := RoundingTolerance(tt.typ, tt.layers); got <= tt.low || got > tt.high {
			t.Errorf("RoundingTolerance(%s, %d) = %g, want in (%g, %g]", tt.typ, tt.layers, got, tt.low, tt.high)
		}
	}
	if RoundingTolerance(tensor.Float32, 0) != RoundingTolerance(tensor.Float32, 1) {
		t.Error("a model without layers has no tolerance")
	}
}

func TestOptions(t *testing.T) {
	if err := Defaults().Validate(); err != nil {
		t.Errorf("the defaults are invalid: %v", err)
	}
	o := Options{Samples: 0, Tolerance: math.NaN(), Data: DataOptions{Path: "x.npz"}}
	err := o.Validate()
	for _, word := range []string{"samples must", "tolerance must", "batch must", "images must"} {
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%q is not in: %v", word, err)
		}
	}
}

func TestSameInterface(t *testing.T) {
	spec := func(name string, typ tensor.Type, dims ...tensor.Dim) tensor.Spec {
		return tensor.Spec{Name: name, Type: typ, Shape: dims, Ranked: true}
	}
	open := tensor.Dim{Size: -1, Param: "N"}
	base := backends.Model{
		Name:    "a",
		Inputs:  []tensor.Spec{spec("x", tensor.Float32, open, tensor.Fixed(3)), spec("m", tensor.Bool)},
		Outputs: []tensor.Spec{spec("y", tensor.Float32, open)},
	}
	tests := []struct {
		name  string
		other backends.Model
		want  string
	}{
		{"another_order_and_an_open_dimension", backends.Model{
			Inputs:  []tensor.Spec{spec("m", tensor.Bool), spec("x", tensor.Float32, tensor.Fixed(1), open)},
			Outputs: base.Outputs,
		}, ""},
		{"unranked", backends.Model{Inputs: base.Inputs, Outputs: []tensor.Spec{{Name: "y", Type: tensor.Float32}}}, ""},
		{"input_missing", backends.Model{Inputs: base.Inputs[:1], Outputs: base.Outputs}, `only the first has input "m"; the second has "x"`},
		{"output_added", backends.Model{Inputs: base.Inputs, Outputs: append(base.Outputs[:1:1], spec("z", tensor.Bool))}, `only the second has output "z"; the first has "y"`},
		{"no_outputs", backends.Model{Inputs: base.Inputs}, `only the first has output "y"; the second has none`},
		{"another_type", backends.Model{Inputs: base.Inputs, Outputs: []tensor.Spec{spec("y", tensor.Float16, open)}}, `output "y" is float[N] y in the first, float16[N] y in the second`},
		{"another_size", backends.Model{Inputs: []tensor.Spec{spec("x", tensor.Float32, open, tensor.Fixed(4)), base.Inputs[1]}, Outputs: base.Outputs}, `input "x" is float[N,3] x in the first`},
		{"another_rank", backends.Model{Inputs: base.Inputs, Outputs: []tensor.Spec{spec("y", tensor.Float32)}}, `output "y" is`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := SameInterface(base, tt.other)
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

// TestAllow widens what rounding explains, and nothing else.
func TestAllow(t *testing.T) {
	for name, c := range map[string]struct {
		was       Output
		output    string
		tolerance float64
		want      bool
	}{
		"wide_enough":      {Output{Name: "y", MaxRel: 2e-6, Tolerance: 1e-6}, "y", 3e-6, true},
		"not_wide_enough":  {Output{Name: "y", MaxRel: 2e-6, Tolerance: 1e-6}, "y", 1.5e-6, false},
		"of_another":       {Output{Name: "y", MaxRel: 2e-6, Tolerance: 1e-6}, "z", 3e-6, false},
		"without_rounding": {Output{Name: "y", MaxRel: 2e-6}, "y", 3e-6, false},
		"not_a_number":     {Output{Name: "y", MaxRel: Number(math.NaN()), Tolerance: 1e-6}, "y", 1, false},
		"equal_already":    {Output{Name: "y", MaxRel: 1e-7, Tolerance: 1e-6, Equal: true}, "y", 1e-8, true},
	} {
		check := Check{Outputs: []Output{c.was}}
		check.Allow(c.output, c.tolerance, "it is steep")
		got := check.Outputs[0]
		if got.Equal != c.want {
			t.Errorf("%s: equal is %t", name, got.Equal)
		}
		if changed := got.Equal && !c.was.Equal; changed != (got.Detail != "") || changed && float64(got.Tolerance) != c.tolerance {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
