package reporttest

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/reports/formats"
)

// Golden compares a text with a file in testdata, or writes the file where the test has a flag -update and it is set.
func Golden(t *testing.T, name string, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if f := flag.Lookup("update"); f != nil && f.Value.String() == "true" {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", path, diff)
	}
}

// Rendered is a document in a format; "" for one that has nothing for the format to show.
func Rendered(t *testing.T, format string, ascii bool, doc reports.Document) string {
	t.Helper()
	f, err := formats.Catalog().Make(format, nil)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	err = f.Write(reports.Output{Writer: &out, ASCII: ascii}, doc)
	if _, unfit := errors.AsType[*formats.UnfitError](err); err != nil && !unfit {
		t.Fatal(err)
	}
	return out.String()
}
