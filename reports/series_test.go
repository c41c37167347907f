package reports_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/reports/internal/reporttest"
)

func TestSeriesOfReports(t *testing.T) {
	a, b, c := samples(reporttest.Whole(), times(300_000, 300_000, 600_000)), samples(reporttest.Whole(), times(300_000, 315_000, 600_000)), samples(reporttest.Whole(), times(200_000, 200_000, 400_000))
	a.Path, b.Path, c.Path = "monday", "tuesday", "wednesday"
	c.Host.CPU.Brand = "other"
	c.Arms = c.Arms[:3]
	s := reports.NewSeries([]*reports.Report{a, b, c}, judge.LatencyGate{})
	if all := s.Judged(); len(s.Rows) != 3 || len(all) != 2 || all[0].Verdict != judge.Slower || all[1].Verdict != judge.Equivalent {
		t.Errorf("%d rows, judged %+v", len(s.Rows), all)
	}
	for _, format := range []string{"table", "markdown", "json"} {
		reporttest.Golden(t, "series."+format, reporttest.Rendered(t, format, false, s))
	}
	page := s.Page()
	if got := page.Result.Lead[0]; got != "1 model SLOWER than in the first report." {
		t.Error(got)
	}
	differ := page.Evidence[len(page.Evidence)-1]
	if want := [][]string{{"processor", "Example CPU 3000", "Example CPU 3000", "other"}}; differ.Title != "Not the same in all" || !cmp.Equal(differ.Table.Rows, want) {
		t.Errorf("%s: %v, want %v", differ.Title, differ.Table.Rows, want)
	}
}
