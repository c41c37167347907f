package verify

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/dataset"
	"github.com/acdeploy/acdeploy/tensor"
)

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

// TestStopped has a comparison that came to no end never pass for one that found the models equal.
func TestStopped(t *testing.T) {
	good, bad := Check{Outputs: []Output{{Equal: true}}}, Check{Outputs: []Output{{}}}
	stopped := NewResult(Algebra, good).Stopped("it crashed")
	if stopped.Equal || stopped.Differs() || stopped.Incomplete != "it crashed" || len(stopped.Checks) != 1 {
		t.Errorf("%+v", stopped)
	}
	if !NewResult(Algebra, good, bad).Stopped("it crashed").Differs() {
		t.Error("a difference that was found is forgotten")
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
		`"outputs":[{"name":"y","max_abs":null,"max_rel":null,"tolerance":0.000001,"equal":false,"spread":0}],` +
		`"top1":{"output":"y","samples":2,"before":null,"after":0.5,"agreement":1,"changed":[]}}]}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
	var back Result
	if err := json.Unmarshal(got, &back); err != nil || !math.IsNaN(float64(back.Checks[0].Outputs[0].MaxRel)) {
		t.Errorf("read back %+v, %v", back, err)
	}
}

func TestOptions(t *testing.T) {
	if err := Defaults().Validate(); err != nil {
		t.Errorf("the defaults are invalid: %v", err)
	}
	o := Options{Samples: 0, Tolerance: math.NaN(), Data: dataset.Options{Path: "x.npz"}}
	err := o.Validate()
	for _, word := range []string{"samples must", "tolerance must", "batch must", "images must"} {
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%q is not in: %v", word, err)
		}
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

// TestWarned adds warnings to those of a result, which keeps its own.
func TestWarned(t *testing.T) {
	first := Warning{Name: "y", Reason: "constant_output", Detail: "it is the same for every input"}
	one := NewResult(Algebra).Warned(first)
	two, other := one.Warned(Warning{Name: "z"}), one.Warned(Warning{Name: "w"})
	if len(one.Warnings) != 1 || two.Warnings[1].Name != "z" || other.Warnings[1].Name != "w" {
		t.Errorf("warnings %v, %v, %v", one.Warnings, two.Warnings, other.Warnings)
	}
	if got := first.String(); got != "y: it is the same for every input" {
		t.Error(got)
	}
	got, err := json.Marshal(one)
	if want := `{"equal":false,"proof":"algebra","checks":null,"warnings":[{"name":"y","reason":"constant_output","detail":"it is the same for every input"}]}`; err != nil || string(got) != want {
		t.Errorf("%s, %v", got, err)
	}
}
