package reports_test

import (
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/reports/internal/reporttest"
)

func TestRefusalsThatDoNotFitAreCounted(t *testing.T) {
	r := reporttest.Whole()
	for range 100 {
		r.Fuse.Refusals = append(r.Fuse.Refusals, r.Fuse.Refusals[0])
	}
	out := reporttest.Rendered(t, "table", false, r)
	if !strings.Contains(out, "… and 82 more, all of them in the report.") {
		t.Error("the rest is not mentioned")
	}
}

func TestPartsOfARunHaveTablesToo(t *testing.T) {
	for name, r := range map[string]*reports.Report{
		"fuse": reports.New(reporttest.Fused(), nil, nil), "verify": reports.New(nil, reporttest.Checked(), nil), "bench": reports.New(nil, nil, reporttest.Measured()),
	} {
		out := reporttest.Rendered(t, "table", true, r)
		reporttest.Golden(t, name+".table.ascii", out)
	}
}
