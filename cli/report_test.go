package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/cli"
	"github.com/acdeploy/acdeploy/reports/schema"
)

// A report is named by its file or by the folder that holds it.
func TestReportOfAFolder(t *testing.T) {
	text, err := os.ReadFile("../reports/formats/testdata/pass.json")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "report.json")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	show := func(args ...string) (string, int) {
		var out, errs bytes.Buffer
		code := cli.Run(t.Context(), &out, &errs, append([]string{"report"}, args...), toolbox())
		return out.String() + errs.String(), code
	}
	whole, code := show(path)
	if code != cli.ExitOK {
		t.Fatalf("exit code %d: %s", code, whole)
	}
	if got, code := show(dir); code != cli.ExitOK || got != whole {
		t.Errorf("exit code %d, the folder shows something else:\n%s", code, got)
	}
	if got, code := show(dir, "--json"); code != cli.ExitOK || !strings.HasPrefix(got, "{\n  \"schema\"") {
		t.Errorf("exit code %d, %.100s", code, got)
	}
	if got, code := show(t.TempDir()); code != cli.ExitFailed || !strings.Contains(got, "no such file") {
		t.Errorf("exit code %d, %s", code, got)
	}
}

func TestReportPrintsTheSchema(t *testing.T) {
	var out, errs bytes.Buffer
	if code := cli.Run(t.Context(), &out, &errs, []string{"report", "--schema"}, toolbox()); code != cli.ExitOK || out.String() != schema.Report() {
		t.Errorf("exit code %d, %.80q, %s", code, out.String(), errs.String())
	}
	if code := cli.Run(t.Context(), &out, &errs, []string{"report", "--schema", "report.json"}, toolbox()); code != cli.ExitUsage {
		t.Errorf("exit code %d for a schema of a report", code)
	}
}

// TestReportPrintsTheConfiguration such that it is read as one, and says where there is none.
func TestReportPrintsTheConfiguration(t *testing.T) {
	var out, errs bytes.Buffer
	if code := cli.Run(t.Context(), &out, &errs, []string{"report", "../reports/formats/testdata/pass.json", "--as-config"}, toolbox()); code != cli.ExitOK {
		t.Fatalf("exit code %d, %s", code, &errs)
	}
	path := filepath.Join(t.TempDir(), "repeat.yaml")
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	out.Reset()
	if code := cli.Run(t.Context(), &out, &errs, []string{"config", "show", path}, toolbox()); code != cli.ExitOK || !strings.Contains(out.String(), "examples/resnet20/acnet.onnx") {
		t.Errorf("exit code %d, %s%s", code, &out, &errs)
	}
	alone := recorded(t, "alone", 1000, judge.OK)
	if code := cli.Run(t.Context(), &out, &errs, []string{"report", alone, "--as-config"}, toolbox()); code != cli.ExitUsage || !strings.Contains(errs.String(), "has no configuration") {
		t.Errorf("exit code %d, %s", code, &errs)
	}
}
