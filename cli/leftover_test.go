package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/cli"
)

// doctor names the temporary files that nobody holds. It removes none.
func TestReliability10DoctorNamesLeftOvers(t *testing.T) {
	t.Chdir(t.TempDir())
	const left = ".m.onnx.0123456789abcdef.tmp"
	doctor := func() string {
		t.Helper()
		var out, errs bytes.Buffer
		cli.Run(t.Context(), &out, &errs, []string{"doctor"}, toolbox())
		return out.String()
	}
	if said := doctor(); strings.Contains(said, "left over") {
		t.Errorf("said of nothing: %s", said)
	}
	if err := os.MkdirAll(filepath.Join("acdeploy-report", left), 0o700); err != nil {
		t.Fatal(err)
	}
	if said := doctor(); !strings.Contains(said, "temporary files of commands that were ended: acdeploy-report/"+left) {
		t.Errorf("said: %s", said)
	}
	if _, err := os.Stat(filepath.Join("acdeploy-report", left)); err != nil {
		t.Error(err)
	}
}
