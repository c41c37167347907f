package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/backends/backendtest"
	"github.com/acdeploy/acdeploy/backends/reference"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/tensor"
)

// TestMain makes the test the program of the engine, too: with four arguments it is started as one.
func TestMain(m *testing.M) {
	if len(os.Args) != 5 || strings.HasPrefix(os.Args[1], "-test.") {
		os.Exit(m.Run())
	}
	if err := program(os.Args[1], os.Args[2], os.Args[3], os.Args[4]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// program is the reference engine, reached through files.
func program(mode, path, inputs, outputs string) error {
	switch mode {
	case "silent":
		return nil
	case "hang":
		time.Sleep(time.Minute)
	case "fail":
		return errors.New("no\nGPU " + strings.Repeat("x", 1<<20))
	}
	file, err := model.Open(path)
	if err != nil {
		return err
	}
	m := backends.Model{Name: path, Path: path, Inputs: file.Signature().Inputs, Outputs: file.Signature().Outputs}
	in := tensor.Map{}
	for i, spec := range m.Inputs {
		if in[spec.Name], err = readNpy(numbered(inputs, i)); err != nil {
			return err
		}
	}
	session, err := reference.New().Open(context.Background(), m, backends.Tuning{})
	if err != nil {
		return err
	}
	out, err := session.Run(context.Background(), in)
	if err != nil {
		return err
	}
	for i, spec := range m.Outputs {
		if err := writeNpy(numbered(outputs, i), out[spec.Name]); err != nil {
			return err
		}
	}
	return nil
}

// engine starts this test in a mode, and lets it leave nothing behind.
func engine(t *testing.T, mode string) *Command {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", t.TempDir())
	t.Cleanup(func() {
		if left, _ := filepath.Glob(filepath.Join(os.TempDir(), "acdeploy-command-*")); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	})
	return &Command{Command: []string{self, mode}}
}

func TestCommand(t *testing.T) {
	backendtest.Run(t, engine(t, "answer"), backendtest.Claims{Types: []tensor.Type{tensor.Float32, tensor.Float64, tensor.Int64, tensor.Bool, tensor.Uint8}})
}

// python is a Python with onnxruntime: the one that PYTHON names, or else python3.
func python(t *testing.T) string {
	t.Helper()
	name := cmp.Or(os.Getenv("PYTHON"), "python3")
	if out, err := exec.Command(name, "-c", "import numpy, onnxruntime").CombinedOutput(); err != nil {
		t.Skipf("%s has no onnxruntime (%v): pip install onnxruntime, or name a Python that has it in PYTHON\n%s", name, err, out)
	}
	return name
}

// The program that comes with the example is an engine, too.
func TestPython(t *testing.T) {
	b := &Command{Command: []string{python(t), "infer.py"}}
	backendtest.Run(t, b, backendtest.Claims{Types: []tensor.Type{tensor.Float32, tensor.Float64, tensor.Int64, tensor.Bool, tensor.Uint8}})
}

func TestCommandThatFails(t *testing.T) {
	for mode, want := range map[string]string{"fail": `exit status 1: "no GPU x`, "silent": `read output "y"`, "hang": "deadline"} {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		s, err := engine(t, mode).Open(ctx, backends.Model{Name: "m", Path: "m.onnx", Outputs: []tensor.Spec{{Name: "y"}}}, backends.Tuning{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err = s.Run(ctx, nil); err == nil || !strings.Contains(err.Error(), want) || len(err.Error()) > 2*maxWords {
			t.Errorf("%s: %v", mode, err)
		}
		cancel()
	}
}

func TestCommandThatIsNotThere(t *testing.T) {
	for _, command := range [][]string{nil, {"acdeploy-no-such-program"}} {
		err := (&Command{Command: command}).Check(t.Context())
		if why, ok := errors.AsType[*backends.Unavailable](err); !ok || why.Remedy == "" {
			t.Errorf("%v: %v", command, err)
		}
	}
}
