package acdeploy_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/backends/ort"
	"github.com/acdeploy/acdeploy/verify"
)

// TestSigmoidTail verifies a detector's head: a Sigmoid of strongly negative logits, where ONNX Runtime's own Sigmoid is off
// by a tenth of what is left, with the original as with the fused file.
func TestSigmoidTail(t *testing.T) {
	model := filepath.Join("..", "shared", "cases", "sigmoid_tail.onnx")
	if _, err := os.Stat(model); err != nil {
		t.Skip(err)
	}
	if err := ort.New().Check(t.Context()); err != nil {
		t.Skip(err)
	}
	saved, source := fuse(t, model, filepath.Join(t.TempDir(), "fused.onnx"))
	defer func() { _ = source.Close() }()
	plan := acdeploy.VerifySettings{Options: verify.Defaults(), Backends: chosen(t, toolbox(), "ort")}
	found, err := toolbox().Verify(t.Context(), saved.Pair(), plan, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := found.Judge(); err != nil || found.Proof != verify.Algebra {
		t.Errorf("%v, proof %s", err, found.Proof)
	}
	explained := 0
	for _, c := range found.Checks {
		for _, o := range c.Outputs {
			if o.Detail != "" {
				explained++
			}
		}
	}
	off := 0
	for _, w := range found.Warnings {
		if w.Reason == "engine_error" {
			off++
		}
	}
	if off != 1 {
		t.Errorf("%d warnings that the engine is off: %+v", off, found.Warnings)
	}
	if explained == 0 {
		t.Error("ONNX Runtime is not off, so the test shows nothing")
	}
}
