package acdeploy_test

import (
	"path/filepath"
	"testing"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/verify"
)

// The passes are replayed over the first file. Only if they give the bytes of the second is the comparison one of
// algebra.
func TestOpenPair(t *testing.T) {
	unusable(t)
	const trained = "examples/cifar_quick/acnet.onnx"
	cfg := config(t, trained)
	job, err := acdeploy.NewJob(cfg, toolbox(), acdeploy.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "fused.onnx")
	_, source := fuse(t, trained, out)
	if err := source.Close(); err != nil {
		t.Fatal(err)
	}
	cfg.MaxRewrites = 3
	other, err := acdeploy.NewJob(cfg, toolbox(), acdeploy.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		job  *acdeploy.Job
		b    string
		want verify.Proof
	}{
		"the passes give it":         {job, out, verify.Algebra},
		"other options do not":       {other, out, verify.RoundingOnly},
		"the same file is no result": {job, trained, verify.RoundingOnly},
	} {
		t.Run(name, func(t *testing.T) {
			pair, err := c.job.OpenPair(t.Context(), trained, c.b)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = pair.Close() }()
			found, err := c.job.Verify(t.Context(), pair, nil)
			if err != nil || found.Proof != c.want || !found.Equal {
				t.Errorf("proof %v, equal %v, %v; want %v", found.Proof, found.Equal, err, c.want)
			}
		})
	}
	if pair, err := job.OpenPair(t.Context(), trained, "examples/cifar_quick/baseline.onnx"); err != nil {
		t.Errorf("another training run: %v", err)
	} else {
		found, err := job.Verify(t.Context(), pair, nil)
		if err != nil || found.Equal || found.Proof != verify.RoundingOnly {
			t.Errorf("another training run: proof %v, equal %v, %v", found.Proof, found.Equal, err)
		}
		if err := pair.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := job.OpenPair(t.Context(), trained, "nowhere.onnx"); err == nil {
		t.Error("a file that is not there is opened")
	}
}
