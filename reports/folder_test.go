package reports_test

import (
	_ "embed"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/reports/formats"
	"github.com/acdeploy/acdeploy/reports/internal/reporttest"
)

// written puts a report into a directory.
func written(t *testing.T, dir string, measured *judge.Result) {
	t.Helper()
	if err := reports.New(nil, nil, measured).Write(dir); err != nil {
		t.Fatal(err)
	}
}

// TestReliability11EarlierReport moves the report of an earlier run aside before a run begins. Only measurements do not give
// way to a report without any.
func TestReliability11EarlierReport(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		name string
		old  *judge.Result
		want string // the name that the earlier report keeps, "" when it goes
	}{
		{"no measurement", &judge.Result{Started: "2026-11-23T21:55:14Z"}, ""},
		{"measurement", &judge.Result{Started: "2026-11-23T21:55:14Z", Units: []bench.UnitRecord{{}}}, "report-20261123T215514Z.json"},
		{"same moment", &judge.Result{Started: "2026-11-23T21:55:14Z", Units: []bench.UnitRecord{{}}}, "report-20261123T215514Z-2.json"},
		{"no moment", &judge.Result{Started: "../../x", Units: []bench.UnitRecord{{}}}, "report-earlier.json"},
	} {
		t.Run(c.name, func(t *testing.T) {
			written(t, dir, c.old)
			if err := os.Chmod(filepath.Join(dir, reports.FileName), 0o640); err != nil {
				t.Fatal(err)
			}
			folder := claim(t, dir)
			if _, err := os.Stat(filepath.Join(dir, reports.FileName)); err == nil {
				t.Error("the earlier report is still there when the run begins")
			}
			if !folder.Replaces() {
				t.Error("it does not know of the earlier report")
			}
			report := reports.New(nil, nil, nil)
			kept, err := folder.Write(report)
			if err != nil {
				t.Fatal(err)
			}
			if info, err := os.Stat(report.Path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o640 {
				t.Errorf("the new report has other permissions: %v, %v", info, err)
			}
			if c.want == "" {
				if left, _ := filepath.Glob(filepath.Join(dir, "report-*")); kept != "" || len(left) > 0 {
					t.Fatalf("kept %s, left %v", kept, left)
				}
				return
			}
			if filepath.Base(kept) != c.want {
				t.Errorf("moved to %s, want %s", kept, c.want)
			}
			if old, err := reports.Read(kept); err != nil || !old.Measured() {
				t.Errorf("what was kept: %v", err)
			}
		})
	}
}

// A page has the permissions of the one that was removed when the run began.
func TestPageKeepsTheMode(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("permissions are those of Unix")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, reports.PageName)
	if err := os.WriteFile(path, []byte("an earlier page"), 0o600); err != nil {
		t.Fatal(err)
	}
	folder := claim(t, dir)
	if err := folder.WritePage(reports.New(nil, nil, nil), titles{}); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the new page has other permissions: %v, %v", info, err)
	}
}

