package cli_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/cli"
	"github.com/acdeploy/acdeploy/pipeline"
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

// faulty is a pass with a mistake.
type faulty struct{}

func (*faulty) Run(context.Context, *pipeline.Rewriter) error {
	var rows []int
	_ = rows[len(rows)]
	return nil
}

// TestReliability12Panic runs a custom pass that panics: exit code 1 and one line with its name, and nothing is written. Only -v
// tells where it was.
func TestReliability12Panic(t *testing.T) {
	dir := t.TempDir()
	model, output := filepath.Join(dir, "good.onnx"), filepath.Join(dir, "out.onnx")
	before := kinds()["good"]()
	write(t, model, string(before))
	tools := toolbox()
	tools.Passes = append(slices.Clone(tools.Passes), catalog.Entry[pipeline.Pass]{
		Name: "faulty", Doc: "a pass with a mistake", New: func() pipeline.Pass { return &faulty{} },
	})
	for name, c := range map[string]struct {
		flags []string
		lines int // at least
		want  string
	}{
		"plain":        {nil, 1, "acdeploy: "},
		"verbose":      {[]string{"-v"}, 5, "custom_test.go:"},
		"json":         {[]string{"--log-format", "json"}, 1, `"level":"ERROR","msg":"failed","error":"`},
		"json_verbose": {[]string{"--log-format", "json", "-v"}, 2, `"level":"DEBUG","msg":"trace","trace":"`},
	} {
		t.Run(name, func(t *testing.T) {
			var out, said bytes.Buffer
			code := cli.Run(t.Context(), &out, &said, append([]string{"fuse", model, "-o", output}, c.flags...), tools)
			text := said.String()
			if lines := strings.Count(text, "\n"); code != cli.ExitFailed || lines < c.lines || c.lines == 1 && lines != 1 || out.Len() != 0 {
				t.Errorf("exit code %d, %d lines:\n%s%s", code, lines, text, out.String())
			}
			first, _, _ := strings.Cut(text, "\n")
			if !strings.Contains(first, "pass faulty: it panicked: runtime error: index out of range [0] with length 0") || !strings.Contains(text, c.want) {
				t.Errorf("it says:\n%s", text)
			}
			if left, err := os.ReadDir(dir); err != nil || len(left) != 1 || read(t, model) != string(before) {
				t.Errorf("the folder holds %v, %v", left, err)
			}
		})
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
