package cli_test

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/cli"
	"github.com/acdeploy/acdeploy/pipeline"
)

// copied is a module of examples, copied to a folder outside of this repository. Nothing but the path of acdeploy is changed.
func copied(t *testing.T, name string) string {
	t.Helper()
	root, dir := checkout(t), t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(root, "examples", name))); err != nil {
		t.Fatal(err)
	}
	mod := read(t, filepath.Join(dir, "go.mod"))
	own := strings.Replace(mod, "=> ../..\n", "=> "+filepath.ToSlash(root)+"\n", 1)
	if own == mod {
		t.Fatalf("go.mod has no line that replaces acdeploy by ../..:\n%s", mod)
	}
	write(t, filepath.Join(dir, "go.mod"), own)
	return dir
}

// builtOutside builds a module. The compilers have nothing to say. The flags of C are those that hold where none are given, and a
// word that they were never given before: what was compiled before says nothing again.
func builtOutside(t *testing.T, dir string) (program string) {
	t.Helper()
	program = filepath.Join(dir, "program.exe")
	anew := fmt.Sprintf("CGO_CFLAGS=-O2 -g -DBUILT_ANEW=%d", time.Now().UnixNano())
	if said := outsideWith(t, dir, []string{anew}, "build", "-o", program, "."); said != "" {
		t.Errorf("building the module prints\n%s", said)
	}
	if said := outside(t, dir, "vet", "./..."); said != "" {
		t.Errorf("vet prints\n%s", said)
	}
	return program
}

// TestCustomPass builds and tests the example of a custom pass outside of this repository, and makes a classifier give its features.
func TestCustomPass(t *testing.T) {
	dir := copied(t, "custompass")
	program := builtOutside(t, dir)
	outside(t, dir, "test", "./...")
	const features = "/12/Flatten_output_0"
	model := filepath.Join(checkout(t), "examples", "resnet20", "acnet.onnx")
	cut := `[{cut_head: {outputs: [` + features + `]}}, fold_batchnorm, fuse_branches, remove_unused]`
	run := func(code int, args ...string) string {
		t.Helper()
		c := exec.Command(program, args...)
		c.Dir, c.Env = dir, append(os.Environ(), "ACDEPLOY_ORT_LIB=")
		out, _ := c.CombinedOutput()
		if got := c.ProcessState.ExitCode(); got != code {
			t.Fatalf("%v: exit code %d, want %d\n%s", args, got, code, out)
		}
		return string(out)
	}
	for _, args := range [][]string{{"fuse", model, "-o", "features.onnx", "--verify", "--passes", cut}, {"verify", model, "features.onnx", "--passes", cut}} {
		said := run(cli.ExitOK, args...)
		if !strings.Contains(said, "Equal in exact arithmetic") || !strings.Contains(said, features) {
			t.Errorf("%v says\n%s", args, said)
		}
	}
	if said := run(cli.ExitOK, "fuse", model, "-o", "again.onnx", "--passes", cut); !strings.Contains(said, `cut_head: output "logits" float[batch,10] is gone`) ||
		!strings.Contains(said, `cut_head: output "`+features+`" float[batch,64] is new`) {
		t.Errorf("it does not say what became of the outputs:\n%s", said)
	}
	if said := run(cli.ExitFailed, "verify", model, "features.onnx"); !strings.Contains(said, `only the first has output "logits"`) {
		t.Errorf("without the pass it says\n%s", said)
	}
	if said := run(cli.ExitUsage, "fuse", model, "-o", "x.onnx", "--passes", "[{cut_head: {outputs: [a, a]}}]"); !strings.Contains(said, "named twice") {
		t.Errorf("it says\n%s", said)
	}
}

// TestCustomBackend builds and tests the example of a custom engine outside of this repository, with a Python that has ONNX Runtime
// where there is one.
func TestCustomBackend(t *testing.T) {
	dir := copied(t, "custombackend")
	program := builtOutside(t, dir)
	pythons, _ := filepath.Glob(filepath.Join(checkout(t), ".tools", "mlflow-*", "bin", "python"))
	if len(pythons) > 0 {
		t.Setenv("PYTHON", pythons[0])
	}
	said := outside(t, dir, "test", "-v", "./...")
	if !strings.Contains(said, "--- PASS: TestCommand ") {
		t.Errorf("the suite did not run:\n%s", said)
	}
	if strings.Contains(said, "--- SKIP: TestPython ") {
		t.Skip("there is no Python with onnxruntime, so the program of the example did not run; make release-tools installs one")
	}
	model := filepath.Join(checkout(t), "examples", "cifar_quick", "acnet.onnx")
	python := cmp.Or(os.Getenv("PYTHON"), "python3")
	c := exec.Command(program, "fuse", model, "-o", "fused.onnx", "--verify", "--backend", "[{command: {command: ["+python+", infer.py]}}]")
	c.Dir = dir
	if out, err := c.CombinedOutput(); err != nil || !strings.Contains(string(out), "| command ") {
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
		"json_verbose": {[]string{"--log-format", "json", "-v"}, 2, `"level":"ERROR","msg":"trace","trace":"`},
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
