// Package exec tests the passes in Python of this folder, with the pinned packages that `make exec-tools` installs.
package exec_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/backends/reference"
	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/cli"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/passes/external"
	"github.com/acdeploy/acdeploy/reports/formats"
)

// The same versions are in .ci/exec-tools.
const environment = "exec-onnx-1.22.0-onnxslim-0.1.98"

// toolbox is that of the program, with the engine that is always there.
func toolbox() cli.Toolbox {
	return cli.Toolbox{
		Passes:   append(passes.Catalog(), external.Entry()),
		Backends: catalog.Catalog[backends.Backend]{reference.Entry()},
		Formats:  formats.Catalog(),
		Exact:    cli.Exact(reference.OpenPartly),
	}
}

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "worker" { // the command starts this process as its worker
		os.Exit(cli.Main(toolbox()))
	}
	os.Exit(m.Run())
}

// python puts a Python with the packages first in PATH, and goes to the top folder.
func python(t *testing.T, module string) {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(root, ".tools", environment, "bin")
	if _, err := os.Stat(filepath.Join(bin, "python3")); err == nil {
		t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	}
	if out, err := exec.Command("python3", "-c", "import numpy, "+module).CombinedOutput(); err != nil {
		t.Skipf("python3 has no %s (%v: %s); make exec-tools installs it", module, err, bytes.TrimSpace(out))
	}
	t.Chdir(root)
	t.Setenv("ACDEPLOY_BENCH_BACKENDS", "reference")
	t.Setenv("ACDEPLOY_VERIFY_SAMPLES", "1")
}

// document is what these tests read of a document of fuse.
type document struct {
	Passes []struct {
		Name     string
		Rewrites int
		Program  *struct {
			Command []string
			Files   []struct{ Path, SHA256 string }
		}
	}
	Rewrites []struct{ Pass, Node, Detail string }
	After    struct {
		Ops        map[string]int
		Parameters int
	}
	Verify struct {
		Equal   bool
		Proof   string
		Algebra struct {
			Regions, Compared int
			RoundingOnly      []string `json:"rounding_only"`
		}
		Warnings []struct{ Name, Reason string }
	}
}

// fuse runs the command with a configuration of this folder.
func fuse(t *testing.T, config string) document {
	t.Helper()
	var out, said bytes.Buffer
	args := []string{"fuse", "examples/cifar_quick/acnet.onnx", "-o", filepath.Join(t.TempDir(), "fused.onnx"), "--config", "examples/exec/" + config, "--json"}
	if code := cli.Run(t.Context(), &out, &said, args, toolbox()); code != 0 {
		t.Fatalf("exit code %d: %s", code, said.String())
	}
	var d document
	if err := json.Unmarshal(out.Bytes(), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// program is what a document says of the program that ran.
func (d document) program(t *testing.T, script string) {
	t.Helper()
	for _, p := range d.Passes {
		if p.Name != "exec" {
			continue
		}
		if p.Rewrites != 1 || p.Program == nil || len(p.Program.Files) != 2 || !strings.HasSuffix(p.Program.Files[0].Path, "python3") || p.Program.Files[1].Path != script {
			t.Errorf("the pass is told as %+v", p)
		}
		return
	}
	t.Error("no exec pass in the document")
}

// TestFoldGemm folds the two last layers of a trained network into one in Python. Everything else is proven in exact arithmetic.
func TestFoldGemm(t *testing.T) {
	python(t, "onnx")
	d := fuse(t, "fold_gemm.yaml")
	d.program(t, "fold_gemm.py")
	if last := d.Rewrites[len(d.Rewrites)-1]; last.Pass != "exec" || last.Node != "/7/Gemm" || last.Detail != "multiplied into /8/Gemm, 66176 weights became 10240" {
		t.Errorf("the last rewrite is %+v", last)
	}
	if d.After.Ops["Gemm"] != 1 || d.After.Ops["Conv"] != 3 {
		t.Errorf("left are %v", d.After.Ops)
	}
	v := d.Verify
	if !v.Equal || v.Proof != "rounding_only" || v.Algebra.Compared != v.Algebra.Regions || len(v.Algebra.RoundingOnly) != 1 || v.Algebra.RoundingOnly[0] != "logits" {
		t.Errorf("it is verified as %+v", v)
	}
	if len(v.Warnings) == 0 || v.Warnings[0].Name != "python3 fold_gemm.py" || v.Warnings[0].Reason != "program" {
		t.Errorf("the program is not named: %+v", v.Warnings)
	}
}

// TestSlim has onnxslim simplify the same network before the passes that come with acdeploy.
func TestSlim(t *testing.T) {
	python(t, "onnxslim")
	d := fuse(t, "slim.yaml")
	d.program(t, "slim.py")
	if first := d.Rewrites[0]; first.Pass != "exec" || !strings.HasPrefix(first.Detail, "simplified by onnxslim ") {
		t.Errorf("the first rewrite is %+v", first)
	}
	if d.After.Ops["Conv"] != 3 || d.After.Ops["BatchNormalization"] != 0 || !d.Verify.Equal {
		t.Errorf("left are %v, verified as %+v", d.After.Ops, d.Verify)
	}
}

// TestPhoto puts a Resize in front of the network. The answers are compared where the new input has become the old one, and what is new
// is named.
func TestPhoto(t *testing.T) {
	python(t, "onnx")
	d := fuse(t, "photo.yaml")
	d.program(t, "photo.py")
	if d.After.Ops["Resize"] != 1 || d.After.Ops["Conv"] != 3 {
		t.Errorf("left are %v", d.After.Ops)
	}
	v, told := d.Verify, map[string]string{}
	for _, w := range v.Warnings {
		told[w.Name] = w.Reason
	}
	if !v.Equal || v.Proof != "algebra" || v.Algebra.Compared != v.Algebra.Regions || told["input"] != "gone_input" || told["photo"] != "new_input" {
		t.Errorf("it is verified as %+v", v)
	}
}
