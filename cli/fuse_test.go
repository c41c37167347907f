package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/cli"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/verify"
)

// dropRelu is a wrong pass: it takes every Relu out.
type dropRelu struct{}

func (dropRelu) Run(_ context.Context, r *pipeline.Rewriter) error {
	for n := range r.Graph().Nodes() {
		if n.Is("Relu") && graph.CanReplace(n.Output(0), n.Input(0)) {
			r.Rewrite(n.Label(), "removed", func() {
				graph.ReplaceAllUses(n.Output(0), n.Input(0))
				n.Graph().Remove(n)
			})
		}
	}
	return nil
}

// withWrongPass is a toolbox with a pass that changes the answers.
func withWrongPass() cli.Toolbox {
	tools := toolbox()
	tools.Passes = append(tools.Passes, catalog.Entry[pipeline.Pass]{
		Name: "drop_relu", Doc: "take every Relu out", New: func() pipeline.Pass { return dropRelu{} },
	})
	return tools
}

const trained = "../examples/cifar_quick/acnet.onnx"

// A fused model gets its name only when it has passed the check that was asked for.
func TestFuseVerifyRejects(t *testing.T) {
	t.Setenv("ACDEPLOY_ORT_LIB", "/absent.so")
	path := filepath.Join(t.TempDir(), "fused.onnx")
	rejected := strings.TrimSuffix(path, ".onnx") + ".rejected.onnx"
	fuse := func(want int, more ...string) (out, errs bytes.Buffer) {
		t.Helper()
		args := append([]string{"fuse", trained, "-o", path, "--verify"}, more...)
		if code := cli.Run(t.Context(), &out, &errs, args, withWrongPass()); code != want {
			t.Errorf("exit code %d, want %d: %s", code, want, &errs)
		}
		return out, errs
	}
	out, errs := fuse(cli.ExitDiffer, "--passes", "drop_relu", "--json")
	var doc struct {
		Output   struct{ Path string }
		Rejected string
		Verify   struct{ Equal bool }
	}
	if err := json.Unmarshal(out.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Output.Path != rejected || !strings.Contains(doc.Rejected, "the answers differ") || doc.Verify.Equal {
		t.Errorf("%+v", doc)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("the file has its name")
	}
	if out, _ = fuse(cli.ExitDiffer, "--passes", "drop_relu"); !strings.Contains(out.String(), "rejected: kept as "+rejected) {
		t.Errorf("it says %s%s", &out, &errs)
	}
	fuse(cli.ExitOK, "--disable", "drop_relu")
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(rejected); err == nil {
		t.Error("the rejected file is still there")
	}
}

// An interrupt while the answers are compared leaves no file.
func TestInterruptedFuseLeavesNoFile(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	tools := toolbox()
	exact := tools.Exact
	tools.Exact = func(m *graph.Model) (verify.Exact, error) {
		cancel()
		return exact(m)
	}
	var out, errs bytes.Buffer
	if code := cli.Run(ctx, &out, &errs, []string{"fuse", trained, "-o", filepath.Join(dir, "fused.onnx"), "--verify"}, tools); code != cli.ExitInterrupted {
		t.Errorf("exit code %d: %s", code, &errs)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
