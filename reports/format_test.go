package reports_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/reports/formats"
	"github.com/acdeploy/acdeploy/reports/internal/reporttest"
)

// plainFormat is a format of a program that does not say what its file is called.
type plainFormat struct{}

// Write implements [reports.Format].
func (plainFormat) Write(to reports.Output, _ reports.Document) error {
	_, err := to.Write([]byte("plain"))
	return err
}

// TestFolderKeepsMoreFormats writes each into a file of its own, past one that cannot be written, and removes them before the next run.
func TestFolderKeepsMoreFormats(t *testing.T) {
	dir := t.TempDir()
	all := append(formats.Catalog(), catalog.Entry[reports.Format]{Name: "plain", Doc: "is plain", New: func() reports.Format { return plainFormat{} }})
	folder, err := reports.Claim(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = folder.Release() }()
	r := reporttest.Whole()
	if _, err := folder.Write(r); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "junit.xml"), 0o755); err != nil {
		t.Fatal(err)
	}
	names := []string{"json", "junit", "md", "plain", "unheard_of"}
	if err := folder.Copy(r, all, names); err == nil || !strings.Contains(err.Error(), "write report "+filepath.Join(dir, "junit.xml")) || strings.Contains(err.Error(), "\n") {
		t.Errorf("a folder where a file goes: %v", err)
	}
	for file, begin := range map[string]string{"report.json": "{", "report.md": "## Result", "report.plain": "plain"} {
		if got, err := os.ReadFile(filepath.Join(dir, file)); err != nil || !strings.HasPrefix(string(got), begin) {
			t.Errorf("%s: %v, %.40q", file, err, got)
		}
	}
	if err := folder.Forget(all, names); err != nil {
		t.Error(err)
	}
	left, err := os.ReadDir(dir)
	for _, f := range left {
		if name := f.Name(); name == "report.md" || name == "report.plain" || name == "junit.xml" {
			t.Errorf("%s is still there", name)
		}
	}
	if _, gone := os.Stat(filepath.Join(dir, reports.FileName)); err != nil || gone != nil {
		t.Errorf("the report itself: %v, %v", err, gone)
	}
}

// TestNoTwoFormatsShareAFile, so that all of them can be asked for at once.
func TestNoTwoFormatsShareAFile(t *testing.T) {
	seen := map[string]string{}
	for _, e := range formats.Catalog() {
		file := "report." + e.Name
		if filer, is := e.New().(reports.Filer); is {
			file = filer.File()
		}
		if other := seen[file]; other != "" || filepath.Base(file) != file {
			t.Errorf("%s of %s is no name of its own: %s", file, e.Name, other)
		}
		seen[file] = e.Name
	}
}
