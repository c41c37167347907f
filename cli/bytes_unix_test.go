//go:build unix

package cli_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/acdeploy/acdeploy/reports"
)

// The name of a file need not be UTF-8: every command works with it.
func TestNameThatIsNotUTF8(t *testing.T) {
	dir := t.TempDir()
	model, err := os.ReadFile("../examples/cifar_quick/acnet.onnx")
	if err != nil {
		t.Fatal(err)
	}
	trained, fused := filepath.Join(dir, "m\xff.onnx"), filepath.Join(dir, "f\xff.onnx")
	if err := os.WriteFile(trained, model, 0o600); err != nil {
		t.Skip("this file system takes no such name: ", err)
	}
	acdeploy := program(t)
	for _, args := range [][]string{
		{"inspect", trained, "--json"},
		{"fuse", trained, "-o", fused, "--json"},
		{"verify", trained, fused, "--backend", "reference", "--json"},
		{"bench", trained, fused, "--backend", "reference", "--units", "2", "--duration", "200ms", "--require", "nothing", "--json"},
	} {
		out, err := exec.Command(acdeploy, args...).Output()
		if err != nil || !json.Valid(out) {
			t.Errorf("%s: %v\n%s", args[0], err, out)
		}
	}
}

// TestRunInAFolderThatIsNotUTF8 keeps a report that is UTF-8 and in which every byte of the paths can be told.
func TestRunInAFolderThatIsNotUTF8(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "\xff")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Skip("this file system takes no such name: ", err)
	}
	for _, name := range []string{"acnet.onnx", "baseline.onnx"} {
		model, err := os.ReadFile("../examples/cifar_quick/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), model, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	report := filepath.Join(dir, "report")
	cmd := exec.Command(program(t), "run", "--model", filepath.Join(dir, "acnet.onnx"), "--baseline", filepath.Join(dir, "baseline.onnx"), "--report", report,
		"--backend", "reference", "--units", "2", "--duration", "200ms", "--require", "nothing", "--log-format", "json")
	var log strings.Builder
	cmd.Stderr = &log
	if out, err := cmd.Output(); err != nil || !strings.Contains(string(out), `/\xff/report/report.html`) {
		t.Fatalf("%v\n%s\n%s", err, out, &log)
	}
	if !strings.Contains(log.String(), `/\\xff/report/report.html`) {
		t.Errorf("the log does not name the page:\n%s", &log)
	}
	files, err := filepath.Glob(filepath.Join(report, "*"))
	if err != nil || len(files) != 3 {
		t.Errorf("the report is %q, %v", files, err)
	}
	text, err := os.ReadFile(filepath.Join(report, "report.json"))
	if err != nil || !utf8.Valid(text) || bytes.ContainsRune(text, utf8.RuneError) || bytes.Contains(text, []byte(`\ufffd`)) {
		t.Errorf("the report is not UTF-8, or has lost a byte: %v", err)
	}
	r, err := reports.Read(report + "/report.json")
	if err != nil {
		t.Fatal(err)
	}
	var config struct{ Model string }
	if err := json.Unmarshal(r.Config, &config); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{config.Model, r.Fuse.Input.Path, r.Verify.Before.Path, r.Baseline.Path, r.Arms[0].Path, r.Comparisons[0].Candidate} {
		if !strings.Contains(path, `/\xff/`) {
			t.Errorf("a path in the report is %q", path)
		}
	}
	if out, err := exec.Command(program(t), "gate", report).CombinedOutput(); err != nil {
		t.Errorf("the report cannot be judged again: %v\n%s", err, out)
	}
}
