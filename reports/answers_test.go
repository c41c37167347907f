package reports_test

import (
	"math"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/verify"
)

// What the checks amount to is said in a sentence above them.
func TestAnswersSayWhatTheyProve(t *testing.T) {
	check := checked().Checks[0]
	differs := check
	differs.Outputs = []verify.Output{{Name: "logits", MaxRel: 0.5, Tolerance: 1e-6, Detail: "why"}}
	for want, r := range map[string]verify.Result{
		"Nothing was checked.":                           verify.NewResult(verify.Algebra),
		"Equal in exact arithmetic, shown in float64":    verify.NewResult(verify.Algebra, check),
		"Equal up to rounding; how one model came":       verify.NewResult(verify.RoundingOnly, check),
		"The answers differ.":                            verify.NewResult(verify.Algebra, differs),
		"5.0e-01 | 1.0e-06 | DIFFERENT":                  verify.NewResult(verify.Algebra, differs),
		"- reference, unrounded, output logits: why.":    verify.NewResult(verify.Algebra, differs),
		"3.1e-16 | 1.0e-12 | equal":                      verify.NewResult(verify.Algebra, check),
		"THE ANSWERS WERE NOT SHOWN TO BE THE SAME: not": verify.NewResult(verify.Algebra),
	} {
		text := rendered(t, "table", true, reports.New(nil, reports.NewVerify(r, nil), nil))
		if !strings.Contains(strings.Join(strings.Fields(text), " "), want) {
			t.Errorf("%q is not said:\n%s", want, text)
		}
	}
}

func TestTop1(t *testing.T) {
	v := checked()
	last := len(v.Checks) - 1
	v.Checks[last].Top1 = &verify.Top1{Samples: 1200, Before: 0.5, After: verify.Number(math.NaN()), Changed: []int{3, 9}}
	text := strings.Join(strings.Fields(rendered(t, "table", true, reports.New(nil, v, nil))), " ")
	if want := "| 1 200 | 50.00 % | no labels | 1198 of 1200 |"; !strings.Contains(text, want) {
		t.Errorf("%q is not said:\n%s", want, text)
	}
}
