package reports_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/reports/internal/reporttest"
)

func TestSeriesOfReports(t *testing.T) {
	a, b, c := samples(reporttest.Whole(), times(300_000, 300_000, 600_000)), samples(reporttest.Whole(), times(300_000, 315_000, 600_000)), samples(reporttest.Whole(), times(200_000, 200_000, 400_000))
	a.Path, b.Path, c.Path = "monday", "tuesday", "wednesday"
	c.Host.CPU.Brand = "other"
	c.Arms = c.Arms[:3]
	s := reports.NewSeries([]*reports.Report{a, b, c})
	if len(s.Rows) != 3 || len(s.Slower()) != 1 || len(s.Invalid()) != 0 {
		t.Errorf("%d rows, slower %v", len(s.Rows), s.Slower())
	}
	for _, format := range []string{"table", "markdown", "json"} {
		reporttest.Golden(t, "series."+format, reporttest.Rendered(t, format, false, s))
	}
}
