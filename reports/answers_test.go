package reports_test

import (
	"math"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/reports/internal/reporttest"
	"github.com/acdeploy/acdeploy/verify"
)

// What the checks amount to is said in a sentence above them.
func TestAnswersSayWhatTheyProve(t *testing.T) {
	check := reporttest.Checked().Checks[0]
	differs := check
	differs.Outputs = []verify.Output{{Name: "logits", MaxRel: 0.5, Tolerance: 1e-6, Detail: "why"}}
	region := func(rel verify.Number, missing ...verify.NotCompared) verify.AlgebraResult {
		return verify.AlgebraResult{
			Regions: 2 + len(missing), Compared: 2, NotCompared: missing,
			Worst: &verify.RegionResult{Value: "add_7", Node: "conv_3", MaxRel: rel, Bound: 1e-12},
		}
	}
	lstm := verify.NotCompared{Value: "lstm_1", Reason: "no shape"}
	rounding := verify.NewResult(verify.RoundingOnly, check)
	touched := func(values ...string) verify.Result {
		by := region(1e-15)
		by.RoundingOnly = values
		return rounding.Proven(by)
	}
	for want, r := range map[string]verify.Result{
		"from the same inputs: 2 of 2 compared, the largest difference is 1.0e-15 of what was computed (add_7)":                       rounding.Proven(region(1e-15)),
		"THE ANSWERS DIFFER: value add_7, which node conv_3 computes, is off by 2.0e-01":                                              rounding.Proven(region(0.2)),
		"Equal in exact arithmetic as far as float64 could run: 2 of 3 rewritten regions;":                                            rounding.Proven(region(0, lstm)),
		"Equal: 1 of 2 regions by no more than rounding explains, since a program changed the model, the others in exact arithmetic.": touched("y"),
		"- Equal by rounding only, of what a program changed: a, b, c, d, e and 2 more.":                                              touched("a", "b", "c", "d", "e", "f", "g"),
		"- Each rewritten region by itself, from the same inputs: 2 of 2 compared":                                                    touched("y"),
		"- Not compared: lstm_1: no shape.":                            rounding.Proven(region(0, lstm)),
		"The answers are the same: each rewritten region, in float64.": verify.NewResult(verify.RoundingOnly).Proven(region(0)),
		`THE ANSWERS DIFFER: initializer "w" of the second file is 20 % off`: rounding.Written(verify.BytesResult{
			Tensors: []verify.TensorBytes{{Name: "w", Relative: 0.2, ULPs: 3e6}},
		}, false),
		"Nothing was checked.":                        verify.NewResult(verify.Algebra),
		"Equal in exact arithmetic, shown in float64": verify.NewResult(verify.Algebra, check),
		"Equal up to rounding; how one model came":    verify.NewResult(verify.RoundingOnly, check),
		"The answers differ.":                         verify.NewResult(verify.Algebra, differs),
		"5.0e-01 | 1.0e-06 | DIFFERENT":               verify.NewResult(verify.Algebra, differs),
		"- reference, unrounded, output logits: why.": verify.NewResult(verify.Algebra, differs),
		"3.1e-16 | 1.0e-12 | equal":                   verify.NewResult(verify.Algebra, check),
		"- A change of 1.2e-07 of any output channel would be noticed. The weakest is conv_3.": verify.NewResult(verify.Algebra, check).Strong([]verify.LayerStrength{{Node: "conv_3", Change: 1.2e-7, FoundBy: "bytes"}}),
		"The comparison came to no end; this is what was done before.":                         rounding.Proven(region(0)).Stopped("ort crashed"),
		"NOT SHOWN TO BE THE SAME: the comparison came to no end: ort crashed.":                rounding.Proven(region(0)).Stopped("ort crashed"),
		"THE ANSWERS DIFFER: value add_7, which":                                               rounding.Proven(region(0.2)).Stopped("ort crashed"),
		"THE ANSWERS WERE NOT SHOWN TO BE THE SAME: not":                                       verify.NewResult(verify.Algebra),
	} {
		text := reporttest.Rendered(t, "table", true, reports.New(nil, reports.NewVerify(r, nil), nil))
		if !strings.Contains(strings.Join(strings.Fields(text), " "), want) {
			t.Errorf("%q is not said:\n%s", want, text)
		}
	}
}

// TestAgreement shows each output by what it is, and top-1 of a document that has nothing else.
func TestAgreement(t *testing.T) {
	v := reporttest.Checked()
	last := &v.Checks[len(v.Checks)-1]
	last.Top1 = &verify.Top1{Output: "logits", Samples: 1200, Before: 0.5, After: verify.Number(math.NaN()), Changed: []int{3, 9}}
	shown := func(want string) {
		t.Helper()
		text := strings.Join(strings.Fields(reporttest.Rendered(t, "table", true, reports.New(nil, v, nil))), " ")
		if !strings.Contains(text, want) {
			t.Errorf("%q is not said:\n%s", want, text)
		}
	}
	shown("| 1 200 | logits | 1198 of 1200 classes equal | 50.00 % | no labels |")
	last.Samples = 1200
	last.Agreement = []verify.Agreement{
		{Output: "mask", Kind: verify.AgreePixels, Value: 0.9995},
		{Output: "logits", Kind: verify.AgreeTop1, Value: 0.998},
		{Output: "box", Kind: verify.AgreeDifference, Value: 1e-7},
	}
	shown("| 1 200 | mask | 99.95 % of pixels equal | | |")
	shown("| | | logits | 1198 of 1200 classes equal | 50.00 % | no labels |")
	shown("| | | box | differ by 1.0e-07 | | |")
	last.Top1 = nil
	shown("| output | agreement |")
	shown("| 1 200 | mask | 99.95 % of pixels equal |")
}

func TestWarnings(t *testing.T) {
	v := reporttest.Checked()
	if text := reporttest.Rendered(t, "table", true, reports.New(nil, v, nil)); strings.Contains(text, "Warnings") {
		t.Errorf("without one:\n%s", text)
	}
	v.Result = v.Warned(verify.Warning{Name: "logits", Reason: "constant_output", Detail: "it is the same for every input"})
	for _, format := range []string{"table", "markdown"} {
		text := reporttest.Rendered(t, format, true, reports.New(nil, v, nil))
		if !strings.Contains(text, "Warnings\n") || !strings.Contains(text, "- logits: it is the same for every input.\n") {
			t.Errorf("%s:\n%s", format, text)
		}
	}
}
