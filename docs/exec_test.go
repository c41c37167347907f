package docs_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestExec follows the section on a pass in any language: it puts its files in a folder with a trained network, and runs its command there.
func TestExec(t *testing.T) {
	_, section, found := strings.Cut(read(t, "extending.md"), "\n## A pass in any language\n")
	if !found {
		t.Fatal("the page has no such section")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	if bins, _ := filepath.Glob(filepath.Join(root, ".tools", "exec-*", "bin")); len(bins) > 0 {
		t.Setenv("PATH", bins[0]+string(os.PathListSeparator)+os.Getenv("PATH"))
	}
	if out, err := exec.Command("python3", "-c", "import onnx").CombinedOutput(); err != nil {
		t.Skipf("python3 has no onnx (%v: %s); make exec-tools installs it", err, strings.TrimSpace(string(out)))
	}
	dir, path := t.TempDir(), ""
	for _, m := range block.FindAllStringSubmatch(section, -1) {
		if path = m[1] + path; m[1] == "" && m[2] != "" {
			write(t, filepath.Join(dir, path), []byte(m[3]))
			path = ""
		}
	}
	write(t, filepath.Join(dir, "model.onnx"), []byte(read(t, filepath.Join(root, "examples", "resnet20", "acnet.onnx"))))
	program := filepath.Join(t.TempDir(), "acdeploy.exe")
	build(t, program)
	listed, err := exec.Command(program, "passes").Output()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for line := range strings.Lines(string(listed)) {
		if name, _, _ := strings.Cut(line, " "); !strings.Contains(line, "(only where it is listed or enabled)") {
			names = append(names, name)
		}
	}
	if all := "\n  - " + strings.Join(names, "\n  - ") + "\n```\n"; !strings.Contains(section, all) {
		t.Errorf("the passes of the page are not the default ones:%s", all)
	}
	_, command, _ := strings.Cut(section, "\n```\nacdeploy ")
	command, _, _ = strings.Cut(command, "\n")
	run := exec.Command(program, append(strings.Fields(command), "--backend", "reference", "-v")...)
	run.Dir = dir
	out, err := run.CombinedOutput()
	if err != nil {
		t.Fatalf("acdeploy %s: %v\n%s", command, err, out)
	}
	for _, want := range []string{"ReduceMean 0 → 1", "Flatten 1 → 0", "wrote fused.onnx", "Equal in exact arithmetic", "Conv 59 → 21"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("it does not say %q:\n%s", want, out)
		}
	}
}
