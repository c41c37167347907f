package verify

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/acdeploy/acdeploy/backends"
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

// TestSpread says how far the answers to several samples are apart.
func TestSpread(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	row := func(v ...float32) *tensor.Tensor { return tensor.Of([]int64{1, int64(len(v))}, v...) }
	both := tensor.Of([]int64{2, 2}, float32(1), 2, 1, 4)
	for name, c := range map[string]struct {
		runs   []*tensor.Tensor
		batch  int64
		want   float64
		silent string
	}{
		"moving":            {[]*tensor.Tensor{row(1, 2), row(-3, 4)}, 1, 1, ""},
		"one_element_moves": {[]*tensor.Tensor{row(1, 8), row(1, 10)}, 1, 0.2, ""},
		"constant":          {[]*tensor.Tensor{row(1, 2), row(1, 2)}, 1, 0, "constant_output"},
		"zero":              {[]*tensor.Tensor{row(0, 0), row(0, 0)}, 1, 0, "constant_output"},
		"one_sample":        {[]*tensor.Tensor{row(1, 2)}, 1, math.NaN(), ""},
		"a_batch":           {[]*tensor.Tensor{both}, 2, 0.5, ""},
		"no_batch":          {[]*tensor.Tensor{both}, 3, math.NaN(), ""},
		"a_batch_then_one":  {[]*tensor.Tensor{both, row(1, 0)}, 2, 1, ""},
		"not_numbers":       {[]*tensor.Tensor{row(nan, nan), row(nan, inf)}, 1, math.NaN(), "nan_output"},
		"some_not_numbers":  {[]*tensor.Tensor{row(nan, 1), row(nan, 2)}, 1, 0.5, ""},
		"shorter":           {[]*tensor.Tensor{row(1, 2, 3), row(1)}, 1, 0, "constant_output"},
		"integers":          {[]*tensor.Tensor{tensor.Of([]int64{1}, int64(3)), tensor.Of([]int64{1}, int64(6))}, 1, 0.5, ""},
		"empty":             {[]*tensor.Tensor{tensor.Of[float32]([]int64{0})}, 1, math.NaN(), ""},
	} {
		t.Run(name, func(t *testing.T) {
			var s spread
			for _, run := range c.runs {
				s.add(run, c.batch)
			}
			got := float64(s.value())
			if math.Abs(got-c.want) > 1e-6 || math.IsNaN(got) != math.IsNaN(c.want) {
				t.Errorf("spread %g, want %g", got, c.want)
			}
			if o := (Output{Spread: s.value(), notNumbers: s.notNumbers()}); o.Silent() != c.silent {
				t.Errorf("it is %q, want %q", o.Silent(), c.silent)
			}
		})
	}
}

// TestSpreadOfManyElements looks at some of them.
func TestSpreadOfManyElements(t *testing.T) {
	var s spread
	for _, v := range []float64{1, 2} {
		many := make([]float64, 5*mostSpread+3)
		for i := range many {
			many[i] = v
		}
		s.sample(many)
	}
	if len(s.low) > mostSpread || s.value() != 0.5 {
		t.Errorf("%d elements, spread %g", len(s.low), s.value())
	}
}

// TestOutputsTellTheirSpread over the inputs of a comparison.
func TestOutputsTellTheirSpread(t *testing.T) {
	run := session(func(in tensor.Map) tensor.Map {
		return tensor.Map{"moving": in["x"], "constant": tensor.Of([]int64{2}, float32(1), 1)}
	})
	inputs, err := Generate(backends.Model{Inputs: []tensor.Spec{image(2)}}, 1, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	check, err := Pair{Before: run, After: run, Outputs: []tensor.Spec{{Name: "moving"}, {Name: "constant"}}}.Compare(t.Context(), inputs)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := check.Outputs[0], check.Outputs[1]; !(a.Spread > 0.1) || a.Silent() != "" || b.Silent() != "constant_output" {
		t.Errorf("outputs %+v, %+v", a, b)
	}
}

func TestBatchOf(t *testing.T) {
	two, three, number := tensor.Of([]int64{2}, int64(1), 2), tensor.Of([]int64{3}, int64(1), 2, 3), tensor.Of(nil, int64(1))
	for want, in := range map[int64]tensor.Map{2: {"a": two, "b": number, "c": two}, 0: {"a": two, "b": three}} {
		if got := batchOf(in); got != want {
			t.Errorf("%d, want %d", got, want)
		}
	}
}