// A report with measurements takes the place of an earlier one.
func TestFolderReplacesMeasurements(t *testing.T) {
	dir := t.TempDir()
	measured := &judge.Result{Units: []bench.UnitRecord{{}}}
	written(t, dir, measured)
	folder := claim(t, dir)
	if kept, err := folder.Write(reports.New(nil, nil, measured)); kept != "" || err != nil {
		t.Errorf("kept %q, %v", kept, err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 1 {
		t.Errorf("left: %v", left)
	}
}

// claim claims a folder until the test ends.
func claim(t *testing.T, dir string) *reports.Folder {
	t.Helper()
	folder, err := reports.Claim(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := folder.Release(); err != nil {
			t.Error(err)
		}
	})
	return folder
}

func TestFolderIsHeldByOne(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made")
	folder, err := reports.Claim(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := reports.Claim(dir); err == nil {
		t.Error("claimed twice")
	}
	if err := folder.Release(); err != nil {
		t.Fatal(err)
	}
	claim(t, dir)
}

// TestFolderKeepsNoPageOfAnEarlierRun removes the page with the claim, and writes the new one whole.
func TestFolderKeepsNoPageOfAnEarlierRun(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, reports.PageName)
	if err := os.WriteFile(path, []byte("earlier"), 0o644); err != nil {
		t.Fatal(err)
	}
	f, err := reports.Claim(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the earlier page is still there: %v", err)
	}
	r := reports.New(nil, nil, nil)
	if err := f.WritePage(r, titles{}); err != nil || r.PagePath != path {
		t.Errorf("the page is %q, %v", r.PagePath, err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "page" {
		t.Errorf("the page holds %q, %v", text, err)
	}
	if err := f.WritePage(r, titles{errors.New("full")}); err == nil {
		t.Error("a page that was not written has no error")
	}
	if text, _ := os.ReadFile(path); string(text) != "page" {
		t.Errorf("a failure to write left %q", text)
	}
	if err := f.Release(); err != nil {
		t.Error(err)
	}
}

// titles is a format that writes one word, and then fails.
type titles struct{ err error }

func (f titles) Write(to reports.Output, _ reports.Document) error {
	_, err := to.Write([]byte("page"))
	return errors.Join(err, f.err)
}

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

// keptUnits are two units of a measurement, as a process that was killed left them, and the beginning of a third one.
//
//go:embed testdata/units.jsonl
var keptUnits string

func place(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestReadFolderOfAKilledRun has what was done before, and the units that were measured.
func TestReadFolderOfAKilledRun(t *testing.T) {
	dir := t.TempDir()
	folder, err := reports.Claim(dir)
	if err != nil {
		t.Fatal(err)
	}
	r := reports.New(reporttest.Fused(), reporttest.Checked(), nil)
	r.Baseline = reporttest.Whole().Baseline
	if err := folder.WriteUnfinished(r, "2026-11-23T12:00:00Z"); err != nil {
		t.Fatal(err)
	}
	read, err := reports.ReadFolder(dir)
	if err != nil || !read.Unfinished() || read.Conclusion.ExitCode == 0 || !strings.HasPrefix(read.Conclusion.Headline, "UNFINISHED. ") || read.Measured() {
		t.Fatalf("before it measured: %v, %+v", err, read.Conclusion)
	}
	place(t, reports.UnitsPath(dir), keptUnits)
	read, err = reports.ReadFolder(dir)
	if err != nil || len(read.Units) != 2 || len(read.Arms) != 3 || read.Arms[2].Median != 51 || !read.Incomplete || read.Verify == nil || !strings.Contains(read.Conclusion.Headline, "atency measured in part only, same answers") {
		t.Fatalf("while it measured: %v, %d units, %+v", err, len(read.Units), read.Conclusion)
	}
	text := reporttest.Rendered(t, "markdown", true, read)
	for _, want := range []string{"- The run was killed, is not over yet, or could not write its report: this is what it had done.", "| fused "} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if _, err := folder.Write(reporttest.Whole()); err != nil {
		t.Fatal(err)
	}
	if read, err := reports.ReadFolder(dir); err != nil || read.Unfinished() || len(read.Units) != 0 {
		t.Errorf("a report that was finished takes units of another: %v", err)
	}
}

// TestReadFolderOfAReportThatIsCutOff shows the units beside it, or says in one line that nothing can be read.
func TestReadFolderOfAReportThatIsCutOff(t *testing.T) {
	whole := reporttest.Rendered(t, "json", false, reporttest.Whole())
	for n := 0; n < len(whole)-1; n += 97 {
		dir := t.TempDir()
		path := filepath.Join(dir, reports.FileName)
		place(t, path, whole[:n])
		if _, err := reports.ReadFolder(dir); err == nil || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "\n") {
			t.Fatalf("%d bytes: %v", n, err)
		}
		place(t, reports.UnitsPath(dir), keptUnits)
		r, err := reports.ReadFolder(dir)
		if err != nil || len(r.Units) != 2 || !strings.Contains(r.Conclusion.Reasons[0].Text, "nothing can be read") {
			t.Fatalf("%d bytes, with units: %v", n, err)
		}
	}
	dir := t.TempDir()
	if _, err := reports.ReadFolder(dir); err == nil {
		t.Error("an empty folder has a report")
	}
	place(t, reports.UnitsPath(dir), "none")
	if _, err := reports.ReadFolder(dir); err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("neither can be read: %v", err)
	}
	place(t, reports.UnitsPath(dir), keptUnits)
	if r, err := reports.ReadFolder(dir); err != nil || len(r.Units) != 2 || r.Path != "" {
		t.Errorf("units alone: %v", err)
	}
}
