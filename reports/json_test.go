package reports_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/reports/internal/reporttest"
)

var _ = flag.Bool("update", false, "rewrite the golden files")

func text(t *testing.T, document any) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := reports.JSON(&out, document); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestSchemaIsTheFirstKeyOfEveryDocument(t *testing.T) {
	r := reporttest.Whole()
	for want, document := range map[string]any{
		reports.SchemaReport: r, reports.SchemaFuse: r.Fuse, reports.SchemaVerify: r.Verify,
		reports.SchemaBench: reporttest.Measured(), reports.SchemaCompare: reports.NewCompare(r, r, judge.LatencyGate{}),
		reports.SchemaSeries: reports.NewSeries([]*reports.Report{r, r}, judge.LatencyGate{}), reports.SchemaTrend: reports.NewTrend([]*reports.Report{r}, nil),
	} {
		if got := string(text(t, document)); !strings.HasPrefix(got, "{\n  \"schema\": \""+want+"\",\n") {
			t.Errorf("%s begins with %.60q", want, got)
		}
	}
}

func TestANumberThatIsNotFiniteIsNull(t *testing.T) {
	r := reporttest.Whole()
	c := &r.Comparisons[0]
	c.Ratio, c.DeltaStar, c.CI[1] = bench.Float(math.NaN()), bench.Float(math.Inf(1)), bench.Float(math.Inf(1))
	data := text(t, r)
	for _, want := range []string{`"ratio": null`, `"delta_star": null`, `"ci": [0.9941,null]`} {
		if !bytes.Contains(data, []byte(want)) {
			t.Errorf("%s is missing", want)
		}
	}
	again, err := reports.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	if got := float64(again.Comparisons[0].Ratio); !math.IsNaN(got) {
		t.Errorf("null is read as %v", got)
	}
	if strings.Contains(reporttest.Rendered(t, "table", true, again), "NaN") {
		t.Error("the table shows NaN")
	}
}

func TestIndentedJSONSaysTheSame(t *testing.T) {
	tricky := map[string]any{
		"a\"[{,:": []any{"[", "{\\\"", 1, nil, true}, "empty": []any{}, "none": map[string]any{},
		"deep": []any{[]any{1, 2}, []any{map[string]any{"x": "<&>\u2028"}}, "}"}, "n": -1.5e-300,
	}
	want, err := json.Marshal(tricky)
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if err := json.Compact(&got, text(t, tricky)); err != nil {
		t.Fatal(err)
	}
	var a, b any
	if json.Unmarshal(want, &a) != nil || json.Unmarshal(got.Bytes(), &b) != nil || !cmp.Equal(a, b) {
		t.Errorf("got %s, want %s", got.Bytes(), want)
	}
}
