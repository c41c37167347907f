package reports_test

import (
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/reports/internal/reporttest"
)

// The result begins with the change that could have been found, and says that the machines are not the same.
func TestCompareSaysWhatCouldBeFound(t *testing.T) {
	first := samples(reporttest.Whole(), times(300_000, 300_000, 600_000))
	second := samples(reporttest.Whole(), times(900_000, 900_000, 1_800_000))
	second.Host.CPU.CacheL3, second.Host.Identity = 1<<20, "other"
	lead := strings.Join(reports.NewCompare(first, second, judge.LatencyGate{}).Page().Result.Lead, " ")
	for _, want := range []string{
		"The reports are of different machines. Not the same in both: third-level cache, machine. Only ratios to the baseline are judged",
		"a slowdown of fused by 2 % or more would have been found, 9 times in 10; the margin is ±2 %.",
	} {
		if !strings.Contains(lead, want) {
			t.Errorf("%q is not said first: %s", want, lead)
		}
	}
	second.Arms[2].Units = second.Arms[2].Units[:3]
	if lead := strings.Join(reports.NewCompare(first, second, judge.LatencyGate{}).Page().Result.Lead, " "); !strings.Contains(lead, "no slowdown of fused could have been found: 12 and 3 units carry no verdict") {
		t.Errorf("a quick look says %s", lead)
	}
}

// TestCompareInPlainWords tells each verdict so that nobody has to know the word for it.
func TestCompareInPlainWords(t *testing.T) {
	first := samples(reporttest.Whole(), times(300_000, 300_000, 600_000))
	for name, c := range map[string]struct {
		second *reports.Report
		want   string
	}{
		"no change": {samples(reporttest.Whole(), times(300_000, 300_300, 600_000)), "fused: nothing lost against baseline, at most "},
		"slower":    {samples(reporttest.Whole(), times(300_000, 330_000, 600_000)), "fused: SLOWER against baseline than before: its ratio went from 1.000 to 1.100, 1.100 times as high, between "},
		"faster":    {samples(reporttest.Whole(), times(300_000, 270_000, 600_000)), "fused: FASTER against baseline than before: "},
	} {
		text := strings.Join(reports.NewCompare(first, c.second, judge.LatencyGate{}).Page().Result.Items, "\n")
		if !strings.Contains(text, c.want) {
			t.Errorf("%s: %q is not said:\n%s", name, c.want, text)
		}
	}
	other := reporttest.Whole()
	other.Host.CPU.Brand, other.Arms = "Example CPU 4000", other.Arms[2:]
	if got := reports.NewCompare(first, other, judge.LatencyGate{}).Page().Result.Lead[0]; got != "The reports are of different machines. The reports do not decide. Not the same in both: processor." {
		t.Error(got)
	}
}
