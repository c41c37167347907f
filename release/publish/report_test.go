package publish_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/release/publish"
)

// The report of a run that failed is a folder without a model, known by the digest of the report.
func TestOfReport(t *testing.T) {
	dir := t.TempDir()
	text, err := os.ReadFile("../../reports/formats/testdata/slower.json")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "report.json")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, at := range []string{dir, path} {
		f, err := publish.OfReport(at)
		if err != nil || f.Digest != osfile.SHA256Bytes(text) || len(f.Files) != 1 || f.Name != "" || f.Passed() {
			t.Errorf("%+v, %v", f, err)
		}
	}
	if _, err := publish.OfReport(filepath.Join(dir, "absent")); err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v", err)
	}
}
