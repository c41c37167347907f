package cli_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/cli"
	"github.com/acdeploy/acdeploy/reports"
)

// titles is a report format of somebody else: the headings of a document.
type titles struct{}

func (titles) Write(to reports.Output, doc reports.Document) error {
	for _, s := range doc.Page().Evidence {
		if _, err := fmt.Fprintln(to, s.Title); err != nil {
			return err
		}
	}
	return nil
}

// A format that the main function lists is known to every command that takes one, and to their help.
func TestThirdPartyAddsAFormat(t *testing.T) {
	t.Setenv("GITHUB_STEP_SUMMARY", "")
	tools := toolbox()
	tools.Formats = append(tools.Formats, catalog.Entry[reports.Format]{
		Name: "titles", Doc: "the headings", New: func() reports.Format { return titles{} },
	})
	const report = "../reports/formats/testdata/pass.json"
	for _, c := range []struct{ line, want string }{
		{"report " + report + " --format titles", "Models\nRewrites\n"},
		{"compare " + report + " " + report + " --require nothing --format titles", "Latency in two reports\n"},
		{"compare " + report + " " + report + " " + report + " --require nothing --format titles", "Latency in 3 reports\n"},
		{"report " + report + " --format md", "## Result\n"},
		{"report ../reports/formats/testdata/hostile.json --format github", "\n::error title=acdeploy%3A differ::"}, // not escaped, as other text is
		{"report --help", " or titles"},
		{"compare --help", " or titles"},
	} {
		var out, errs bytes.Buffer
		if code := cli.Run(t.Context(), &out, &errs, strings.Fields(c.line), tools); code != cli.ExitOK || !strings.Contains(out.String(), c.want) {
			t.Errorf("%s: exit code %d, %s%s", c.line, code, &out, &errs)
		}
	}
	var out, errs bytes.Buffer
	code := cli.Run(t.Context(), &out, &errs, []string{"report", report, "--format", "title"}, tools)
	if want := `acdeploy: format "title" is not known, did you mean "titles"?`; code != cli.ExitUsage || !strings.HasPrefix(errs.String(), want) {
		t.Errorf("exit code %d, %s", code, &errs)
	}
}
