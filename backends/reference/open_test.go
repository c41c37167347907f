package reference

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/backends"
)

// TestOpenRefuses opens what is not a model, and a model whose data lies elsewhere.
func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	outside := write("outside.bin", make([]byte, 64))
	write("in/short.bin", make([]byte, 2))
	write("in/good.bin", make([]byte, 4))
	if err := os.Symlink(outside, filepath.Join(dir, "in", "link.bin")); err != nil {
		t.Skip("no symbolic links here: ", err)
	}
	for name, location := range map[string]string{
		"absolute": outside, "parent": "../outside.bin", "link": "link.bin", "folder": ".", "absent": "none.bin", "short": "short.bin",
		"good": "good.bin",
	} {
		path := write("in/"+name+".onnx", externalModel(location))
		_, err := New().Open(context.Background(), backends.Model{Name: "the model", Path: path}, backends.Tuning{})
		if name == "good" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err == nil || !strings.HasPrefix(err.Error(), "open model the model: ") {
			t.Errorf("%s: error %v", name, err)
		}
	}
	for name, path := range map[string]string{"folder": dir, "absent": filepath.Join(dir, "x", "y"), "garbage": outside} {
		if _, err := New().Open(context.Background(), backends.Model{Name: "m", Path: path}, backends.Tuning{}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
