package layout_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/release"
	"github.com/acdeploy/acdeploy/release/layout"
)

// A model with its weights beside it goes with them, wherever the model goes alone.
func TestDataFile(t *testing.T) {
	f := withData(t)
	triton := t.TempDir()
	r := publish(t, layout.Triton{Path: triton}, f)
	if got := read(t, filepath.Join(r.Reference, "weights.bin")); got != read(t, filepath.Join(f.Dir, "weights.bin")) {
		t.Errorf("%d bytes of data", len(got))
	}
	hf := filepath.Join(t.TempDir(), "hf")
	publish(t, layout.HuggingFace{Path: hf}, f)
	if rules := read(t, filepath.Join(hf, ".gitattributes")); !strings.Contains(rules, "*.onnx filter=lfs") || !strings.Contains(rules, "*.bin filter=lfs") {
		t.Errorf("%s", rules)
	}
}

// A release without a name goes nowhere where models have names.
func TestNoName(t *testing.T) {
	f, in := folder(t), t.TempDir()
	f.Name = ""
	for _, target := range []release.Target{layout.Triton{Path: in}, layout.KServe{Path: filepath.Join(in, "x.yaml"), Storage: func() (string, error) { return "s3://x", nil }}} {
		if _, err := target.Publish(t.Context(), f); err == nil || !strings.Contains(err.Error(), "the release has no name; release_name") || tree(t, in) != "" {
			t.Errorf("got %v", err)
		}
	}
}
