package formats_test

import (
	"flag"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/reports/formats"
	"github.com/acdeploy/acdeploy/reports/internal/reporttest"
)

var _ = flag.Bool("update", false, "rewrite the golden files")

func TestFormats(t *testing.T) {
	if err := formats.Catalog().Validate(); err != nil {
		t.Error(err)
	}
}

func TestEveryFormatOfEveryReport(t *testing.T) {
	for name, r := range map[string]*reports.Report{"whole": reporttest.Whole(), "no_engine": reporttest.NoEngine(), "no_baseline": reporttest.NoBaseline(), "hostile": reporttest.Hostile()} {
		for _, format := range formats.Catalog().Names() {
			if format == "html" {
				continue // its package keeps its pages
			}
			reporttest.Golden(t, name+"."+format, reporttest.Rendered(t, format, false, r))
		}
		reporttest.Golden(t, name+".table.ascii", reporttest.Rendered(t, "table", true, r))
	}
}

// What is not safe to print does not leave a document, whatever the format; JSON escapes it.
func TestFormatsKeepNamesFromSteeringATerminal(t *testing.T) {
	r := reporttest.Whole()
	const evil = "conv\x1b[2J\n"
	r.Fuse.Refusals[0].Node, r.Fuse.Input.Path, r.Verify.Checks[0].Outputs[0].Name = evil, evil, evil
	for _, format := range formats.Catalog().Names() {
		if strings.ContainsAny(reporttest.Rendered(t, format, false, r), "\x1b\r") {
			t.Errorf("%s passes control characters on", format)
		}
	}
	if r.Fuse.Input.Path != evil {
		t.Error("writing changed the report")
	}
}
