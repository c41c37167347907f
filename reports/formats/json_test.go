package formats

import (
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/reports"
)

// TestJSONHasListsOfNothing writes a document whole: a reader expects a list where there is nothing, too.
func TestJSONHasListsOfNothing(t *testing.T) {
	var out strings.Builder
	if err := (jsonFormat{}).Write(reports.Output{Writer: &out}, &reports.Report{Schema: reports.SchemaReport}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"comparisons": []`, `"tools": []`, `"config": null`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%s is not in %s", want, out.String())
		}
	}
}
