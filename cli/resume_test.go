package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/cli"
)

// TestReliability11NothingToResume resumes a run of which there is nothing: one line says so, and not a byte changes.
func TestReliability11NothingToResume(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"no_folder":           nil,
		"an_empty_folder":     {},
		"an_earlier_report":   {"report.json": "{}", "report.md": "passed"},
		"a_file_of_no_units":  {"units.jsonl": ""},
		"a_file_of_no_header": {"units.jsonl": "{\n", "report.json": "{}"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "report")
			if files != nil {
				if err := os.Mkdir(dir, 0o755); err != nil {
					t.Fatal(err)
				}
			}
			for file, text := range files {
				write(t, filepath.Join(dir, file), text)
			}
			var out, said bytes.Buffer
			code := cli.Run(t.Context(), &out, &said, []string{
				"run", "--model", "../examples/cifar_quick/acnet.onnx", "--backend", "reference", "--units", "2", "--duration", "200ms",
				"--require", "nothing", "--report", dir, "--resume",
			}, toolbox())
			if lines := strings.Count(said.String(), "\n"); code != cli.ExitUsage || lines != 1 || !strings.Contains(said.String(), "leave --resume out") {
				t.Errorf("exit code %d: %s", code, said.String())
			}
			entries, err := os.ReadDir(dir)
			if (err == nil) != (files != nil) || len(entries) != len(files) {
				t.Errorf("the folder holds %v, %v", entries, err)
			}
			for file, text := range files {
				if now := read(t, filepath.Join(dir, file)); now != text {
					t.Errorf("%s is %q", file, now)
				}
			}
		})
	}
}
