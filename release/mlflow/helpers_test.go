package mlflow_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/release"
	"github.com/acdeploy/acdeploy/reports"
)

// folder is a release folder.
func folder(t *testing.T) *release.Folder {
	t.Helper()
	dir := t.TempDir()
	f := &release.Folder{Dir: dir, Name: "resnet20", Alias: "champion"}
	sums := ""
	for name, from := range map[string]string{
		release.ModelFile: "../../examples/resnet20/baseline.onnx", release.ReportFile: "../../reports/formats/testdata/pass.json",
	} {
		text, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
		sum := osfile.SHA256Bytes(text)
		sums += sum + "  " + name + "\n"
		f.Files = append(f.Files, release.File{Name: name, SHA256: sum, Bytes: int64(len(text))})
	}
	if err := os.WriteFile(filepath.Join(dir, release.SumsFile), []byte(sums), 0o644); err != nil {
		t.Fatal(err)
	}
	f.Digest = osfile.SHA256Bytes([]byte(sums))
	var err error
	if f.Report, err = reports.Read(filepath.Join(dir, release.ReportFile)); err != nil {
		t.Fatal(err)
	}
	return f
}
