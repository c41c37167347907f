package reports_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/reports/internal/reporttest"
)

// keptUnits are two units of a measurement, as a process that was killed left them, and the beginning of a third one.
const keptUnits = `{"schema":"acdeploy.units/v1","properties":[],"recording":{"Started":"2026-11-23T12:00:00Z","Settings":[{"setting":0,"backend":"ort","provider":"cpu","batch":1,"threads":1,"Shapes":{},"Arms":[{"Letter":"A","Role":"baseline","Name":"examples/resnet20/baseline.onnx"},{"Letter":"B","Role":"control","Name":"examples/resnet20/baseline.onnx"},{"Letter":"C","Role":"candidate","Name":"acdeploy-report/fused.onnx"}]}]}}
{"setting":0,"unit":0,"record":{"setting":0,"backend":"ort","provider":"cpu","batch":1,"threads":1,"unit":0,"complete":true},"blocks":[{"wall":[[100,101],[100,102],[50,51]]}],"schedule":{"blocks":1,"runs":2}}
{"setting":0,"unit":1,"record":{"setting":0,"backend":"ort","provider":"cpu","batch":1,"threads":1,"unit":1,"complete":true},"blocks":[{"wall":[[100,101],[100,102],[50,51]]}],"schedule":{"blocks":1,"runs":2}}
{"setting":0,"unit":2,"rec`

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
