package cli_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/acdeploy/acdeploy/cli"
)

// doctor names the temporary files that nobody holds, and data that no model refers to. It removes none.
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
	data, past := filepath.Join("acdeploy-report", "m.onnx.0123456789abcdef.data"), time.Now().Add(-time.Hour)
	if err := errors.Join(os.WriteFile(data, nil, 0o600), os.Chtimes(data, past, past)); err != nil {
		t.Fatal(err)
	}
	if said := doctor(); !strings.Contains(said, "files of commands that were ended: acdeploy-report/"+left+", acdeploy-report/m.onnx.0123456789abcdef.data") {
		t.Errorf("said: %s", said)
	}
	if _, err := os.Stat(filepath.Join("acdeploy-report", left)); err != nil {
		t.Error(err)
	}
}
