package formats_test

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/reports/formats"
	"github.com/acdeploy/acdeploy/reports/internal/reporttest"
)

var _ = flag.Bool("update", false, "rewrite the golden files")

func TestFormats(t *testing.T) {
	if err := formats.Catalog().Validate(); err != nil {
		t.Error(err)
	}
}

// keptOfLarge are the formats of which golden files are kept of large reports, too: a text, XML, and one with a limit.
var keptOfLarge = []string{"table", "junit", "github"}

func TestEveryFormatOfEveryReport(t *testing.T) {
	for _, c := range reporttest.Cases() {
		for _, format := range formats.Catalog().Names() {
			if format == "html" || c.Large && !slices.Contains(keptOfLarge, format) {
				continue // the package of html keeps its pages
			}
			reporttest.Golden(t, c.Name+"."+format, reporttest.Rendered(t, format, false, c.Report))
		}
		if !c.Large {
			reporttest.Golden(t, c.Name+".table.ascii", reporttest.Rendered(t, "table", true, c.Report))
		}
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

// TestGoldenFilesAreOfCases: what no case writes any more is a left-over.
func TestGoldenFilesAreOfCases(t *testing.T) {
	files, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		name, _, _ := strings.Cut(f.Name(), ".")
		if !slices.ContainsFunc(reporttest.Cases(), func(c reporttest.Case) bool { return c.Name == name }) && severals()[name] == nil {
			t.Errorf("%s is of no case", f.Name())
		}
	}
}
