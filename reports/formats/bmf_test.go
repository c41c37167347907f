package formats_test

import (
	"encoding/json"
	"math"
	"testing"
	"unicode/utf8"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/reports/internal/reporttest"
)

// bmfValue is what Bencher reads of a measure.
type bmfValue struct {
	Value *float64 `json:"value"`
	Lower *float64 `json:"lower_value"`
	Upper *float64 `json:"upper_value"`
}

func bmf(t *testing.T, r *reports.Report) map[string]map[string]bmfValue {
	t.Helper()
	var read map[string]map[string]bmfValue
	if err := json.Unmarshal([]byte(reporttest.Rendered(t, "bmf", false, r)), &read); err != nil {
		t.Fatal(err)
	}
	for name, measures := range read {
		if n := utf8.RuneCountInString(name); n == 0 || n > 1024 {
			t.Errorf("the name of a benchmark has %d characters", n)
		}
		for measure, v := range measures {
			if v.Value == nil || v.Lower != nil && *v.Lower > *v.Value || v.Upper != nil && *v.Upper < *v.Value {
				t.Errorf("%s of %s is no value within an interval", measure, name)
			}
		}
	}
	return read
}

// TestBMFHasValuesWithinTheirIntervals leaves out what is not known.
func TestBMFHasValuesWithinTheirIntervals(t *testing.T) {
	r := reporttest.Whole()
	nan := bench.Float(math.NaN())
	r.Comparisons[0].CI = [2]bench.Float{nan, nan}
	r.Arms[0].Name = string(make([]byte, 3000))
	fused := bmf(t, r)["fused on ort cpu, batch 1, 1 thread"]
	if v := fused["ratio"]; v.Value == nil || v.Lower != nil || v.Upper != nil {
		t.Errorf("a ratio without an interval is %v", v)
	}
	r.Comparisons[0].Ratio = nan
	if v, there := bmf(t, r)["fused on ort cpu, batch 1, 1 thread"]["ratio"]; there {
		t.Errorf("a ratio that is not known is %v", v)
	}
}
