package reports_test

import (
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/reports"
)

func TestRefusalsThatDoNotFitAreCounted(t *testing.T) {
	r := whole()
	for range 100 {
		r.Fuse.Refusals = append(r.Fuse.Refusals, r.Fuse.Refusals[0])
	}
	out := rendered(t, "table", false, r)
	if !strings.Contains(out, "… and 82 more, all of them in the report.") {
		t.Error("the rest is not mentioned")
	}
}

func TestPartsOfARunHaveTablesToo(t *testing.T) {
	for name, r := range map[string]*reports.Report{
		"fuse": reports.New(fused(), nil, nil), "verify": reports.New(nil, checked(), nil), "bench": reports.New(nil, nil, measured()),
	} {
		out := rendered(t, "table", true, r)
		golden(t, name+".table.ascii", out)
	}
}
