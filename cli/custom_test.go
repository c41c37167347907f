package cli_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestSecondModuleAddsAPass builds the example of a custom pass as a module of its own, without a
// network, and runs it.
func TestSecondModuleAddsAPass(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program; -short")
	}
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("the go command is not here")
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(root, "examples", "custompass"))); err != nil {
		t.Fatal(err)
	}
	// The requirements are this module's own, so nothing has to be looked up.
	mod := read(t, filepath.Join(root, "go.mod"))
	mod = strings.Replace(mod, "module github.com/acdeploy/acdeploy", "module example.com/custom", 1) +
		"\nrequire github.com/acdeploy/acdeploy v0.0.0\nreplace github.com/acdeploy/acdeploy => " + root + "\n"
	write(t, filepath.Join(dir, "go.mod"), mod)
	write(t, filepath.Join(dir, "go.sum"), read(t, filepath.Join(root, "go.sum")))
	program := filepath.Join(dir, "custom.exe")
	build := exec.Command("go", "build", "-mod=mod", "-o", program, ".")
	build.Dir = dir
	build.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=", "GOWORK=off")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build a second module: %v\n%s", err, out)
	}
	model := filepath.Join(dir, "relus.onnx")
	write(t, model, string(kinds()["relus"]()))
	out, err := exec.Command(program, "fuse", model, "-o", filepath.Join(dir, "out.onnx"), "--passes", "{eliminate_double_relu: {limit: 1}}").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "2 rewrites, 3 → 1 node") {
		t.Errorf("%v\n%s", err, out)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
