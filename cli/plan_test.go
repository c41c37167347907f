package cli_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/cli"
)

// TestDryRun says in words, and as JSON, what a run would do, and writes nothing.
func TestDryRun(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("ACDEPLOY_ORT_LIB", "")
	t.Setenv("ORT_DYLIB_PATH", filepath.Join(dir, "absent.so"))
	dry := func(flags ...string) (string, string, int) {
		var out, errs bytes.Buffer
		args := append([]string{"run", "--dry-run", "--model", "../examples/cifar_quick/acnet.onnx", "--report", filepath.Join(dir, "report")}, flags...)
		code := cli.Run(t.Context(), &out, &errs, args, toolbox())
		return out.String(), errs.String(), code
	}
	out, errs, code := dry()
	for _, want := range []string{"Nothing is written", "21 rewrites", "as trained (", "ort cpu: it is not there: ", "What to do: ", "about 0s"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not said:\n%s%s", want, out, errs)
		}
	}
	if code != cli.ExitOK {
		t.Errorf("exit code %d: %s", code, errs)
	}
	t.Setenv("COLUMNS", "40")
	narrow, _, _ := dry("--report", "report")
	for line := range strings.Lines(narrow) {
		if len(line) > 41 && strings.Contains(strings.TrimSpace(line), " ") && !strings.Contains(line, "/") { // a path is one word
			t.Errorf("%q is wider than 40 characters", line)
		}
	}
	out, _, _ = dry("--json")
	var plan struct {
		Engines []struct{ Name string }
	}
	if err := json.Unmarshal([]byte(out), &plan); err != nil || len(plan.Engines) != 1 {
		t.Errorf("%v: %s", err, out)
	}
	if out, _, code := dry("-q"); out != "" || code != cli.ExitOK {
		t.Errorf("-q: exit code %d, %s", code, out)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("%v is left, %v", left, err)
	}
}
