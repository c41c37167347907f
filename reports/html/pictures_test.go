package html_test

import (
	"math"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/reports/internal/reporttest"
)

// A report without measurements has no picture of them; one with a ratio that is no number leaves that out.
func TestPicturesNeedNumbers(t *testing.T) {
	const speedup, over = "<figcaption>How many times as fast", "<figcaption>Latency over the baseline"
	if page := render(t, reporttest.NoEngine()); strings.Contains(page, speedup) || strings.Contains(page, over) {
		t.Error("a picture of times that nobody measured")
	}
	r := reporttest.Whole()
	r.Comparisons[0].Ratio = bench.Float(math.NaN())
	if page := render(t, r); !strings.Contains(page, speedup) || strings.Contains(page, over) {
		t.Error("want a picture of the speedup alone")
	}
	if page := render(t, &reports.Report{}); strings.Contains(page, "<svg") {
		t.Error("a picture of nothing")
	}
}
