package reports_test

import (
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/reports"
)

func TestFormats(t *testing.T) {
	if err := reports.Formats().Validate(); err != nil {
		t.Error(err)
	}
}

func TestEveryFormatOfEveryReport(t *testing.T) {
	for name, r := range map[string]*reports.Report{"whole": whole(), "no_engine": noEngine(), "no_baseline": noBaseline()} {
		for _, format := range reports.Formats().Names() {
			golden(t, name+"."+format, rendered(t, format, false, r))
		}
		golden(t, name+".table.ascii", rendered(t, "table", true, r))
	}
}

// What is not safe to print does not leave a document, whatever the format; JSON escapes it.
func TestFormatsKeepNamesFromSteeringATerminal(t *testing.T) {
	r := whole()
	const evil = "conv\x1b[2J\n"
	r.Fuse.Refusals[0].Node, r.Fuse.Input.Path, r.Verify.Checks[0].Outputs[0].Name = evil, evil, evil
	for _, format := range reports.Formats().Names() {
		if strings.ContainsAny(rendered(t, format, false, r), "\x1b\r") {
			t.Errorf("%s passes control characters on", format)
		}
	}
	if r.Fuse.Input.Path != evil {
		t.Error("writing changed the report")
	}
}
