package verify

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/acdeploy/acdeploy/tensor"
)

// answer is a session that always answers the same.
type answer tensor.Map

func (a answer) Run(context.Context, tensor.Map) (tensor.Map, error) { return tensor.Map(a), nil }

func (a answer) Close() error { return nil }

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
